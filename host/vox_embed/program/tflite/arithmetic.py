"""ADD, SUB, MUL, MAXIMUM, MINIMUM: of two operands one may be repeated along some axes, or constant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.arrange_ops import Binary, Table
from vox_embed.program.fixed import quantise_multiplier, rescale
from vox_embed.program.ops import Add, Limits, Reshape, Tensor
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.loops import Loop, append_view, grouped, merged, repeated, strides_of
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
    BinaryKind.SQUARED_DIFFERENCE: BinaryKind.SQUARED_DIFFERENCE,
}
_SQUARES_HEADROOM = 7
_WITHOUT_LIMITS = (BinaryKind.LARGER, BinaryKind.SMALLER, BinaryKind.SQUARED_DIFFERENCE)

_AXES = 3
"""Of a tensor of the program, behind the batch of 1."""


@dataclass(frozen=True)
class Operand:
    """A tensor of the program, or constants."""

    tensor: Tensor
    shape: tuple[int, ...]
    """As the .tflite has it."""
    index: int
    """-1 where it is constant."""
    constants: NDArray[np.int8]


@dataclass(frozen=True)
class _Factors:
    multipliers: tuple[int, int, int]
    """Of a, b and the result."""
    shifts: tuple[int, int, int]


@dataclass(frozen=True)
class Combination:
    """What is made of two values."""

    kind: BinaryKind
    multipliers: tuple[int, int, int]
    shifts: tuple[int, int, int]
    limits: Limits
    table: NDArray[np.int8] | None = None
    """Of BinaryKind.TABLE: the results of all pairs."""


def binary(kind: BinaryKind) -> Callable[[Lowering, Operator], None]:
    """The lowering of an operator of this kind."""

    def lower(low: Lowering, op: Operator) -> None:
        a, b = (_operand(low, index) for index in op.inputs[:2])
        result, shape = low.tensor(op.outputs[0]), low.value(op.outputs[0]).shape
        y = low.tensors[result]
        limits = FULL_RANGE
        if kind not in _WITHOUT_LIMITS:
            options = low.graph.options(op, _SUMS.get(kind, "MulOptions"))
            limits = low.limits(options.FusedActivationFunction(), y)
        chosen = kind
        if a.index < 0 or (a.tensor.elements != y.elements and b.index >= 0):
            a, b, chosen = b, a, _SWAPPED[kind]
        if a.index < 0:
            raise low.fail("both operands are constant", "let the converter compute it")
        a = expanded(low, a, shape, y)
        factors = _factors(low, chosen, a.tensor, b.tensor, y)
        if chosen == BinaryKind.ADD and b.index >= 0 and b.tensor.elements == y.elements:
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
            elementwise(
                low,
                low.value(op.outputs[0]).shape,
                (a.index, result),
                b,
                Combination(chosen, factors.multipliers, factors.shifts, limits),
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
    elementwise(
        low,
        low.value(op.outputs[0]).shape,
        (below, product),
        slopes,
        Combination(BinaryKind.MULTIPLY, factors.multipliers, factors.shifts, FULL_RANGE),
    )
    sums = _factors(low, BinaryKind.ADD, y, y, y)
    low.ops.append(Add(above, result, product, sums.multipliers, sums.shifts, FULL_RANGE))


def elementwise(
    low: Lowering,
    shape: tuple[int, ...],
    between: tuple[int, int],
    b: Operand,
    what: Combination,
) -> None:
    """Appends a Binary whose second operand is repeated along axes of the result, which has this shape."""
    source, result = between
    y = low.tensors[result]
    loops = _loops(low, b, shape)
    strides, dims = grouped(loops, y.shape[1:]), y.shape[1:]
    if strides is None:  # the axes of the program are others: as few as the repetition needs
        fewest = merged(loops)
        if len(fewest) > _AXES:
            b = expanded(low, b, shape, y)
            fewest = list(zip(dims, strides_of(dims), strict=True))
        fewest = [(1, 0)] * (_AXES - len(fewest)) + fewest
        dims, strides = tuple(n for n, _ in fewest), tuple(s for _, s in fewest)  # type: ignore[assignment]
    place = result if dims == y.shape[1:] else low.like(y, *dims)
    operand = b.index if b.index >= 0 else b.constants
    scaling = (
        (strides[0], strides[1], strides[2]),
        what.multipliers,
        what.shifts,
        what.limits,
    )
    low.ops.append(Binary(source, place, what.kind, operand, b.tensor.zero_point, *scaling, table=what.table))
    if place != result:
        low.ops.append(Reshape(place, result))


def _operand(low: Lowering, index: int) -> Operand:
    value = low.value(index)
    if not value.data:
        place = low.source(index)
        return Operand(low.tensors[place], value.shape, place, np.zeros(0, np.int8))
    checked = low.activation(index)
    tensor = low.shaped(checked, zero_point=int(checked.zero_points[0]))
    constants = np.frombuffer(value.data, np.int8)
    if constants.size != tensor.elements:
        raise low.fail(f"constant `{value.name}` is cut short")
    return Operand(tensor, value.shape, -1, constants)


def _loops(low: Lowering, operand: Operand, shape: tuple[int, ...]) -> list[Loop]:
    loops = repeated(operand.shape, shape)
    if loops is None:
        raise low.fail(f"shapes {list(operand.shape)} and {list(shape)} do not fit each other")
    return loops


def expanded(low: Lowering, operand: Operand, shape: tuple[int, ...], y: Tensor) -> Operand:
    """The operand, repeated to `shape`, that of the result y."""
    loops, known = _loops(low, operand, shape), operand.tensor
    if known.elements == y.elements:  # only the axes of length 1 stand elsewhere
        return operand
    if operand.index < 0:
        constants = np.broadcast_to(operand.constants.reshape(operand.shape), shape).ravel()
        return replace(operand, constants=constants, shape=shape)
    index = low.like(known, *y.shape[1:])
    append_view(low, (operand.index, index), 0, loops)
    return Operand(low.tensors[index], shape, index, operand.constants)


def _factors(low: Lowering, kind: BinaryKind, a: Tensor, b: Tensor, y: Tensor) -> _Factors:
    if kind in (BinaryKind.LARGER, BinaryKind.SMALLER):
        if len({(t.scale, t.zero_point) for t in (a, b, y)}) > 1:
            raise low.fail("both inputs and the output must have the same scale and zero point")
        return _Factors((0, 0, 0), (0, 0, 0))
    if kind == BinaryKind.MULTIPLY:
        product = np.float32(a.scale) * np.float32(b.scale)  # in single precision, as the reference
        multiplier, shift = quantise_multiplier(float(product / np.float32(y.scale)))
        if shift > 13:
            raise low.fail("the output's scale is too small for its inputs")
        return _Factors((0, 0, multiplier if shift >= -30 else 0), (0, 0, max(shift, -30)))
    largest = 2.0 * max(a.scale, b.scale)
    last = largest / ((1 << _HEADROOM) * y.scale)
    if kind == BinaryKind.SQUARED_DIFFERENCE:
        last = largest * largest / ((1 << 2 * _SQUARES_HEADROOM) * y.scale)
    each = (a.scale / largest, b.scale / largest, last)
    quantised = [quantise_multiplier(factor) for factor in each]
    if any(shift > 0 for _, shift in quantised):
        raise low.fail("the output's scale is too small for its inputs")
    first, second, third = (m for m, _ in quantised)
    shifts = [max(shift, -30) for _, shift in quantised]
    return _Factors((first, second, third), (shifts[0], shifts[1], shifts[2]))


def _chosen(kind: BinaryKind, first: int, b: Operand) -> int:
    second = int(b.constants.ravel()[0])
    return max(first, second) if kind == BinaryKind.LARGER else min(first, second)


def _combined(kind: BinaryKind, factors: _Factors, x: int, b: Operand) -> int:
    """Sum or product, less the result's zero point, of x and the constant b."""
    z = int(b.constants.ravel()[0]) - b.tensor.zero_point
    last = (factors.multipliers[2], factors.shifts[2])
    if kind == BinaryKind.MULTIPLY:
        return rescale(x * z, *last)
    bits = _SQUARES_HEADROOM if kind == BinaryKind.SQUARED_DIFFERENCE else _HEADROOM
    x = rescale(x << bits, factors.multipliers[0], factors.shifts[0])
    z = rescale(z << bits, factors.multipliers[1], factors.shifts[1])
    if kind == BinaryKind.SQUARED_DIFFERENCE:
        return rescale((x - z) ** 2, *last)
    return rescale({BinaryKind.ADD: x + z, BinaryKind.SUBTRACT: x - z}.get(kind, z - x), *last)


LOWER: Mapping[str, Lower] = {
    "ADD": binary(BinaryKind.ADD),
    "MAXIMUM": binary(BinaryKind.LARGER),
    "MINIMUM": binary(BinaryKind.SMALLER),
    "MUL": binary(BinaryKind.MULTIPLY),
    "PRELU": prelu,
    "SQUARED_DIFFERENCE": binary(BinaryKind.SQUARED_DIFFERENCE),
    "SUB": binary(BinaryKind.SUBTRACT),
}
