"""Operators that move values: reshapes, slices, transposes, tensors put together or taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from vox_embed.program.arrange_ops import Concat, Table
from vox_embed.program.ops import Reshape, Tensor
from vox_embed.program.tflite.constants import constant
from vox_embed.program.tflite.folding import known
from vox_embed.program.tflite.graph import Operator, Value
from vox_embed.program.tflite.loops import Loop, append_view, strides_of
from vox_embed.program.tflite.lowering import Lower, Lowering, values_of
from vox_embed.program.tflite.tables import Between, concatenated
from vox_embed.spec.operators import MAX_CONCAT


def reshape(low: Lowering, op: Operator) -> None:
    """The same values in another shape."""
    stretch = low.floating.get(op.inputs[0])
    if stretch is not None and len(stretch.roots) == 1:
        low.floating[op.outputs[0]] = replace(stretch, shapes=(low.value(op.outputs[0]).shape,))
    if stretch is not None and op.inputs[0] not in low.outside:
        if len(stretch.roots) > 1:
            raise low.fail("it is a function of two tensors, in floats", "reshape what it is made from")
        return
    if op.inputs[0] in low.outside:
        low.outside[op.outputs[0]] = low.outside[op.inputs[0]]
        if op.inputs[0] in low.origin:
            low.origin[op.outputs[0]] = low.origin[op.inputs[0]]
        return
    source, result, x, y = low.between(op)
    if x.elements != y.elements:
        raise low.fail("the number of values changes", "convert with static shapes and a batch size of 1")
    low.ops.append(Reshape(source, result))


def transpose(low: Lowering, op: Operator) -> None:
    """TRANSPOSE."""
    shape, order = low.value(op.inputs[0]).shape, constants_of(low, op.inputs[1])
    if sorted(order) != list(range(len(shape))):
        raise low.fail(f"axes {order} are no order of {len(shape)} axes")
    strides = strides_of(shape)
    view_of(low, op, 0, [(shape[axis], strides[axis]) for axis in order])


def strided_slice(low: Lowering, op: Operator) -> None:
    """STRIDED_SLICE with constant bounds."""
    options = low.graph.options(op, "StridedSliceOptions")
    shape = low.value(op.inputs[0]).shape
    begin, end, step = (constants_of(low, index) for index in op.inputs[1:4])
    offset, loops = 0, []
    for axis, stride in enumerate(strides_of(shape)):
        place = _places(options, len(begin), len(shape))[axis]
        size = shape[axis]
        if place < 0:
            loops.append((size, stride))
            continue
        first: int | None = None if options.BeginMask() >> place & 1 else begin[place]
        last: int | None = None if options.EndMask() >> place & 1 else end[place]
        if last is not None and options.Offset():
            last += begin[place]
        if options.ShrinkAxisMask() >> place & 1:
            taken = range(begin[place] % size, begin[place] % size + 1)
        elif step[place] == 0:
            raise low.fail(f"a step of 0 along axis {axis}", "the .tflite is damaged; convert again")
        else:
            taken = range(size)[slice(first, last, step[place])]
        if len(taken) == 0:
            raise low.fail(f"nothing is left of axis {axis}")
        offset += taken[0] * stride
        loops.append((len(taken), taken.step * stride))
    view_of(low, op, offset, loops)


def _places(options: Any, given: int, rank: int) -> list[int]:
    """Which of the given bounds is an axis's, -1 where none is: new axes have none of the input's."""
    new = [i for i in range(given) if options.NewAxisMask() >> i & 1]
    plain = [i for i in range(given) if i not in new]
    ellipsis = next((i for i in plain if options.EllipsisMask() >> i & 1), None)
    if ellipsis is None:
        return (plain + [-1] * rank)[:rank]
    before, behind = [i for i in plain if i < ellipsis], [i for i in plain if i > ellipsis]
    return [*before, *[-1] * (rank - len(before) - len(behind)), *behind]


def slices(low: Lowering, op: Operator) -> None:
    """SLICE with constant bounds."""
    shape = low.value(op.inputs[0]).shape
    begin, size = (constants_of(low, index) for index in op.inputs[1:3])
    strides = strides_of(shape)
    counts = [n - b if s < 0 else s for n, b, s in zip(shape, begin, size, strict=True)]
    offset = sum(b * s for b, s in zip(begin, strides, strict=True))
    view_of(low, op, offset, list(zip(counts, strides, strict=True)))


def split(low: Lowering, op: Operator) -> None:
    """SPLIT into equal parts."""
    axis = axis_of(low, op.inputs[1], constants_of(low, op.inputs[0])[0])
    size = low.value(op.inputs[1]).shape[axis]
    _parts(low, op, op.inputs[1], axis, [size // len(op.outputs)] * len(op.outputs))


def split_v(low: Lowering, op: Operator) -> None:
    """SPLIT_V into parts of given sizes."""
    sizes = constants_of(low, op.inputs[1])
    axis = axis_of(low, op.inputs[0], constants_of(low, op.inputs[2])[0])
    rest = low.value(op.inputs[0]).shape[axis] - sum(size for size in sizes if size >= 0)
    _parts(low, op, op.inputs[0], axis, [rest if size < 0 else size for size in sizes])


def unpack(low: Lowering, op: Operator) -> None:
    """UNPACK: one part for each place of an axis, which is gone then."""
    axis = axis_of(low, op.inputs[0], low.graph.options(op, "UnpackOptions").Axis())
    _parts(low, op, op.inputs[0], axis, [1] * len(op.outputs))


def concatenation(low: Lowering, op: Operator) -> None:
    """CONCATENATION along any axis."""
    options = low.graph.options(op, "ConcatenationOptions")
    if options.FusedActivationFunction() != low.graph.tflite.ActivationFunctionType.NONE:
        raise low.fail("a fused activation is not supported here")
    shape = low.value(op.outputs[0]).shape
    _concatenate(low, op, prod(shape[: axis_of(low, op.outputs[0], options.Axis())]))


def pack(low: Lowering, op: Operator) -> None:
    """PACK along a new axis."""
    shape = low.value(op.outputs[0]).shape
    axis = axis_of(low, op.outputs[0], low.graph.options(op, "PackOptions").Axis())
    _concatenate(low, op, prod(shape[:axis]))


def constants_of(low: Lowering, index: int) -> list[int]:
    """Integers that are constant, or computed from shapes; flat."""
    value = low.value(index)
    integers = known(low.graph, index)
    if integers is None:
        raise low.fail(f"`{value.name}` must be constant", "convert with static shapes")
    return [int(v) for v in integers.ravel()]


def axis_of(low: Lowering, index: int, axis: int) -> int:
    """An axis of a tensor of the .tflite, counted from the front."""
    return axis % len(low.value(index).shape)


def view_of(low: Lowering, op: Operator, offset: int, loops: Sequence[Loop]) -> None:
    """Appends what takes the elements of the input that the loops name."""
    _viewed(low, (op.inputs[0], op.outputs[0]), offset, loops)


def _viewed(low: Lowering, between: tuple[int, int], offset: int, loops: Sequence[Loop]) -> None:
    """The same between two tensors of the .tflite."""
    source, result = low.source(between[0]), low.tensor(between[1])
    x, y = low.tensors[source], low.tensors[result]
    if (x.scale, x.zero_point) != (y.scale, y.zero_point):
        raise low.fail("input and output must have the same scale and zero point")
    append_view(low, (source, result), offset, loops)


def finish(low: Lowering, op: Operator, place: int) -> None:
    """The operator's output is this program tensor, in its own shape."""
    value = low.activation(op.outputs[0])
    known_as = low.tensors[place]
    _same_scale(low, value, known_as)
    wanted = low.shaped(value, known_as.zero_point)
    low.index_of[op.outputs[0]] = low.reshaped(place, *wanted.shape[1:])


def _parts(low: Lowering, op: Operator, index: int, axis: int, sizes: list[int]) -> None:
    shape = low.value(index).shape
    strides = strides_of(shape)
    if sum(sizes) != shape[axis] or len(sizes) != len(op.outputs):
        raise low.fail(f"parts of {sizes} do not make up {shape[axis]}")
    at = 0
    for output, size in zip(op.outputs, sizes, strict=True):
        loops = [(size if i == axis else n, s) for i, (n, s) in enumerate(zip(shape, strides, strict=True))]
        _viewed(low, (index, output), at * strides[axis], loops)
        at += size


def _concatenate(low: Lowering, op: Operator, outer: int) -> None:
    """In steps, where there are more inputs than one operator takes."""
    result = low.tensor(op.outputs[0])
    y = low.tensors[result]
    left = [_rescaled(low, index, y) for index in op.inputs]
    while True:
        some, left = left[:MAX_CONCAT], left[MAX_CONCAT:]
        if not left:
            low.ops.append(Concat(some[0], result, tuple(some[1:]), outer))
            return
        elements = sum(low.tensors[one].elements for one in some)
        partial = low.make(replace(y, shape=(1, 1, 1, elements), state=False, initial=0))
        low.ops.append(Concat(some[0], partial, tuple(some[1:]), outer))
        left.insert(0, partial)


def _rescaled(low: Lowering, index: int, y: Tensor) -> int:
    """What is put together; of uint8 networks from any scale."""
    value, source = low.activation(index), low.source(index)
    x = low.tensors[source]
    if value.unsigned and (x.scale, x.zero_point) != (y.scale, y.zero_point):
        result = low.make(replace(x, scale=y.scale, zero_point=y.zero_point, state=False, initial=0))
        between = Between(x.scale, x.zero_point, y.scale, y.zero_point)
        low.ops.append(Table(source, result, tuple(concatenated(between))))
        return result
    _same_scale(low, value, y)
    return source


def fill(low: Lowering, op: Operator) -> None:
    """FILL with a constant."""
    value, result = low.value(op.inputs[1]), low.activation(op.outputs[0])
    if not value.data:
        raise low.fail("what it fills with must be constant", "let the converter compute it")
    tensor = low.shaped(result, int(result.zero_points[0]))
    values = np.full(tensor.elements, values_of(value)[0])
    low.index_of[op.outputs[0]] = constant(low, tensor, values)


def _same_scale(low: Lowering, value: Value, y: Tensor) -> None:
    if (float(value.scales[0]), int(value.zero_points[0])) != (y.scale, y.zero_point):
        raise low.fail(f"`{value.name}` and the output must have the same scale and zero point")


LOWER: Mapping[str, Lower] = {
    "CONCATENATION": concatenation,
    "EXPAND_DIMS": reshape,
    "FILL": fill,
    "PACK": pack,
    "RESHAPE": reshape,
    "SLICE": slices,
    "SPLIT": split,
    "SPLIT_V": split_v,
    "SQUEEZE": reshape,
    "STRIDED_SLICE": strided_slice,
    "TRANSPOSE": transpose,
    "UNPACK": unpack,
}
