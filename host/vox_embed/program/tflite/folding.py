"""Shapes and bounds that a network computes from shapes: all of them are known before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

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
    if index not in graph.folded:
        graph.folded[index] = None  # while it is looked for: a graph that goes round in circles has no values
        value = graph.value(index)
        if value.data:
            graph.folded[index] = value.integers().reshape(value.shape)
        for op in graph.operators if not value.data else ():
            if index in op.outputs:
                graph.folded[index] = _computed(graph, op, op.outputs.index(index))
                break
    return graph.folded[index]


def _computed(graph: Graph, op: Operator, which: int) -> Integers | None:
    if op.name == "SHAPE":
        return np.array(graph.value(op.inputs[0]).shape, np.int64)
    if op.name not in _FOLD:
        return None
    inputs = [known(graph, index) for index in op.inputs]
    given = [one for one in inputs if one is not None and one.size <= _MOST]
    if len(given) < len(op.inputs):
        return None
    return _FOLD[op.name](graph, op, given, which)


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


def _fill(graph: Graph, op: Operator, x: list[Integers], which: int) -> Integers:
    if not 0 <= prod(int(n) for n in x[0].ravel()) <= _MOST:
        raise ValueError(f"a shape of {x[0].tolist()}")
    return np.full(tuple(x[0].ravel()), x[1].ravel()[0])


def _range(graph: Graph, op: Operator, x: list[Integers], which: int) -> Integers:
    places = range(*(int(v.ravel()[0]) for v in x))
    if len(places) > _MOST:
        raise ValueError(f"{places}")
    return np.array(places, np.int64)


def _of_two(function: Callable[[Integers, Integers], Integers]) -> _Fold:
    return lambda graph, op, x, which: np.asarray(function(x[0], x[1]))


_Fold = Callable[[Graph, Operator, list[Integers], int], Integers]
_FOLD: Mapping[str, _Fold] = {
    "ADD": _of_two(np.add),
    "CAST": lambda graph, op, x, which: x[0],
    "CONCATENATION": _concatenation,
    "EXPAND_DIMS": _reshape,
    "FILL": _fill,
    "FLOOR_DIV": _of_two(lambda a, b: a // np.where(b == 0, 1, b)),
    "GATHER": _of_two(lambda a, b: a[b]),
    "MAXIMUM": _of_two(np.maximum),
    "MINIMUM": _of_two(np.minimum),
    "MUL": _of_two(np.multiply),
    "PACK": _pack,
    "RANGE": _range,
    "REDUCE_PROD": lambda graph, op, x, which: np.asarray(np.prod(x[0])),
    "RESHAPE": _reshape,
    "SQUEEZE": _reshape,
    "STRIDED_SLICE": _slice,
    "SUB": _of_two(np.subtract),
    "UNPACK": _unpack,
}
FOLDED = frozenset({*_FOLD, "SHAPE"})
