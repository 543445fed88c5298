"""Instructions of single operators on emulated cores (QEMU, exact), and whether outputs equal the host's.

python bench/nn/operators.py                        # all of them on M0+, M4 and M55
python bench/nn/operators.py --cases dense add --cores m4

dense: a random autoencoder 640-128x4-8-128x4-640. depthwise: 3x3 over 25x5x64, wide: over 25x20x64; odd:
with unusual shifts in two channels of each sixteen. add: 25x5x64. Instructions are those of the operators
alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from measure_network import CORES, measure

from vox_embed.core import Model
from vox_embed.program.build import build_network
from vox_embed.program.ops import Add, Affine, Dense, Depthwise2D, Op, Tensor, Window, padded_rows
from vox_embed.program.program import Program

SHAPE = (1, 25, 5, 64)
WIDE = (1, 25, 20, 64)
FULL = (-128, 127)
ODD = (0.7, 2.0**-33)


def _tensor(shape: tuple[int, int, int, int], zero_point: int) -> Tensor:
    return Tensor("", shape, 0.1, zero_point)


def dense() -> Program:
    """An autoencoder as they find anomalies."""
    rng = np.random.default_rng(5)
    widths = (640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640)
    tensors = [_tensor((1, 1, 1, width), -3) for width in widths]
    ops: list[Op] = []
    for i, (inputs, outputs) in enumerate(pairwise(widths)):
        affine = Affine.make(
            padded_rows(rng.integers(-128, 128, (outputs, inputs)).astype(np.int8)),
            channel_axis=0,
            bias=rng.integers(-9000, 9000, outputs),
            factors=list(rng.uniform(0.5, 2.0, outputs) / (74 * np.sqrt(inputs))),
            input_zero_point=-3,
            terms=inputs,
            where=f"dense {i}",
            once=True,
        )
        ops.append(Dense(i, i + 1, affine, inputs, FULL))
    return Program(tuple(tensors), tuple(ops), 0, len(widths) - 1)


def _depthwise(odd: Sequence[float], shape: tuple[int, int, int, int] = SHAPE) -> Program:
    rng = np.random.default_rng(6)
    channels = shape[3]
    factors = rng.uniform(0.5, 2.0, channels) / (74 * 3)
    for place, factor in enumerate(odd):
        factors[5 + 7 * place :: 16] = factor
    affine = Affine.make(
        rng.integers(-128, 128, (3, 3, channels)).astype(np.int8),
        channel_axis=2,
        bias=rng.integers(-9000, 9000, channels),
        factors=list(factors),
        input_zero_point=4,
        terms=9,
        where="depthwise",
    )
    op = Depthwise2D(0, 1, affine, Window((3, 3), pad=(1, 1)), FULL)
    return Program((_tensor(shape, 4), _tensor(shape, -7)), (op,), 0, 1)


def depthwise() -> Program:
    """As networks have it."""
    return _depthwise(())


def depthwise_odd() -> Program:
    """Factors above a half, and so small that only the bias is seen."""
    return _depthwise(ODD)


def depthwise_wide() -> Program:
    """Rows of twenty."""
    return _depthwise((), WIDE)


def depthwise_wide_odd() -> Program:
    """Rows of twenty, unusual shifts."""
    return _depthwise(ODD, WIDE)


def add() -> Program:
    """A tensor and itself: the input is the only one that a program is given."""
    op = Add(0, 1, 0, (1_431_655_765, 1_288_490_189, 1_503_238_553), (-1, 0, -19), FULL)
    return Program((_tensor(SHAPE, 4), _tensor(SHAPE, -7)), (op,), 0, 1)


CASES: dict[str, Callable[[], Program]] = {
    case.__name__: case for case in (dense, depthwise, depthwise_odd, depthwise_wide, depthwise_wide_odd, add)
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--cores", nargs="+", choices=CORES, default=["m0plus", "m4", "m55"])
    args = parser.parse_args()
    programs = [CASES[name]() for name in args.cases]
    rng = np.random.default_rng(1)
    inputs = [rng.integers(-128, 128, (2, p.input_tensor.elements), dtype=np.int8) for p in programs]
    expected = [Model(build_network(p, {})).run(x) for p, x in zip(programs, inputs, strict=True)]
    same = True
    for core in args.cores:
        measured = measure(CORES[core], list(zip(programs, inputs, strict=True)))
        for name, program, m, outputs in zip(args.cases, programs, measured, expected, strict=True):
            equal = bool(np.array_equal(m.outputs, outputs))
            same &= equal
            work, unit = (program.macs, "MAC") if program.macs else (program.tensors[-1].elements, "element")
            print(
                f"{core:8} {name:18} {sum(m.ops):9} instructions, {sum(m.ops) / work:6.2f} a {unit}, outputs "
                + ("equal the host's" if equal else "DIFFER FROM THE HOST'S")
            )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
