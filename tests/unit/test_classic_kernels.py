"""The kernels of classic models against their specification written out in Python integers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from helpers.classic_program import KINDS, exp2_of_negative, log2_of, rows_of, run_slowly, single
from vox_embed.core import Model
from vox_embed.program.build import build_network


@pytest.mark.parametrize("kind", KINDS)
def test_kernel_computes_the_specification(kind: str) -> None:
    for seed in range(60):
        program = single(kind, seed)
        rows = rows_of(program, 8, seed)
        got = Model(build_network(program, {})).run(rows)
        np.testing.assert_array_equal(got, run_slowly(program, rows), err_msg=f"seed {seed}")


@pytest.mark.parametrize("kind", ["softmax_32", "share"])
def test_posteriors_decide_as_the_scores(kind: str) -> None:
    """Ties included: the first of the highest."""
    for seed in range(60):
        program = single(kind, seed)
        rows = rows_of(program, 50, seed)
        posteriors = Model(build_network(program, {})).run(rows)
        scores = run_slowly(type(program)(program.tensors[:2], program.ops[:1], 0, 1), rows)
        np.testing.assert_array_equal(posteriors.argmax(axis=1), scores.argmax(axis=1))
        assert posteriors.min() >= 0


def test_powers_of_two_are_close() -> None:
    for x in range(0, 12 * 65536, 997):
        assert exp2_of_negative(x) / 2**31 == pytest.approx(2.0 ** (-x / 65536), abs=2**-27)


def test_logarithms_are_close() -> None:
    for x in [*range(1, 3000), *range(2**30, 2**32, 12345677)]:
        assert log2_of(x) / 65536 == pytest.approx(math.log2(x), abs=2**-16)


def test_inputs_of_another_type_are_refused() -> None:
    program = single("linear", 1)
    model = Model(build_network(program, {}))
    with pytest.raises(TypeError, match="int16"):
        model.run(np.zeros((1, program.input_tensor.elements), np.int8))
    with pytest.raises(ValueError, match=r"rows of \d+ int16 values"):
        model.run(np.zeros((1, 99), np.int16))
