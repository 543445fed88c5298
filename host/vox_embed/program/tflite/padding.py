"""Borders of one value around tensors of any number of axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from vox_embed.program.arrange_ops import Pad
from vox_embed.program.tflite.lowering import Lowering


def padded(
    low: Lowering, source: int, shape: Sequence[int], amounts: Sequence[Sequence[int]], value: int
) -> tuple[int, list[int]]:
    """A program tensor of `shape` with amounts[axis] = (before, behind) places of `value` around it; and its
    shape. An axis at a time: the axes in front of it, itself, and those behind are the three of a Pad.
    """
    sizes = list(shape)
    for axis, (before, behind) in enumerate(amounts):
        if min(before, behind) < 0:
            raise low.fail(f"padding of {min(before, behind)} is not supported", "cut off with a slice")
        if before == behind == 0:
            continue
        outer, size, inner = prod(sizes[:axis]), sizes[axis], prod(sizes[axis + 1 :])
        flat = low.reshaped(source, outer, size, inner)
        sizes[axis] += before + behind
        source = low.like(low.tensors[flat], outer, sizes[axis], inner)
        low.ops.append(Pad(flat, source, (0, before, 0), value))
    return source, sizes
