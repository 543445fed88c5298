"""Any function of the values of two tensors: a table of all pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.tflite.arithmetic import Combination, Operand, elementwise, expanded
from vox_embed.program.tflite.lowering import FULL_RANGE, Lowering, Stretch
from vox_embed.spec.operators import BinaryKind

_NOTHING = ((0, 0, 0), (0, 0, 0))


def append_pairs(
    low: Lowering, stretch: Stretch, results: NDArray[np.int8], result: int, shape: tuple[int, ...]
) -> None:
    """What makes the program tensor `result`, of this shape, of the two of a stretch."""
    y = low.tensors[result]
    operands = [
        Operand(low.tensors[root], of_root, root, np.zeros(0, np.int8))
        for root, of_root in zip(stretch.roots, stretch.shapes, strict=True)
    ]
    if operands[0].tensor.elements != y.elements:
        operands.reverse()
        results = results.T
    first = expanded(low, operands[0], shape, y)
    table = np.ascontiguousarray(results).ravel()
    what = Combination(BinaryKind.TABLE, *_NOTHING, FULL_RANGE, table)
    elementwise(low, shape, (first.index, result), operands[1], what)
