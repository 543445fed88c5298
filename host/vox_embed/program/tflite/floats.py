"""Stretches that a converter left in floats: of one int8 tensor, value by value, they are a table; of two, a
table of pairs.

DEQUANTIZE, functions of single values in single precision, QUANTIZE.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.arrange_ops import Table
from vox_embed.program.tflite.graph import Graph, Operator
from vox_embed.program.tflite.lowering import Lowering, Stretch
from vox_embed.program.tflite.pairs import append_pairs
from vox_embed.program.tflite.traced import common_roots

Reals = NDArray[np.float32]


def is_floating(low: Lowering, op: Operator) -> bool:
    """Whether the operator is one of such a stretch, and can be taken in."""
    if op.name not in {*_OF_ONE, *_OF_MORE} or not low.floating.keys() & set(op.inputs):
        return False
    given = [_constant(low.graph, index) is not None for index in op.inputs if index not in low.floating]
    return all(given) and _together(low, op) is not None


def float_step(low: Lowering, op: Operator) -> None:
    """One function of single values."""
    stretches = _together(low, op) or []
    roots = stretches[0].roots
    rest = iter(stretches)
    operands: list[Reals] = []
    for index in op.inputs:
        if index in low.floating:
            operands.append(next(rest).values)
        else:
            operands.append(np.float32(_constant(low.graph, index) or 0) * np.ones(1, np.float32))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        found = _OF_ONE[op.name](operands[0]) if op.name in _OF_ONE else _OF_MORE[op.name](*operands)
    values = np.broadcast_to(found.astype(np.float32), (256,) * len(roots))
    low.floating[op.outputs[0]] = Stretch(roots, stretches[0].shapes, _fused(low, op, values))


def to_integers(low: Lowering, index: int, result: int) -> None:
    """The QUANTIZE behind it."""
    stretch, y = low.floating[index], low.tensors[result]
    with np.errstate(all="ignore"):
        scaled = np.nan_to_num(stretch.values / np.float32(y.scale))
    rounded = np.sign(scaled) * np.floor(np.abs(scaled) + np.float32(0.5)) + y.zero_point
    append_values(low, stretch, np.clip(rounded, -128, 127).astype(np.int8), result, low.value(index).shape)


def append_values(
    low: Lowering, stretch: Stretch, results: NDArray[np.int8], result: int, shape: tuple[int, ...]
) -> None:
    """What makes the program tensor `result` of a stretch; results: of every value, or pair of values."""
    if len(stretch.roots) == 2:
        append_pairs(low, stretch, results, result, shape)
        return
    if low.tensors[stretch.roots[0]].elements != low.tensors[result].elements:
        raise low.fail("it is repeated along some axes", "compute it in int8")
    low.ops.append(Table(stretch.roots[0], result, tuple(int(value) for value in results)))


def _together(low: Lowering, op: Operator) -> list[Stretch] | None:
    return common_roots(low, [low.floating[index] for index in op.inputs if index in low.floating])


def _constant(graph: Graph, index: int) -> np.float32 | None:
    """A single float32 or truth value, though it may be repeated."""
    value = graph.value(index)
    kinds: Mapping[str, str] = {"float32": "<f4", "bool": "?"}
    if value.type not in kinds or not value.data or index < 0:
        return None
    values = np.frombuffer(value.data, kinds[value.type])
    return np.float32(values[0]) if np.all(values == values[0]) else None


def _fused(low: Lowering, op: Operator, values: Reals) -> Reals:
    if op.name not in _OPTIONS:
        return values
    kinds = low.graph.tflite.ActivationFunctionType
    fused = low.graph.options(op, _OPTIONS[op.name]).FusedActivationFunction()
    limits = {kinds.NONE: (-np.inf, np.inf), kinds.RELU: (0.0, np.inf), kinds.RELU6: (0.0, 6.0)}
    if fused not in limits:
        raise low.fail(f"fused activation {fused} is not supported", "relu, relu6 and none are")
    return np.clip(values, *limits[fused]).astype(np.float32)


_ONE = np.float32(1)
_OPTIONS = {"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions", "DIV": "DivOptions"}
_OF_ONE: Mapping[str, Callable[[Reals], Reals]] = {
    "ABS": np.abs,
    "CEIL": np.ceil,
    "COS": np.cos,
    "ELU": lambda x: np.where(x < 0, np.expm1(x), x).astype(np.float32),
    "EXP": np.exp,
    "FLOOR": np.floor,
    "LOG": np.log,
    "LOGICAL_NOT": lambda x: x == 0,
    "LOGISTIC": lambda x: _ONE / (_ONE + np.exp(-x)),
    "NEG": np.negative,
    "RELU": lambda x: np.maximum(x, np.float32(0)),
    "RELU6": lambda x: np.clip(x, np.float32(0), np.float32(6)),
    "ROUND": np.rint,
    "RSQRT": lambda x: np.divide(_ONE, np.sqrt(x)),
    "SIGN": np.sign,
    "SIN": np.sin,
    "SQRT": np.sqrt,
    "SQUARE": np.square,
    "TANH": np.tanh,
}
COMPARED: Mapping[str, Callable[..., NDArray[np.bool_]]] = {
    "EQUAL": np.equal,
    "GREATER": np.greater,
    "GREATER_EQUAL": np.greater_equal,
    "LESS": np.less,
    "LESS_EQUAL": np.less_equal,
    "NOT_EQUAL": np.not_equal,
}


def _chosen(condition: Reals, x: Reals, y: Reals) -> Reals:
    return np.where(condition != 0, x, y)


_OF_MORE: Mapping[str, Callable[..., Reals]] = {
    **COMPARED,  # type: ignore[dict-item]
    "ADD": np.add,
    "ATAN2": np.arctan2,
    "DIV": np.divide,
    "LOGICAL_AND": lambda x, y: (x != 0) & (y != 0),
    "LOGICAL_OR": lambda x, y: (x != 0) | (y != 0),
    "MAXIMUM": np.maximum,
    "MINIMUM": np.minimum,
    "MUL": np.multiply,
    "POW": np.power,
    "SELECT": _chosen,
    "SELECT_V2": _chosen,
    "SQUARED_DIFFERENCE": lambda x, y: np.square(x - y),
    "SUB": np.subtract,
}
