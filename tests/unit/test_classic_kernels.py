"""The kernels of classic models against their specification written out in Python integers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.classic_program import KINDS, exp2_of_negative, log2_of, rows_of, run_slowly, single
from vox_embed.core import Model
from vox_embed.experiment import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic_ops import Bins, Linear
from vox_embed.program.ops import Kind


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


# ---- the grid of a regression ------------------------------------------------------------------------

GRIDS = (
    [0, 1],
    [-(2**31), 2**31 - 1],
    [-(2**31), -(2**31) + 1, 0, 2**31 - 1],
    [-1, 0, 2**30, 2**30 + 3],
    list(range(-950000, 950001, 20000)),
)


@pytest.mark.parametrize("shift", [0, 7, 31])
@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: f"{len(grid)} from {grid[0]}")
def test_a_value_is_shared_by_its_neighbours_in_the_grid(grid: list[int], shift: int) -> None:
    """Against float64: the mean of the grid weighted by posteriors is the value."""
    random = np.random.default_rng(3)
    ends = [v for c in grid for v in (c - 1, c, c + 1) if abs(v) <= 2**31 - 1]
    between = random.integers(grid[0], grid[-1], 40, endpoint=True).tolist()
    for value in {-(2**31), 2**31 - 1, *ends, *between}:
        posteriors = bins_of(value, grid, shift).astype(np.int64)
        inside = min(max(value >> shift, grid[0]), grid[-1])
        assert posteriors.sum() == 32767 and posteriors.min() >= 0
        held = np.flatnonzero(posteriors)
        assert len(held) <= 2 and held[-1] - held[0] <= 1
        b = min(held[0], len(grid) - 2)
        gap = grid[b + 1] - grid[b]
        found = grid[b] + gap * int(posteriors[b + 1]) / 32767
        assert abs(found - inside) <= gap / 32767 + 1e-6 * abs(inside)
        nearest = min(abs(inside - c) for c in grid)
        assert abs(inside - grid[int(posteriors.argmax())]) == nearest


def bins_of(value: int, grid: list[int], shift: int = 0) -> NDArray[np.int16]:
    """What BINS makes of one value."""
    chain = Chain(1)
    low = value >> 1  # a bias of 31 bits, doubled; the input gives the last bit
    fields = {"weights": np.array([[1]]), "bias": np.array([low]), "shifts": np.array([[1, 0]])}
    chain.add(Linear, fields, 1, Kind.S32)
    chain.add(Bins, {"centres": np.array(grid), "shift": shift}, len(grid), Kind.S16)
    return Model(build_network(chain.program(), {})).run(np.array([[value & 1]], np.int16))[0]


@pytest.mark.parametrize(
    ("grid", "shift"), [([0, 0], 0), ([1, 0, 2], 0), ([0, 1, 1], 0), ([7], 0), ([0, 1], 32)]
)
def test_grids_that_do_not_rise_are_refused(grid: list[int], shift: int) -> None:
    with pytest.raises(VoxError, match="does not hold together"):
        bins_of(0, grid, shift)
