"""Operators that move values: reshapes, slices, transposes, tensors put together or taken apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vox_embed.program.arrange_ops import LOOPS, Binary, Concat, Table, View
from vox_embed.program.ops import Reshape, Tensor
from vox_embed.program.tflite.graph import Operator, Value
from vox_embed.program.tflite.lowering import FULL_RANGE, Lower, Lowering
from vox_embed.spec.operators import MAX_CONCAT, BinaryKind

Loop = tuple[int, int]
"""Turns, elements from one to the next."""


def reshape(low: Lowering, op: Operator) -> None:
    """The same values in another shape."""
    if op.inputs[0] in low.outside:
        low.outside[op.outputs[0]] = low.outside[op.inputs[0]]
        return
    source, result, x, y = low.between(op)
    if x.elements != y.elements:
        raise low.fail("the number of values changes", "convert with static shapes and a batch size of 1")
    low.ops.append(Reshape(source, result))


def transpose(low: Lowering, op: Operator) -> None:
    """TRANSPOSE."""
    shape, order = low.value(op.inputs[0]).shape, _constants(low, op.inputs[1])
    if sorted(order) != list(range(len(shape))):
        raise low.fail(f"axes {order} are no order of {len(shape)} axes")
    strides = _strides(shape)
    _view(low, op, 0, [(shape[axis], strides[axis]) for axis in order])


def strided_slice(low: Lowering, op: Operator) -> None:
    """STRIDED_SLICE with constant bounds."""
    options = low.graph.options(op, "StridedSliceOptions")
    if options.EllipsisMask() or options.NewAxisMask():
        raise low.fail("ellipsis and new axes in a slice are not supported")
    shape = low.value(op.inputs[0]).shape
    begin, end, step = (_constants(low, index) for index in op.inputs[1:4])
    offset, loops = 0, []
    for axis, (size, stride) in enumerate(zip(shape, _strides(shape), strict=True)):
        if axis >= len(begin):
            loops.append((size, stride))
            continue
        first: int | None = None if options.BeginMask() >> axis & 1 else begin[axis]
        last: int | None = None if options.EndMask() >> axis & 1 else end[axis]
        if options.ShrinkAxisMask() >> axis & 1:
            place = begin[axis] % size
            taken = range(place, place + 1)
        else:
            taken = range(size)[slice(first, last, step[axis])]
        if len(taken) == 0:
            raise low.fail(f"nothing is left of axis {axis}")
        offset += taken[0] * stride
        loops.append((len(taken), taken.step * stride))
    _view(low, op, offset, loops)


def slices(low: Lowering, op: Operator) -> None:
    """SLICE with constant bounds."""
    shape = low.value(op.inputs[0]).shape
    begin, size = (_constants(low, index) for index in op.inputs[1:3])
    strides = _strides(shape)
    counts = [n - b if s < 0 else s for n, b, s in zip(shape, begin, size, strict=True)]
    offset = sum(b * s for b, s in zip(begin, strides, strict=True))
    _view(low, op, offset, list(zip(counts, strides, strict=True)))


def split(low: Lowering, op: Operator) -> None:
    """SPLIT into equal parts."""
    axis = _axis(low, op.inputs[1], _constants(low, op.inputs[0])[0])
    size = low.value(op.inputs[1]).shape[axis]
    _parts(low, op, op.inputs[1], axis, [size // len(op.outputs)] * len(op.outputs))


def split_v(low: Lowering, op: Operator) -> None:
    """SPLIT_V into parts of given sizes."""
    sizes = _constants(low, op.inputs[1])
    axis = _axis(low, op.inputs[0], _constants(low, op.inputs[2])[0])
    rest = low.value(op.inputs[0]).shape[axis] - sum(size for size in sizes if size >= 0)
    _parts(low, op, op.inputs[0], axis, [rest if size < 0 else size for size in sizes])


def unpack(low: Lowering, op: Operator) -> None:
    """UNPACK: one part for each place of an axis, which is gone then."""
    axis = _axis(low, op.inputs[0], low.graph.options(op, "UnpackOptions").Axis())
    _parts(low, op, op.inputs[0], axis, [1] * len(op.outputs))


def concatenation(low: Lowering, op: Operator) -> None:
    """CONCATENATION along any axis."""
    options = low.graph.options(op, "ConcatenationOptions")
    if options.FusedActivationFunction() != low.graph.tflite.ActivationFunctionType.NONE:
        raise low.fail("a fused activation is not supported here")
    shape = low.value(op.outputs[0]).shape
    _concatenate(low, op, int(np.prod(shape[: _axis(low, op.outputs[0], options.Axis())])))


def pack(low: Lowering, op: Operator) -> None:
    """PACK along a new axis."""
    shape = low.value(op.outputs[0]).shape
    axis = _axis(low, op.outputs[0], low.graph.options(op, "PackOptions").Axis())
    _concatenate(low, op, int(np.prod(shape[:axis])))


def resize_nearest(low: Lowering, op: Operator) -> None:
    """RESIZE_NEAREST_NEIGHBOR to a multiple of height and width."""
    options = low.graph.options(op, "ResizeNearestNeighborOptions")
    _, _, x, y = low.between(op)
    _, height, width, channels = x.shape
    up, across = y.shape[1] // height, y.shape[2] // width
    if (height * up, width * across) != y.shape[1:3] or options.AlignCorners():
        raise low.fail(f"from {list(x.shape)} to {list(y.shape)}: only whole factors are supported")
    _view(low, op, 0, [(height, width * channels), (up, 0), (width, channels), (across, 0), (channels, 1)])


def _constants(low: Lowering, index: int) -> list[int]:
    value = low.value(index)
    if not value.data or value.type not in ("int32", "int64"):
        raise low.fail(f"`{value.name}` must be constant", "convert with static shapes")
    return [int(v) for v in value.integers()]


def _axis(low: Lowering, index: int, axis: int) -> int:
    return axis % len(low.value(index).shape)


def _strides(shape: tuple[int, ...]) -> list[int]:
    return [int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))]


def _view(low: Lowering, op: Operator, offset: int, loops: list[Loop]) -> None:
    """Appends what takes the elements of the input that the loops name."""
    _viewed(low, (op.inputs[0], op.outputs[0]), offset, loops)


def _viewed(low: Lowering, between: tuple[int, int], offset: int, loops: list[Loop]) -> None:
    """The same between two tensors of the .tflite."""
    source, result = low.source(between[0]), low.tensor(between[1])
    x, y = low.tensors[source], low.tensors[result]
    if (x.scale, x.zero_point) != (y.scale, y.zero_point):
        raise low.fail("input and output must have the same scale and zero point")
    kept = _merged(loops)
    if len(kept) > LOOPS:
        raise low.fail(f"more than {LOOPS} axes")
    if int(np.prod([turns for turns, _ in kept])) != y.elements:
        raise low.fail("the output's shape does not fit", "the .tflite is damaged; convert again")
    if kept == [(x.elements, 1)]:
        low.ops.append(Reshape(source, result))
    else:
        low.ops.append(View(source, result, offset, tuple(kept)))


def _merged(loops: list[Loop]) -> list[Loop]:
    """The same order with as few loops as it takes."""
    kept: list[Loop] = []
    for turns, stride in loops:
        if turns == 1:
            continue
        if kept and kept[-1][1] == turns * stride:
            kept[-1] = (kept[-1][0] * turns, stride)
        else:
            kept.append((turns, stride))
    return kept or [(1, 1)]


def _parts(low: Lowering, op: Operator, index: int, axis: int, sizes: list[int]) -> None:
    shape = low.value(index).shape
    strides = _strides(shape)
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
    for index in op.inputs:
        _same_scale(low, low.activation(index), y)
    computed = [low.source(index) for index in op.inputs if not low.value(index).data]
    if not computed:
        raise low.fail("all inputs are constant", "let the converter compute it")
    left = [
        _constant(low, index, computed[0]) if low.value(index).data else low.source(index)
        for index in op.inputs
    ]
    while True:
        some, left = left[:MAX_CONCAT], left[MAX_CONCAT:]
        if not left:
            low.ops.append(Concat(some[0], result, tuple(some[1:]), outer))
            return
        elements = sum(low.tensors[one].elements for one in some)
        partial = low.make(Tensor(y.name, (1, 1, 1, elements), y.scale, y.zero_point))
        low.ops.append(Concat(some[0], partial, tuple(some[1:]), outer))
        left.insert(0, partial)


def _constant(low: Lowering, index: int, other: int) -> int:
    """A tensor of constants: of any value of `other` the least there is, and what is larger."""
    value = low.activation(index)
    shaped = low.shaped(value, int(value.zero_points[0]))
    values = np.frombuffer(value.data, np.int8)
    if values.size != shaped.elements:
        raise low.fail(f"constant `{value.name}` is cut short")
    anything, least, place = low.make(shaped), low.make(shaped), low.make(shaped)
    low.ops.append(View(other, anything, 0, tuple((turns, 0) for turns in shaped.shape[1:])))
    low.ops.append(Table(anything, least, (-128,) * 256))
    _, _, width, channels = shaped.shape
    strides = (width * channels, channels, 1)
    factors, shifts = (0, 0, 0), (0, 0, 0)
    low.ops.append(
        Binary(
            least, place, BinaryKind.LARGER, values, shaped.zero_point, strides, factors, shifts, FULL_RANGE
        )
    )
    return place


def _same_scale(low: Lowering, value: Value, y: Tensor) -> None:
    if (float(value.scales[0]), int(value.zero_points[0])) != (y.scale, y.zero_point):
        raise low.fail(f"`{value.name}` and the output must have the same scale and zero point")


LOWER: Mapping[str, Lower] = {
    "CONCATENATION": concatenation,
    "EXPAND_DIMS": reshape,
    "PACK": pack,
    "RESHAPE": reshape,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest,
    "SLICE": slices,
    "SPLIT": split,
    "SPLIT_V": split_v,
    "SQUEEZE": reshape,
    "STRIDED_SLICE": strided_slice,
    "TRANSPOSE": transpose,
    "UNPACK": unpack,
}
