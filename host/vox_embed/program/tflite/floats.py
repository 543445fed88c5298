"""Stretches that a converter left in floats: of one int8 tensor, value by value, they are a table.

DEQUANTIZE, functions of single values in single precision, QUANTIZE.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.arrange_ops import Table
from vox_embed.program.ops import Tensor
from vox_embed.program.tflite.graph import Graph, Operator
from vox_embed.program.tflite.lowering import Lowering

Reals = NDArray[np.float32]


def real_values(tensor: Tensor) -> Reals:
    """What each int8 value of a tensor means, -128 first."""
    q = np.arange(-128, 128).astype(np.float32)
    return np.float32(tensor.scale) * (q - np.float32(tensor.zero_point))


def is_floating(low: Lowering, op: Operator) -> bool:
    """Whether the operator is one of such a stretch, and can be taken in."""
    if op.name not in {*_OF_ONE, *_OF_TWO} or not low.floating.keys() & set(op.inputs):
        return False
    places = {low.floating[index][0] for index in op.inputs if index in low.floating}
    given = [_constant(low.graph, index) is not None for index in op.inputs if index not in low.floating]
    return len(places) == 1 and all(given)


def float_step(low: Lowering, op: Operator) -> None:
    """One function of single values."""
    operands: list[Reals] = []
    place = -1
    for index in op.inputs:
        if index in low.floating:
            place, values = low.floating[index]
            operands.append(values)
        else:
            operands.append(np.broadcast_to(_constant(low.graph, index) or np.float32(0), 256))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        found = _OF_ONE[op.name](operands[0]) if op.name in _OF_ONE else _OF_TWO[op.name](*operands)
    low.floating[op.outputs[0]] = (place, _fused(low, op, found.astype(np.float32)))


def to_integers(low: Lowering, index: int, result: int) -> None:
    """The QUANTIZE behind it."""
    place, values = low.floating[index]
    y = low.tensors[result]
    with np.errstate(all="ignore"):
        scaled = np.nan_to_num(values / np.float32(y.scale))
    rounded = np.sign(scaled) * np.floor(np.abs(scaled) + np.float32(0.5)) + y.zero_point
    results = tuple(int(value) for value in np.clip(rounded, -128, 127))
    low.ops.append(Table(place, result, results))


def _constant(graph: Graph, index: int) -> np.float32 | None:
    """A single float32 number."""
    value = graph.value(index)
    if value.type != "float32" or len(value.data) != 4:
        return None
    return np.float32(np.frombuffer(value.data, "<f4")[0])


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
_OF_TWO: Mapping[str, Callable[[Reals, Reals], Reals]] = {
    "ADD": np.add,
    "DIV": np.divide,
    "MAXIMUM": np.maximum,
    "MINIMUM": np.minimum,
    "MUL": np.multiply,
    "POW": np.power,
    "SQUARED_DIFFERENCE": lambda x, y: np.square(x - y),
    "SUB": np.subtract,
}
