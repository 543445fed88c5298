"""Shapes and bounds that a network computes from shapes: all of them are known before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.tflite.graph import Graph, Operator, Value

Integers = NDArray[np.int64]
_TYPES = ("int32", "int64")
_MOST = 4096
"""Integers of one such value: shapes have a few."""


def is_integer(value: Value) -> bool:
    """Whether the tensor holds shapes, places or counts, not activations."""
    return value.type in _TYPES and value.scales.size == 0


def known(graph: Graph, index: int) -> Integers | None:
    """The values of an int32 or int64 tensor, constant or computed from shapes.

    None where they depend on inputs.
    """
    if index < 0 or not is_integer(graph.value(index)):
        return None
    value = graph.value(index)
    if value.data:
        return value.integers().reshape(value.shape)
    for op in graph.operators:
        if index in op.outputs:
            return _computed(graph, op, op.outputs.index(index))
    return None


def _computed(graph: Graph, op: Operator, which: int) -> Integers | None:
    if op.name == "SHAPE":
        return np.array(graph.value(op.inputs[0]).shape, np.int64)
    if op.name not in _FOLD:
        return None
    inputs = [known(graph, index) for index in op.inputs]
    if any(one is None for one in inputs):
        return None
    result = _FOLD[op.name](graph, op, [one for one in inputs if one is not None], which)
    return result if result.size <= _MOST else None


def _slice(graph: Graph, op: Operator, x: list[Integers], which: int) -> Integers:
    options = graph.options(op, "StridedSliceOptions")
    begin, end, step = (int(values.ravel()[0]) for values in x[1:4])
    if options.ShrinkAxisMask() & 1:
        return np.asarray(x[0][begin])
    first = None if options.BeginMask() & 1 else begin
    last = None if options.EndMask() & 1 else end
    return x[0][first:last:step]


def _pack(graph: Graph, op: Operator, x: list[Integers], which: int) -> Integers:
    return np.stack(x, axis=graph.options(op, "PackOptions").Axis())


def _concatenation(graph: Graph, op: Operator, x: list[Integers], which: int) -> Integers:
    return np.concatenate(x, axis=graph.options(op, "ConcatenationOptions").Axis())


def _reshape(graph: Graph, op: Operator, x: list[Integers], which: int) -> Integers:
    return x[0].reshape(graph.value(op.outputs[which]).shape)


def _unpack(graph: Graph, op: Operator, x: list[Integers], which: int) -> Integers:
    return np.asarray(np.take(x[0], which, axis=graph.options(op, "UnpackOptions").Axis()))


def _of_two(function: Callable[[Integers, Integers], Integers]) -> _Fold:
    return lambda graph, op, x, which: np.asarray(function(x[0], x[1]))


_Fold = Callable[[Graph, Operator, list[Integers], int], Integers]
_FOLD: Mapping[str, _Fold] = {
    "ADD": _of_two(np.add),
    "BROADCAST_ARGS": _of_two(lambda a, b: np.array(np.broadcast_shapes(tuple(a), tuple(b)), np.int64)),
    "CAST": lambda graph, op, x, which: x[0],
    "CONCATENATION": _concatenation,
    "EXPAND_DIMS": _reshape,
    "FILL": lambda graph, op, x, which: np.full(tuple(x[0]), x[1].ravel()[0]),
    "FLOOR_DIV": _of_two(lambda a, b: a // np.where(b == 0, 1, b)),
    "GATHER": _of_two(lambda a, b: a[b]),
    "MAXIMUM": _of_two(np.maximum),
    "MINIMUM": _of_two(np.minimum),
    "MUL": _of_two(np.multiply),
    "PACK": _pack,
    "RANGE": lambda graph, op, x, which: np.arange(*(int(v.ravel()[0]) for v in x)),
    "REDUCE_PROD": lambda graph, op, x, which: np.asarray(np.prod(x[0])),
    "RESHAPE": _reshape,
    "SQUEEZE": _reshape,
    "STRIDED_SLICE": _slice,
    "SUB": _of_two(np.subtract),
    "UNPACK": _unpack,
}
FOLDED = frozenset({*_FOLD, "SHAPE"})
