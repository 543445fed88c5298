"""UNIDIRECTIONAL_SEQUENCE_LSTM with int8 weights, an int8 output and int16 cells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.fixed import quantise_multiplier
from vox_embed.program.ops import Affine, Kind, Tensor, padded_rows
from vox_embed.program.recurrent_ops import GATE_BITS, H_BITS, LARGEST_SUM, NARROW_TERM, Lstm8
from vox_embed.program.tflite.graph import Operator, Value
from vox_embed.program.tflite.lowering import FULL_RANGE, Lower, Lowering
from vox_embed.spec.operators import MAX_UNITS

_OF_INPUT, _OF_H, _BIAS = (1, 2, 3, 4), (5, 6, 7, 8), (12, 13, 14, 15)
_H, _CELL = 18, 19
_LEFT_OUT = {
    "a projection": (16, 17),
    "peepholes": (9, 10, 11),
    "layer normalisation": (20, 21, 22, 23),
}
_LEAST_FRACTION, _MOST_FRACTION = 9, 15
_TANH = 4
"""ActivationFunctionType"""


def lstm(low: Lowering, op: Operator) -> None:
    """One layer, whose state goes on from run to run as in TensorFlow Lite."""
    options = low.graph.options(op, "UnidirectionalSequenceLSTMOptions")
    _refuse(low, op, options)
    source, result, x, y = low.between(op)
    rows, units = _shape(low, op, options.TimeMajor())
    fraction = _fraction(low, op)
    scale = low.activation(op.inputs[_H])
    if (float(scale.scales[0]), int(scale.zero_points[0])) != (y.scale, y.zero_point):
        raise low.fail(f"its output and its state `{scale.name}` have different scales")
    h = low.make(Tensor(f"{y.name} h", (1, 1, 1, units + 1), 1.0, 0, Kind.S16, state=True))
    cell = low.make(Tensor(f"{y.name} cells", (1, 1, 1, units), 1.0, 0, Kind.S16, state=True))
    of_input = _affine(low, op, _Part(_OF_INPUT, x.scale, x.zero_point, 1, _BIAS), units)
    of_h = _affine(low, op, _Part(_OF_H, y.scale, 0, NARROW_TERM), units)
    step = 2.0**-H_BITS
    multiplier, shift = quantise_multiplier(float(np.float32(step / _single(y.scale) * step)))
    clip = _clip(options.CellClip(), fraction)
    if shift > 0 or units > MAX_UNITS:
        raise low.fail(f"{units} units, or an output scale of {y.scale:g}, are beyond what a device computes")
    low.ops.append(
        Lstm8(
            source,
            result,
            of_input,
            of_h,
            rows,
            multiplier,
            shift,
            FULL_RANGE,
            state=h,
            cell=cell,
            fraction=fraction,
            clip=clip,
        )
    )


def _single(value: float) -> float:
    """As a C float."""
    return float(np.float32(value))


def _refuse(low: Lowering, op: Operator, options: Any) -> None:
    for what, places in _LEFT_OUT.items():
        if any(op.input(place) >= 0 for place in places):
            raise low.fail(f"{what} of an LSTM: not supported", "train it without, and convert again")
    if any(op.input(place) < 0 for place in (*_OF_INPUT, *_OF_H, *_BIAS)):
        raise low.fail("an LSTM whose input gate is what its forget gate leaves: not supported")
    if options.FusedActivationFunction() != _TANH:
        raise low.fail("an LSTM without tanh is not supported")


def _shape(low: Lowering, op: Operator, time_major: bool) -> tuple[int, int]:
    """Rows and units."""
    shape = low.value(op.inputs[0]).shape
    units = low.value(op.inputs[_OF_H[0]]).shape[0]
    if len(shape) != 3 or shape[1 if time_major else 0] != 1:
        raise low.fail(
            f"an input of shape {list(shape)}: one sequence is supported", "convert with a batch of 1"
        )
    rows = shape[0 if time_major else 1]
    result = low.value(op.outputs[0]).shape
    if math.prod(result) != rows * units:
        raise low.fail(f"{units} units do not fit an output of shape {list(result)}")
    return rows, units


def _fraction(low: Lowering, op: Operator) -> int:
    """Bits of a cell behind the point."""
    value = low.value(op.inputs[_CELL])
    if value.type != "int16" or len(value.scales) != 1 or value.zero_points[0] != 0:
        raise low.fail(f"cells `{value.name}` must be int16 with one scale", "convert to int8 throughout")
    fraction = -math.log2(float(value.scales[0])) if value.scales[0] > 0 else 0.0
    if fraction != round(fraction) or not _LEAST_FRACTION <= fraction <= _MOST_FRACTION:
        raise low.fail(
            f"cells `{value.name}` have a scale of {value.scales[0]:g}, no power of two from 2^-15 to 2^-9"
        )
    return round(fraction)


def _clip(real: float, fraction: int) -> int:
    """As integers of a cell; 0: not."""
    return min(int(_single(real) / 2.0**-fraction), 32767) if real > 0 else 0


@dataclass(frozen=True)
class _Part:
    """Weights of the four gates, i, f, c, o, and what goes in."""

    places: tuple[int, ...]
    scale: float
    zero_point: int
    factor: int
    """Terms of an int8 product that a term counts as."""
    biases: tuple[int, ...] = ()


def _affine(low: Lowering, op: Operator, part: _Part, units: int) -> Affine:
    """Rows by unit."""
    gates = [low.weights(op.inputs[place], 0) for place in part.places]
    terms = gates[0][0].shape[1]
    if any(weights.shape != (units, terms) for weights, _ in gates):
        raise low.fail("weights of its gates differ in shape")
    if any(len(scales) != 1 for _, scales in gates):
        raise low.fail("weights of an LSTM have one scale a gate")
    step = np.float32(2.0**-GATE_BITS)
    # In single precision, as the interpreter has it.
    factors = [float(scales[0] * np.float32(part.scale) / step) for _, scales in gates]
    biases = np.zeros((4, units), np.int64)
    if part.biases:
        biases = np.stack([_bias(low, low.value(op.inputs[place]), units) for place in part.biases])
    rows = np.stack([weights for weights, _ in gates], axis=1).reshape(4 * units, terms)
    return Affine.make(
        padded_rows(rows),
        channel_axis=0,
        bias=biases.T.reshape(-1),
        factors=factors * units,
        input_zero_point=part.zero_point,
        terms=terms * part.factor,
        where=low.where,
        largest=LARGEST_SUM,
    )


def _bias(low: Lowering, value: Value, units: int) -> NDArray[np.int64]:
    if value.type != "int32" or len(value.data) != 4 * units:
        raise low.fail(f"bias `{value.name}` must be {units} constant int32 values")
    return value.integers()


LOWER: Mapping[str, Lower] = {
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lstm,
}
