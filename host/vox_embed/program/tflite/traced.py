"""What a tensor is made from, value by value: functions of it are functions of that, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.arrange_ops import Table
from vox_embed.program.fixed import rescale
from vox_embed.program.ops import Relu, Reshape
from vox_embed.program.tflite.lowering import Lowering, Stretch

_MOST = 2
"""Tensors that a stretch may depend on: a table has so many axes."""


def common_roots(low: Lowering, stretches: Sequence[Stretch]) -> list[Stretch] | None:
    """The same as functions of the same tensors, one or two. None where they depend on more."""
    known = _aligned(stretches)
    return _aligned([_of_root(low, stretch) for stretch in stretches]) if known is None else known


def _aligned(stretches: Sequence[Stretch]) -> list[Stretch] | None:
    roots = list(dict.fromkeys(root for stretch in stretches for root in stretch.roots))
    if len(roots) > _MOST:
        return None
    shapes: dict[int, tuple[int, ...]] = {}
    for stretch in stretches:
        for root, shape in zip(stretch.roots, stretch.shapes, strict=True):
            if shapes.setdefault(root, shape) != shape:
                return None
    found = []
    for stretch in stretches:
        values = stretch.values
        if len(stretch.roots) < len(roots):
            values = np.expand_dims(values, [i for i, root in enumerate(roots) if root not in stretch.roots])
        elif stretch.roots != tuple(roots):
            values = values.T
        found.append(Stretch(tuple(roots), tuple(shapes[root] for root in roots), values))
    return found


def _of_root(low: Lowering, stretch: Stretch) -> Stretch:
    values, roots = stretch.values, list(stretch.roots)
    for axis, place in enumerate(stretch.roots):
        roots[axis], became = _traced(low, place)
        values = np.take(values, became + 128, axis)
    if len(set(roots)) < len(roots) and stretch.shapes[0] == stretch.shapes[1]:
        return replace(stretch, roots=(roots[0],), shapes=stretch.shapes[:1], values=np.diagonal(values))
    return replace(stretch, roots=tuple(roots), values=values)


def _traced(low: Lowering, place: int) -> tuple[int, NDArray[np.int64]]:
    """The tensor that `place` is made from, and what `place` has of each of its values."""
    became = np.arange(-128, 128)
    for op in reversed(low.ops):
        if op.output != place:
            continue
        x, y = low.tensors[op.input], low.tensors[op.output]
        if x.state or y.state:
            break
        if isinstance(op, Table):
            became = became[np.array(op.results) + 128]
        elif isinstance(op, Relu):
            values = [rescale(q - x.zero_point, op.multiplier, op.shift) for q in range(-128, 128)]
            became = became[np.clip(np.array(values) + y.zero_point, *op.limits) + 128]
        elif not isinstance(op, Reshape):
            break
        place = op.input
    return place, became
