"""ADD, SUB, MUL, MAXIMUM, MINIMUM: of two operands one may be repeated along some axes, or constant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.arrange_ops import Binary, Table, View
from vox_embed.program.fixed import quantise_multiplier, rescale
from vox_embed.program.ops import Add, Tensor
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import FULL_RANGE, Lower, Lowering
from vox_embed.spec.operators import BinaryKind

_HEADROOM = 20
_SUMS = {BinaryKind.ADD: "AddOptions", BinaryKind.SUBTRACT: "SubOptions"}
_SWAPPED = {
    BinaryKind.SUBTRACT: BinaryKind.SUBTRACT_FROM,
    BinaryKind.ADD: BinaryKind.ADD,
    BinaryKind.MULTIPLY: BinaryKind.MULTIPLY,
    BinaryKind.LARGER: BinaryKind.LARGER,
    BinaryKind.SMALLER: BinaryKind.SMALLER,
}

Shape = tuple[int, int, int, int]


@dataclass(frozen=True)
class _Operand:
    """A tensor of the program, or constants."""

    tensor: Tensor
    index: int
    """-1 where it is constant."""
    constants: NDArray[np.int8]


@dataclass(frozen=True)
class _Factors:
    multipliers: tuple[int, int, int]
    """Of a, b and the result."""
    shifts: tuple[int, int, int]


def binary(kind: BinaryKind) -> Callable[[Lowering, Operator], None]:
    """The lowering of an operator of this kind."""

    def lower(low: Lowering, op: Operator) -> None:
        a, b = (_operand(low, index) for index in op.inputs[:2])
        result = low.tensor(op.outputs[0])
        y = low.tensors[result]
        limits = FULL_RANGE
        if kind not in (BinaryKind.LARGER, BinaryKind.SMALLER):
            options = low.graph.options(op, _SUMS.get(kind, "MulOptions"))
            limits = low.limits(options.FusedActivationFunction(), y.scale, y.zero_point)
        chosen = kind
        if a.index < 0 or (a.tensor.shape != y.shape and b.index >= 0):
            a, b, chosen = b, a, _SWAPPED[kind]
        if a.index < 0:
            raise low.fail("both operands are constant", "let the converter compute it")
        a = _expanded(low, a, y.shape)
        factors = _factors(low, chosen, a.tensor, b.tensor, y)
        if chosen == BinaryKind.ADD and b.index >= 0 and a.tensor.shape == b.tensor.shape:
            low.ops.append(Add(a.index, result, b.index, factors.multipliers, factors.shifts, limits))
        elif b.index < 0 and b.constants.size == 1:
            results = [
                _chosen(chosen, q, b)
                if chosen in (BinaryKind.LARGER, BinaryKind.SMALLER)
                else _combined(chosen, factors, q - a.tensor.zero_point, b) + y.zero_point
                for q in range(-128, 128)
            ]
            within = tuple(max(limits[0], min(limits[1], value)) for value in results)
            low.ops.append(Table(a.index, result, within))
        else:
            strides = _strides(low, b.tensor.shape, y.shape)
            operand = b.index if b.index >= 0 else b.constants
            low.ops.append(
                Binary(
                    a.index,
                    result,
                    chosen,
                    operand,
                    b.tensor.zero_point,
                    strides,
                    factors.multipliers,
                    factors.shifts,
                    limits,
                )
            )

    return lower


def prelu(low: Lowering, op: Operator) -> None:
    """PRELU: what it makes of values above 0 and of those below, of which one is always 0, and their sum."""
    source, result, x, y = low.between(op)
    slopes = _operand(low, op.inputs[1])
    if slopes.index >= 0:
        raise low.fail("its slopes must be constant")
    last = quantise_multiplier(x.scale / y.scale)
    if last[1] > 15:
        raise low.fail(f"scales {x.scale:g} and {y.scale:g} are too far apart")
    kept = [y.zero_point + rescale(max(q - x.zero_point, 0), *last) for q in range(-128, 128)]
    above, below, product = low.make(y), low.make(x), low.make(y)
    low.ops.append(Table(source, above, tuple(max(-128, min(127, value)) for value in kept)))
    low.ops.append(Table(source, below, tuple(min(q, x.zero_point) for q in range(-128, 128))))
    factors = _factors(low, BinaryKind.MULTIPLY, x, slopes.tensor, y)
    strides = _strides(low, slopes.tensor.shape, y.shape)
    scaling = (strides, factors.multipliers, factors.shifts, FULL_RANGE)
    zero = slopes.tensor.zero_point
    low.ops.append(Binary(below, product, BinaryKind.MULTIPLY, slopes.constants, zero, *scaling))
    sums = _factors(low, BinaryKind.ADD, y, y, y)
    low.ops.append(Add(above, result, product, sums.multipliers, sums.shifts, FULL_RANGE))


def _operand(low: Lowering, index: int) -> _Operand:
    value = low.value(index)
    if not value.data:
        place = low.source(index)
        return _Operand(low.tensors[place], place, np.zeros(0, np.int8))
    checked = low.activation(index)
    tensor = low.shaped(checked, zero_point=int(checked.zero_points[0]))
    constants = np.frombuffer(value.data, np.int8)
    if constants.size != tensor.elements:
        raise low.fail(f"constant `{value.name}` is cut short")
    return _Operand(tensor, -1, constants)


def _expanded(low: Lowering, operand: _Operand, shape: Shape) -> _Operand:
    """The operand, repeated to the shape of the result."""
    known = operand.tensor
    if known.shape == shape:
        return operand
    if known.elements == int(np.prod(shape)):  # only the axes of length 1 stand elsewhere
        return operand
    strides = _strides(low, known.shape, shape)
    tensor = Tensor(known.name, shape, known.scale, known.zero_point)
    index = low.make(tensor)
    low.ops.append(View(operand.index, index, 0, tuple(zip(shape[1:], strides, strict=True))))
    return _Operand(tensor, index, operand.constants)


def _strides(low: Lowering, shape: Shape, target: Shape) -> tuple[int, int, int]:
    """Elements of `shape` from one row, column and channel of `target` to the next."""
    _, height, width, channels = shape
    for have, want in zip(shape, target, strict=True):
        if have not in (1, want):
            raise low.fail(f"shapes {list(shape)} and {list(target)} do not fit each other")
    natural = (width * channels, channels, 1)
    return tuple(0 if n == 1 else s for n, s in zip((height, width, channels), natural, strict=True))  # type: ignore[return-value]


def _factors(low: Lowering, kind: BinaryKind, a: Tensor, b: Tensor, y: Tensor) -> _Factors:
    if kind in (BinaryKind.LARGER, BinaryKind.SMALLER):
        if len({(t.scale, t.zero_point) for t in (a, b, y)}) > 1:
            raise low.fail("both inputs and the output must have the same scale and zero point")
        return _Factors((0, 0, 0), (0, 0, 0))
    if kind == BinaryKind.MULTIPLY:
        multiplier, shift = quantise_multiplier(a.scale * b.scale / y.scale)
        if shift > 13:
            raise low.fail("the output's scale is too small for its inputs")
        return _Factors((0, 0, multiplier if shift >= -30 else 0), (0, 0, max(shift, -30)))
    largest = 2.0 * max(a.scale, b.scale)
    each = (a.scale / largest, b.scale / largest, largest / ((1 << _HEADROOM) * y.scale))
    quantised = [quantise_multiplier(factor) for factor in each]
    if any(shift > 0 for _, shift in quantised):
        raise low.fail("the output's scale is too small for its inputs")
    first, second, last = (m for m, _ in quantised)
    shifts = [max(shift, -30) for _, shift in quantised]
    return _Factors((first, second, last), (shifts[0], shifts[1], shifts[2]))


def _chosen(kind: BinaryKind, first: int, b: _Operand) -> int:
    second = int(b.constants.ravel()[0])
    return max(first, second) if kind == BinaryKind.LARGER else min(first, second)


def _combined(kind: BinaryKind, factors: _Factors, x: int, b: _Operand) -> int:
    """Sum or product, less the result's zero point, of x and the constant b."""
    z = int(b.constants.ravel()[0]) - b.tensor.zero_point
    last = (factors.multipliers[2], factors.shifts[2])
    if kind == BinaryKind.MULTIPLY:
        return rescale(x * z, *last)
    x = rescale(x << _HEADROOM, factors.multipliers[0], factors.shifts[0])
    z = rescale(z << _HEADROOM, factors.multipliers[1], factors.shifts[1])
    return rescale({BinaryKind.ADD: x + z, BinaryKind.SUBTRACT: x - z}.get(kind, z - x), *last)


LOWER: Mapping[str, Lower] = {
    "ADD": binary(BinaryKind.ADD),
    "MAXIMUM": binary(BinaryKind.LARGER),
    "MINIMUM": binary(BinaryKind.SMALLER),
    "MUL": binary(BinaryKind.MULTIPLY),
    "PRELU": prelu,
    "SUB": binary(BinaryKind.SUBTRACT),
}
