"""Operators on 16-bit activations (16x8 quantisation) that have arithmetic of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.fixed import INT32_MAX, quantise_multiplier, round_half_away
from vox_embed.program.ops import Limits, Reshape, Tensor, Window
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.loops import append_view, grouped, merged, repeated, strides_of
from vox_embed.program.tflite.lowering import Lower, Lowering, range_of, values_of
from vox_embed.program.tflite.reductions import axes_of, pooled
from vox_embed.program.wide_ops import (
    NARROW,
    Binary16,
    Curve16,
    Pool16,
    Reduce16,
    Rescale16,
    Softmax16,
)
from vox_embed.spec.operators import BinaryKind, Curve16Kind, Pool16Kind, ReduceKind

_Q15 = 2.0**-15
_HEADROOM = 15
_STEPS = 512
_SPAN = 65535
_MOST_FACTOR = 65535
_AXES = 3
_EXP_RANGE = 10.0


def rescaling_16(low: Lowering, source: int, result: int) -> None:
    """Appends the rescaling of a program tensor to another, of which one has 16 bits."""
    x, y = low.tensors[source], low.tensors[result]
    factor = quantise_multiplier(x.scale / y.scale)
    if factor[1] > 13:
        raise low.fail(f"scales {x.scale:g} and {y.scale:g} are too far apart")
    factor = factor if factor[1] >= -30 else (0, 0)
    low.ops.append(Rescale16(source, result, *factor, factor, range_of(y)))


def _limited(lowest: float, highest: float | None) -> Lower:
    """RELU, RELU6."""

    def lower(low: Lowering, op: Operator) -> None:
        source, result, _, y = low.between(op)

        def quantised(real: float) -> int:
            return round_half_away(float(np.float32(real) / np.float32(y.scale)))

        top = NARROW[1] if highest is None else min(NARROW[1], quantised(highest))
        _single(low, source, result, (max(NARROW[0], quantised(lowest)), top))

    return lower


def _single(
    low: Lowering, source: int, result: int, limits: Limits = NARROW, alpha: float | None = None
) -> None:
    """The rescaling of an activation function, whose factor the reference has in single precision."""
    x, y = (np.float32(low.tensors[index].scale) for index in (source, result))
    factors = [float(x / y), float(x / y) if alpha is None else float(x * np.float32(alpha) / y)]
    pairs = [quantise_multiplier(factor) for factor in factors]
    if max(shift for _, shift in pairs) > 13:
        raise low.fail(f"scales {float(x):g} and {float(y):g} are too far apart")
    first, second = ((m, s) if s >= -30 else (0, 0) for m, s in pairs)
    low.ops.append(Rescale16(source, result, *first, second, limits))


def _leaky_relu(low: Lowering, op: Operator) -> None:
    source, result, _, _ = low.between(op)
    alpha = float(low.graph.options(op, "LeakyReluOptions").Alpha())
    if alpha < 0:
        raise low.fail(f"a slope of {alpha:g} is not supported with 16-bit activations", "0 and above are")
    _single(low, source, result, alpha=alpha)


@cache
def logistic_table() -> tuple[int, ...]:
    """The logistic function of k / 24 in Q16, moved by half of what the middle to the next one is off; the
    last is 1."""
    exact = [65536.0 / (1.0 + math.exp(-k / 48)) for k in range(2 * 256)]
    entries = []
    for k in range(0, 2 * 255, 2):
        off = exact[k + 1] - (exact[k] + exact[k + 2]) / 2
        entries.append(math.floor(exact[k] + off / 2 + 0.5))
    return (*entries, 65535)


def _curve(function: Curve16Kind) -> Lower:
    def lower(low: Lowering, op: Operator) -> None:
        source, result, x, y = low.between(op)
        if y.scale != _Q15:
            raise low.fail(f"the output must have scale 2^-15, not {y.scale:g}")
        multiplier, shift = _to_table(x.scale, function)
        if multiplier > _MOST_FACTOR:
            raise low.fail(f"an input scale of {x.scale:g} is too large")
        low.ops.append(Curve16(source, result, function, logistic_table(), multiplier, shift))

    return lower


def _to_table(scale: float, function: Curve16Kind) -> tuple[int, int]:
    """Factor and shift of the input to 3 * 2^12ths, as the reference finds them."""
    exponent = math.log2(scale)
    if exponent == round(exponent) and round(exponent) + 12 in (
        (0, 1) if function == Curve16Kind.TANH else (0,)
    ):
        return 3 << (round(exponent) + 12), 0
    factor, shift = scale * 4096.0 * 3.0, 0
    while factor <= 32767.0 / 2.0 and shift <= 30:
        factor, shift = factor * 2.0, shift + 1
    return int(factor), shift


@cache
def softmax_tables() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of exponentials between -10 and 0, and of 1 / (1 + x) between 0 and 1."""
    exponentials = _look_up(np.exp, -_EXP_RANGE, 0.0)
    return exponentials, _look_up(lambda x: 1.0 / (1.0 + x), 0.0, 1.0)


def _look_up(
    function: Callable[[NDArray[np.floating[Any]]], NDArray[np.floating[Any]]], first: float, last: float
) -> tuple[int, ...]:
    """513 entries in Q15, each moved by half of what the middle to the next one is off."""
    scale = (_SPAN + 1) / (2.0 / _SPAN * _SPAN)
    step = (last - first) / _STEPS
    places = first + np.arange(_STEPS + 1) * step
    values, middles = function(places), function(places[:-1] + step / 2)
    between = _rounded((values[1:] * scale + _rounded(values[:-1] * scale)) / 2)
    moved = _rounded((between - _rounded(middles * scale)) / 2)
    entries = [*(_rounded(values[:-1] * scale) - moved), _rounded(values[-1:] * scale)[0]]
    return tuple(int(min(max(entry, NARROW[0]), NARROW[1])) for entry in entries)


def _rounded(values: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """To nearest, ties away from zero."""
    rounded: NDArray[np.floating[Any]] = np.sign(values) * np.floor(np.abs(values) + 0.5)
    return rounded


def _softmax(low: Lowering, op: Operator) -> None:
    source, result, x, y = low.between(op)
    if y.scale != _Q15:
        raise low.fail(f"the output must have scale 2^-15, not {y.scale:g}")
    beta = np.float32(low.graph.options(op, "SoftmaxOptions").Beta())
    multiplier, shift = quantise_multiplier(float(np.float32(x.scale) * beta) / (_EXP_RANGE / _SPAN))
    if shift > 15:
        raise low.fail(f"an input scale of {x.scale:g} is too large")
    if shift < -30:
        multiplier, shift = 0, 0
    low.ops.append(Softmax16(source, result, *softmax_tables(), multiplier, shift))


def _pool(function: Pool16Kind) -> Lower:
    def lower(low: Lowering, op: Operator) -> None:
        def append(source: int, wanted: int, window: Window, limits: Limits) -> None:
            low.ops.append(Pool16(source, wanted, function, window, limits))

        pooled(low, op, append)

    return lower


def _mean(low: Lowering, op: Operator) -> None:
    source, (outer, count, inner) = axes_of(low, op)
    result = low.tensor(op.outputs[0])
    x, y = low.tensors[source], low.tensors[result]
    multiplier, shift = quantise_multiplier(x.scale / y.scale)
    # As of 8 bits: the multiplier takes as many bits from the shift as count has.
    moved = min(count.bit_length() - 1, 32, 31 + shift)
    multiplier, shift = (multiplier << moved) // count, shift - moved
    if not -31 <= shift <= 15:
        raise low.fail(f"scales {x.scale:g} and {y.scale:g} are too far apart")
    sizes = (outer, count, inner)
    low.ops.append(Reduce16(source, result, ReduceKind.SUM, *sizes, multiplier, shift, NARROW))


def _extreme(kind: ReduceKind) -> Lower:
    def lower(low: Lowering, op: Operator) -> None:
        source, sizes = axes_of(low, op)
        result = low.tensor(op.outputs[0])
        if low.tensors[source].scale != low.tensors[result].scale:
            raise low.fail("input and output must have the same scale")
        low.ops.append(Reduce16(source, result, kind, *sizes, 0, 0, NARROW))

    return lower


_OPTIONS = {
    BinaryKind.ADD: "AddOptions",
    BinaryKind.SUBTRACT: "SubOptions",
    BinaryKind.MULTIPLY: "MulOptions",
}
_SWAPPED = {BinaryKind.SUBTRACT: BinaryKind.SUBTRACT_FROM}


def _binary(kind: BinaryKind) -> Lower:
    def lower(low: Lowering, op: Operator) -> None:
        result, shape = low.tensor(op.outputs[0]), low.value(op.outputs[0]).shape
        y, limits = low.tensors[result], NARROW
        if kind in _OPTIONS:
            options = low.graph.options(op, _OPTIONS[kind])
            limits = low.limits(options.FusedActivationFunction(), y)
            if kind != BinaryKind.MULTIPLY and options.PotScaleInt16():
                raise low.fail(
                    "16-bit sums whose scales are powers of two are not supported",
                    "convert with a newer TensorFlow, which has sums of any scale",
                )
        first, second = op.inputs[:2]
        chosen = kind
        # What is read in order is computed, and of the result's size, where one of both is.
        if low.value(first).data or (
            math.prod(low.value(first).shape) != y.elements and not low.value(second).data
        ):
            first, second, chosen = second, first, _SWAPPED.get(kind, kind)
        if low.value(first).data:
            raise low.fail("both operands are constant", "let the converter compute it")
        a = _expanded(low, first, shape, y)
        b = low.shaped(low.activation(second), 0)
        factors = _factors(low, chosen, low.tensors[a], b, y)
        fields = (chosen, second, shape, factors, limits)
        _elementwise(low, (a, result), fields)

    return lower


def _elementwise(
    low: Lowering,
    between: tuple[int, int],
    what: tuple[BinaryKind, int, Sequence[int], tuple[tuple[int, int, int], tuple[int, int, int]], Limits],
) -> None:
    """Appends a Binary16 whose second operand, of the .tflite, is repeated along axes of the result."""
    kind, second, shape, (multipliers, shifts), limits = what
    source, result = between
    value, y = low.value(second), low.tensors[result]
    loops = repeated(value.shape, shape)
    if loops is None:
        raise low.fail(f"shapes {list(value.shape)} and {list(shape)} do not fit each other")
    operand: int | NDArray[np.int16] = values_of(value).astype(np.int16) if value.data else low.source(second)
    dims = y.shape[1:]
    strides = grouped(loops, dims)
    if strides is None:  # the axes of the program are others: as few as the repetition needs
        fewest = merged(loops)
        if len(fewest) > _AXES:
            if isinstance(operand, int):
                operand = _expanded(low, second, shape, y)
            else:
                operand = np.broadcast_to(operand.reshape(value.shape), shape).ravel()
            fewest = list(zip(dims, strides_of(dims), strict=True))
        fewest = [(1, 0)] * (_AXES - len(fewest)) + fewest
        dims, strides = (fewest[0][0], fewest[1][0], fewest[2][0]), tuple(stride for _, stride in fewest)
    place = result if dims == y.shape[1:] else low.like(y, *dims)
    steps = (strides[0], strides[1], strides[2])
    low.ops.append(Binary16(source, place, kind, operand, steps, multipliers, shifts, limits))
    if place != result:
        low.ops.append(Reshape(place, result))


def _expanded(low: Lowering, index: int, shape: Sequence[int], y: Tensor) -> int:
    """A program tensor of the result's size: the .tflite's, repeated to `shape` where it is smaller."""
    source, value = low.source(index), low.value(index)
    if low.tensors[source].elements == y.elements:
        return source
    loops = repeated(value.shape, shape)
    if loops is None:
        raise low.fail(f"shapes {list(value.shape)} and {list(shape)} do not fit each other")
    result = low.like(low.tensors[source], *y.shape[1:])
    append_view(low, (source, result), 0, loops)
    return result


def _factors(
    low: Lowering, kind: BinaryKind, a: Tensor, b: Tensor, y: Tensor
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Multipliers and shifts of both operands and the result."""
    if kind in (BinaryKind.LARGER, BinaryKind.SMALLER):
        if len({t.scale for t in (a, b, y)}) > 1:
            raise low.fail("both inputs and the output must have the same scale")
        return (0, 0, 0), (0, 0, 0)
    if kind == BinaryKind.MULTIPLY:
        first_two = np.float32(a.scale) * np.float32(b.scale)
        multiplier, shift = quantise_multiplier(float(first_two / np.float32(y.scale)))
        if shift > 0:
            raise low.fail("the output's scale is too small for its inputs")
        return (0, 0, multiplier if shift >= -30 else 0), (0, 0, max(shift, -30))
    largest = 2.0 * max(a.scale, b.scale)
    each = (a.scale / largest, b.scale / largest, largest / ((1 << _HEADROOM) * y.scale))
    quantised = [quantise_multiplier(factor) for factor in each]
    if any(shift > 0 for _, shift in quantised):
        raise low.fail("the output's scale is too small for its inputs")
    first, second, third = (min(m, INT32_MAX) for m, _ in quantised)
    shifts = [max(shift, -30) for _, shift in quantised]
    return (first, second, third), (shifts[0], shifts[1], shifts[2])


LOWER: Mapping[str, Lower] = {
    "ADD": _binary(BinaryKind.ADD),
    "AVERAGE_POOL_2D": _pool(Pool16Kind.MEAN),
    "LEAKY_RELU": _leaky_relu,
    "LOGISTIC": _curve(Curve16Kind.LOGISTIC),
    "MAX_POOL_2D": _pool(Pool16Kind.LARGEST),
    "MAXIMUM": _binary(BinaryKind.LARGER),
    "MEAN": _mean,
    "MINIMUM": _binary(BinaryKind.SMALLER),
    "MUL": _binary(BinaryKind.MULTIPLY),
    "REDUCE_MAX": _extreme(ReduceKind.LARGEST),
    "REDUCE_MIN": _extreme(ReduceKind.SMALLEST),
    "RELU": _limited(0.0, None),
    "RELU6": _limited(0.0, 6.0),
    "SOFTMAX": _softmax,
    "SUB": _binary(BinaryKind.SUBTRACT),
    "TANH": _curve(Curve16Kind.TANH),
}
"""Of int16 activations, as `operators.LOWER` is of int8."""
SHARED = frozenset(
    {
        "ASSIGN_VARIABLE",
        "BATCH_TO_SPACE_ND",
        "BROADCAST_TO",
        "CALL_ONCE",
        "CONCATENATION",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "DEPTH_TO_SPACE",
        "DEQUANTIZE",
        "EXPAND_DIMS",
        "FILL",
        "FULLY_CONNECTED",
        "GATHER",
        "MIRROR_PAD",
        "PACK",
        "PAD",
        "PADV2",
        "QUANTIZE",
        "READ_VARIABLE",
        "RESHAPE",
        "RESIZE_NEAREST_NEIGHBOR",
        "REVERSE_V2",
        "SLICE",
        "SPACE_TO_BATCH_ND",
        "SPACE_TO_DEPTH",
        "SPLIT",
        "SPLIT_V",
        "SQUEEZE",
        "STRIDED_SLICE",
        "TILE",
        "TRANSPOSE",
        "TRANSPOSE_CONV",
        "UNPACK",
    }
)
"""Those whose lowering in `operators.LOWER` takes int16, too: they move values, or look for themselves."""
