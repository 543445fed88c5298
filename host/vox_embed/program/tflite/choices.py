"""Comparisons, which give truth values, and SELECT, which chooses by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.fixed import quantise_multiplier, rescale
from vox_embed.program.ops import Add, Tensor
from vox_embed.program.tflite.arithmetic import Combination, Operand, elementwise, expanded
from vox_embed.program.tflite.floats import COMPARED, append_values
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import FULL_RANGE, Lower, Lowering, Stretch
from vox_embed.program.tflite.traced import common_roots
from vox_embed.spec.operators import BinaryKind

_HEADROOM = 8
_SAME = (1 << 30, 1)
"""Multiplier and shift of a factor of 1."""


def compare(low: Lowering, op: Operator, *, function: Callable[..., NDArray[np.bool_]]) -> None:
    """GREATER and its kin, of int8 values as the reference scales them."""
    stretches = [_scaled(low, index) for index in op.inputs]
    together = common_roots(low, [one for one in stretches if isinstance(one, Stretch)])
    if not together:
        raise low.fail("its operands depend on more than two tensors, or are constant")
    rest = iter(together)
    operands = [next(rest).values if isinstance(one, Stretch) else np.float32(one) for one in stretches]
    roots, shapes = together[0].roots, together[0].shapes
    values = np.broadcast_to(function(*operands).astype(np.float32), (256,) * len(roots))
    low.floating[op.outputs[0]] = Stretch(roots, shapes, values)


def _scaled(low: Lowering, index: int) -> Stretch | int:
    """Times 2^8 and its scale; a number where it is constant."""
    value = low.activation(index)
    if float(value.scales[0]) >= 1:
        raise low.fail(f"the scale of `{value.name}` is not below 1, which the reference asks for")
    factor, zero = quantise_multiplier(float(value.scales[0])), int(value.zero_points[0])
    if value.data:
        only = _uniform(low, index)
        return rescale((only - zero) << _HEADROOM, *factor)
    values = [rescale((q - zero) << _HEADROOM, *factor) for q in range(-128, 128)]
    return Stretch((low.source(index),), (value.shape,), np.array(values, np.float32))


def _uniform(low: Lowering, index: int) -> int:
    values = np.frombuffer(low.value(index).data, np.int8)
    if not len(values) or np.any(values != values[0]):
        raise low.fail(f"constant `{low.value(index).name}` has values that differ")
    return int(values[0])


def select(low: Lowering, op: Operator) -> None:
    """SELECT, SELECT_V2 of int8 values by truth values that are computed."""
    if op.inputs[0] not in low.floating:
        raise low.fail("its condition is no comparison of computed values", "compute it inside the network")
    condition, result = low.floating[op.inputs[0]], low.tensor(op.outputs[0])
    y = low.tensors[result]
    for index in op.inputs[1:3]:
        value = low.activation(index)
        if (float(value.scales[0]), int(value.zero_points[0])) != (y.scale, y.zero_point):
            raise low.fail("inputs and output must have the same scale and zero point")
    stretches: list[Stretch | None] = [condition, *(_raw(low, index) for index in op.inputs[1:3])]
    together = common_roots(low, [one for one in stretches if one is not None])
    constants = [low.value(index).data != b"" for index in op.inputs[1:3]]
    even = all(
        not fixed or _is_uniform(low, index) for fixed, index in zip(constants, op.inputs[1:3], strict=True)
    )
    if together is None or not even:
        _by_products(low, op, condition, result)
        return
    rest = iter(together)
    operands = [
        next(rest).values if one is not None else np.float32(_uniform(low, index))
        for one, index in zip(stretches, op.inputs, strict=True)
    ]
    chosen = np.where(operands[0] != 0, operands[1], operands[2])
    chosen = np.broadcast_to(chosen, (256,) * len(together[0].roots)).astype(np.int8)
    stretch = Stretch(together[0].roots, together[0].shapes, chosen.astype(np.float32))
    append_values(low, stretch, chosen, result, low.value(op.outputs[0]).shape)


def _raw(low: Lowering, index: int) -> Stretch | None:
    value = low.value(index)
    if value.data:
        return None
    return Stretch((low.source(index),), (value.shape,), np.arange(-128, 128).astype(np.float32))


def _is_uniform(low: Lowering, index: int) -> bool:
    """No constant, or one of equal values."""
    values = np.frombuffer(low.value(index).data, np.int8)
    return bool(np.all(values == values[:1]))


def _by_products(low: Lowering, op: Operator, condition: Stretch, result: int) -> None:
    """The first times 1 or 0, the second times 0 or 1, and their sum, of which one is always 0."""
    y, shape = low.tensors[result], low.value(op.outputs[0]).shape
    parts = []
    for index, wanted in ((op.inputs[1], True), (op.inputs[2], False)):
        taken = low.make(Tensor(f"{y.name} taken", y.shape, 1.0, 0))
        truth = ((condition.values != 0) == wanted).astype(np.int8)
        append_values(low, condition, truth, taken, shape)
        source = low.source(index)
        operand = Operand(low.tensors[source], low.value(index).shape, source, np.zeros(0, np.int8))
        first = expanded(low, operand, shape, y)
        parts.append(low.like(y, *y.shape[1:]))
        factor = Combination(BinaryKind.MULTIPLY, (0, 0, _SAME[0]), (0, 0, _SAME[1]), FULL_RANGE)
        by = Operand(low.tensors[taken], shape, taken, np.zeros(0, np.int8))
        elementwise(low, shape, (first.index, parts[-1]), by, factor)
    half = 1 << 30
    low.ops.append(Add(parts[0], result, parts[1], (half, half, half), (0, 0, -18), FULL_RANGE))


LOWER: Mapping[str, Lower] = {
    **{name: partial(compare, function=function) for name, function in COMPARED.items()},
    "SELECT": select,
    "SELECT_V2": select,
}
