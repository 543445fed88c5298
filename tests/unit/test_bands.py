"""Convolutions in bands: the same bits in a smaller arena."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from helpers.int8_reference import run_slowly
from helpers.random_program import Maker, tall
from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.bands import in_bands
from vox_embed.program.build import build_network
from vox_embed.program.ops import Affine, Conv2D, Depthwise2D, Part, Tensor, Window
from vox_embed.program.program import Program


def test_bands_compute_the_same_in_less_memory() -> None:
    cut = 0
    for seed in range(24):
        program = tall(seed)
        banded = in_bands(program)
        inputs = np.random.default_rng(seed).integers(
            -128, 128, (2, program.input_tensor.elements), dtype=np.int8
        )
        got = Model(build_network(banded, {})).run(inputs)
        np.testing.assert_array_equal(got, run_slowly(program, inputs), err_msg=f"seed {seed}")
        assert banded.macs <= program.macs, "no value is computed twice; rows that nothing reads are left out"
        assert banded.weight_bytes == program.weight_bytes
        if banded is not program:
            cut += 1
            assert banded.arena_size <= 0.9 * program.arena_size
    assert cut > 8


def test_what_gains_nothing_stays() -> None:
    small = Maker(np.random.default_rng(1), (4, 2, 8))
    small.add("pointwise_over")
    small.add("pointwise_over")
    program = small.program()
    assert in_bands(program) is program


def test_rows_of_no_multiple_of_eight_bytes() -> None:
    maker = Maker(np.random.default_rng(0), (50, 1, 3))
    weights = maker.rng.integers(-128, 128, (3, 3, 3)).astype(np.int8)
    tensor = Tensor("", (1, 50, 1, 3), 0.1, 0)
    affine = maker._affine(weights, 2, 9)
    ops = tuple(Depthwise2D(i, i + 1, affine, Window((3, 3), (1, 1), (1, 1)), (-128, 127)) for i in range(2))
    program = Program((tensor,) * 3, ops, 0, 2)
    for part in (t.part for t in in_bands(program).tensors):
        assert part is None or part.offset % 8 == 0


WIDTH = 8


def _pieces(rows: int, written: list[tuple[int, int]], read: tuple[int, int]) -> Program:
    """A 1x1 convolution that writes some rows after the other of a tensor, and one that reads rows of it."""
    maker = Maker(np.random.default_rng(3), (1, 1, WIDTH))
    first, second = (maker._affine(maker.rng.integers(-128, 128, (WIDTH, WIDTH)), 0, WIDTH) for _ in "ab")
    tensors = [Tensor("", (1, rows, 1, WIDTH), 0.1, 0)] * 2
    ops: list[Conv2D] = []

    def part(whole: int, start: int, end: int) -> int:
        tensors.append(Tensor("", (1, end - start, 1, WIDTH), 0.1, 0, part=Part(whole, WIDTH * start)))
        return len(tensors) - 1

    def convolve(affine: Affine, source: int, target: int) -> None:
        ops.append(Conv2D(source, target, affine, Window((1, 1)), (-128, 127)))

    for start, end in written:
        convolve(first, part(0, start, end), part(1, start, end))
    tensors.append(Tensor("", (1, read[1] - read[0], 1, WIDTH), 0.1, 0))
    convolve(second, part(1, *read), len(tensors) - 2)
    return Program(tuple(tensors), tuple(ops), 0, ops[-1].output)


@pytest.mark.parametrize("read", [(0, 16), (3, 5), (5, 11), (15, 16)])
@pytest.mark.parametrize("bounds", [(0, 1, 5, 9, 16), (0, 16), tuple(range(17))])
def test_rows_are_read_in_other_pieces_than_they_were_written(
    read: tuple[int, int], bounds: tuple[int, ...]
) -> None:
    cut = _pieces(16, list(pairwise(bounds)), read)
    inputs = np.random.default_rng(1).integers(-128, 128, (2, 16 * WIDTH), dtype=np.int8)
    whole = Model(build_network(_pieces(16, [(0, 16)], (0, 16)), {})).run(inputs)
    got = Model(build_network(cut, {})).run(inputs)
    np.testing.assert_array_equal(got, whole[:, WIDTH * read[0] : WIDTH * read[1]])


@pytest.mark.parametrize("read", [(0, 16), (4, 6), (5, 6), (8, 9), (0, 6)])
def test_rows_that_nothing_wrote_are_not_read(read: tuple[int, int]) -> None:
    with pytest.raises(VoxError, match="does not hold together"):
        build_network(_pieces(16, [(0, 5), (6, 8)], read), {})


def test_the_reader_follows_sixteen_pieces() -> None:
    build_network(_pieces(32, list(pairwise(range(0, 33, 2))), (0, 32)), {})
    with pytest.raises(VoxError, match="does not hold together"):
        build_network(_pieces(17, list(pairwise(range(18))), (0, 17)), {})
