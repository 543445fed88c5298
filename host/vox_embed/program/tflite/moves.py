"""Operators that take or repeat places of axes: GATHER, RESIZE_NEAREST_NEIGHBOR, TILE, blocks, ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from vox_embed.program.arrange_ops import LOOPS
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.loops import (
    Loop,
    append_view,
    merged,
    repeated,
    runs,
    strides_of,
    taken,
    viewed,
)
from vox_embed.program.tflite.lowering import Blocks, Lower, Lowering
from vox_embed.program.tflite.padding import padded
from vox_embed.program.tflite.shapes import constants_of, finish, view_of

_CONVOLUTIONS = {"CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions"}
_MOST_RUNS = 64
"""Stretches that places are taken in: each is an operator."""


def gather(low: Lowering, op: Operator) -> None:
    """GATHER of constant places of an axis."""
    options = low.graph.options(op, "GatherOptions")
    value, rank = low.value(op.inputs[0]), len(low.value(op.inputs[0]).shape)
    if value.data:
        raise low.fail(
            "a table that the input chooses from is not supported", "compute it before the network"
        )
    if options.BatchDims():
        raise low.fail("batches of places are not supported")
    axis = options.Axis() % rank
    size = value.shape[axis]
    places = constants_of(low, op.inputs[1])
    if any(not 0 <= place < size for place in places):
        raise low.fail(f"places {places} do not lie in an axis of {size}")
    _take(low, op, [(axis, places)])


def resize_nearest(low: Lowering, op: Operator) -> None:
    """RESIZE_NEAREST_NEIGHBOR."""
    options = low.graph.options(op, "ResizeNearestNeighborOptions")
    low.shaped(low.activation(op.outputs[0]), 0)  # refuses what is too large
    corners, centres = options.AlignCorners(), options.HalfPixelCenters()
    before, after = low.value(op.inputs[0]).shape, low.value(op.outputs[0]).shape
    axes = [(axis, _nearest(before[axis], after[axis], corners, centres)) for axis in (1, 2)]
    _take(low, op, axes)


def _nearest(size: int, wanted: int, corners: bool, centres: bool) -> list[int]:
    scale = np.float32(size) / np.float32(wanted)
    if corners and wanted > 1:
        scale = np.float32(size - 1) / np.float32(wanted - 1)
    at = (np.arange(wanted, dtype=np.float32) + np.float32(0.5 if centres else 0)) * scale
    places = np.floor(at + np.float32(0.5)) if corners else np.floor(at)
    return [min(max(int(place), 0), size - 1) for place in places]


def mirror_pad(low: Lowering, op: Operator) -> None:
    """MIRROR_PAD, with and without the outermost values."""
    shape, amounts = low.value(op.inputs[0]).shape, np.array(constants_of(low, op.inputs[1])).reshape(-1, 2)
    inner = 1 if low.graph.options(op, "MirrorPadOptions").Mode() == 0 else 0
    axes = []
    for axis, (before, behind) in enumerate(amounts.tolist()):
        size = shape[axis]
        if min(before, behind) < 0 or max(before, behind) > size - inner:
            raise low.fail(f"padding of {max(before, behind)} does not fit axis {axis} of {size}")
        front = [inner + before - 1 - i for i in range(before)]
        back = [size - 1 - inner - i for i in range(behind)]
        axes.append((axis, [*front, *range(size), *back]))
    _take(low, op, axes)


def _take(low: Lowering, op: Operator, axes: Sequence[tuple[int, list[int]]]) -> None:
    """These places of these axes, in one View where that does it."""
    shape = list(low.value(op.inputs[0]).shape)
    source = low.source(op.inputs[0])
    if not all(places for _, places in axes):
        raise low.fail("nothing is taken of an axis", "convert with static shapes")
    changed = [(axis, places) for axis, places in axes if places != list(range(shape[axis]))]
    stretches = {axis: runs(places) for axis, places in changed}
    if sum(len(each) for each in stretches.values()) > _MOST_RUNS:
        raise low.fail(f"the places lie in more than {_MOST_RUNS} stretches", "choose a factor that is whole")
    at_once = _at_once(shape, stretches)
    if at_once is not None:
        finish(low, op, viewed_as(low, source, op, *at_once))
        return
    for axis, places in changed:
        source = taken(low, source, shape, axis, places)
        shape[axis] = len(places)
    finish(low, op, source)


def _at_once(
    shape: Sequence[int], stretches: Mapping[int, list[tuple[int, int, int, int]]]
) -> tuple[int, list[Loop]] | None:
    offset, loops = 0, []
    for axis, stride in enumerate(strides_of(shape)):
        each = stretches.get(axis, [(0, shape[axis], 1, 1)])
        if len(each) > 1:
            return None
        first, turns, step, times = each[0]
        offset += first * stride
        loops += [(turns, step * stride), (times, 0)]
    return (offset, loops) if len(merged(loops)) <= LOOPS else None


def viewed_as(low: Lowering, source: int, op: Operator, offset: int, loops: Sequence[Loop]) -> int:
    """A new program tensor of the shape of the operator's output."""
    shape = low.shaped(low.activation(op.outputs[0]), 0).shape
    result = low.like(low.tensors[source], *shape[1:])
    append_view(low, (source, result), offset, loops)
    return result


def tile(low: Lowering, op: Operator) -> None:
    """TILE, an axis at a time from the last on, where one View does not do it."""
    shape, times = list(low.value(op.inputs[0]).shape), constants_of(low, op.inputs[1])
    if len(times) != len(shape) or min(times, default=1) < 1:
        raise low.fail(f"{times} repetitions do not fit {len(shape)} axes")
    loops: list[Loop] = []
    for many, size, stride in zip(times, shape, strides_of(shape), strict=True):
        loops += [(many, 0), (size, stride)]
    if len(merged(loops)) <= LOOPS:
        view_of(low, op, 0, loops)
        return
    source = low.source(op.inputs[0])
    for axis in reversed(range(len(shape))):
        outer, each = prod(shape[:axis]), prod(shape[axis:])
        shape[axis] *= times[axis]
        if times[axis] > 1:
            source = viewed(
                low, source, 0, [(outer, each), (times[axis], 0), (each, 1)], (outer, times[axis], each)
            )
    finish(low, op, source)


def broadcast_to(low: Lowering, op: Operator) -> None:
    """BROADCAST_TO."""
    shape, wanted = low.value(op.inputs[0]).shape, low.value(op.outputs[0]).shape
    loops = repeated(shape, wanted)
    if loops is None:
        raise low.fail(f"shapes {list(shape)} and {list(wanted)} do not fit each other")
    view_of(low, op, 0, loops)


def reverse(low: Lowering, op: Operator) -> None:
    """REVERSE_V2: axes from their end to their beginning. The converter may give the output a scale of its
    own; the reference kernel moves the integers as they are.
    """
    shape = low.value(op.inputs[0]).shape
    turned = {axis % len(shape) for axis in constants_of(low, op.inputs[1])}
    strides = strides_of(shape)
    offset = sum((shape[axis] - 1) * strides[axis] for axis in turned)
    loops = [(n, -s if i in turned else s) for i, (n, s) in enumerate(zip(shape, strides, strict=True))]
    append_view(low, (low.source(op.inputs[0]), low.tensor(op.outputs[0])), offset, loops)


def depth_to_space(low: Lowering, op: Operator) -> None:
    """DEPTH_TO_SPACE."""
    block = low.graph.options(op, "DepthToSpaceOptions").BlockSize()
    (n, h, w, c), each = low.value(op.inputs[0]).shape, low.value(op.outputs[0]).shape[3]
    rows: list[Loop] = [(n, h * w * c), (h, w * c), (block, block * each)]
    view_of(low, op, 0, [*rows, (w, c), (block, each), (each, 1)])


def space_to_depth(low: Lowering, op: Operator) -> None:
    """SPACE_TO_DEPTH."""
    block = low.graph.options(op, "SpaceToDepthOptions").BlockSize()
    n, h, w, c = low.value(op.inputs[0]).shape
    places: list[Loop] = [(n, h * w * c), (h // block, block * w * c), (w // block, block * c)]
    view_of(low, op, 0, [*places, (block, w * c), (block, c), (c, 1)])


def space_to_batch(low: Lowering, op: Operator) -> None:
    """SPACE_TO_BATCH_ND: a dilation of the convolution that follows, or what it says."""
    blocks = constants_of(low, op.inputs[1])
    amounts = np.array(constants_of(low, op.inputs[2])).reshape(-1, 2).tolist()
    if _is_dilation(low, op, blocks, amounts):
        return
    value, axes = low.activation(op.inputs[0]), len(blocks)
    rest = [[0, 0]] * (len(value.shape) - 1 - axes)
    zero = int(value.zero_points[0])
    source, shape = padded(low, low.source(op.inputs[0]), value.shape, [[0, 0], *amounts, *rest], zero)
    strides = strides_of(shape)
    loops: list[Loop] = [(block, strides[1 + i]) for i, block in enumerate(blocks)]
    loops.append((shape[0], strides[0]))
    loops += [(shape[1 + i] // block, block * strides[1 + i]) for i, block in enumerate(blocks)]
    loops.append((prod(shape[1 + axes :]), 1))
    finish(low, op, viewed_as(low, source, op, 0, loops))


def _is_dilation(low: Lowering, op: Operator, blocks: list[int], amounts: list[list[int]]) -> bool:
    """Whether one convolution stands between it and its BATCH_TO_SPACE_ND; then they wait for it."""
    graph, shape = low.graph, low.value(op.inputs[0]).shape
    inner = _only_reader(low, op.outputs[0])
    if inner is None or inner.name not in _CONVOLUTIONS or len(shape) != 4 or shape[0] != 1:
        return False
    behind = _only_reader(low, inner.outputs[0])
    if behind is None or behind.name != "BATCH_TO_SPACE_ND" or constants_of(low, behind.inputs[1]) != blocks:
        return False
    options = graph.options(inner, _CONVOLUTIONS[inner.name])
    crops = np.array(constants_of(low, behind.inputs[2])).reshape(-1, 2).tolist()
    before = [a[0] - c[0] for a, c in zip(amounts, crops, strict=True)] + [0] * (2 - len(blocks))
    sizes = [*blocks, *[1] * (2 - len(blocks))]
    kernel = low.value(inner.inputs[1]).shape[1:3]
    strides = (options.StrideH(), options.StrideW(), options.DilationHFactor(), options.DilationWFactor())
    fits = all(0 <= b <= (k - 1) * d <= 255 for b, k, d in zip(before, kernel, sizes, strict=True))
    outs = low.value(behind.outputs[0]).shape[1:3]
    fits = fits and all(n - 1 < size + b for n, size, b in zip(outs, shape[1:3], before, strict=True))
    if not fits or max(strides) > 1 or options.Padding() != graph.tflite.Padding.VALID:
        return False
    both = [(op.inputs[0], op.outputs[0]), (inner.outputs[0], behind.outputs[0])]
    if any(_quantisation(low, a) != _quantisation(low, b) for a, b in both):
        return False
    low.blocks[op.outputs[0]] = Blocks(
        op.inputs[0], (before[0], before[1]), (sizes[0], sizes[1]), behind.outputs[0]
    )
    low.passed.add(behind.number)
    return True


def _only_reader(low: Lowering, index: int) -> Operator | None:
    readers = [op for op in low.graph.operators if index in op.inputs]
    return readers[0] if len(readers) == 1 and index not in low.graph.outputs else None


def _quantisation(low: Lowering, index: int) -> tuple[float, int]:
    value = low.activation(index)
    return float(value.scales[0]), int(value.zero_points[0])


def batch_to_space(low: Lowering, op: Operator) -> None:
    """BATCH_TO_SPACE_ND, likewise."""
    if op.number in low.passed:
        return
    blocks = constants_of(low, op.inputs[1])
    crops = np.array(constants_of(low, op.inputs[2])).reshape(-1, 2).tolist()
    shape, wanted = low.value(op.inputs[0]).shape, low.value(op.outputs[0]).shape
    axes, strides = len(blocks), strides_of(shape)
    batch = shape[0] // prod(blocks)
    loops: list[Loop] = [(batch, strides[0])]
    full = [batch, *(shape[1 + i] * block for i, block in enumerate(blocks)), *shape[1 + axes :]]
    for i, block in enumerate(blocks):
        apart = prod(blocks[i + 1 :]) * batch * strides[0]
        loops += [(shape[1 + i], strides[1 + i]), (block, apart)]
    loops.append((prod(shape[1 + axes :]), 1))
    source = low.source(op.inputs[0])
    behind = (prod(full[:2]), prod(full[2:-1]), full[-1])
    whole = low.like(low.tensors[source], *behind)
    append_view(low, (source, whole), 0, loops)
    steps = strides_of(full)
    offset = sum(crop[0] * steps[1 + i] for i, crop in enumerate(crops))
    finish(low, op, viewed_as(low, whole, op, offset, list(zip(wanted, steps, strict=True))))


LOWER: Mapping[str, Lower] = {
    "BATCH_TO_SPACE_ND": batch_to_space,
    "BROADCAST_TO": broadcast_to,
    "DEPTH_TO_SPACE": depth_to_space,
    "GATHER": gather,
    "MIRROR_PAD": mirror_pad,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest,
    "REVERSE_V2": reverse,
    "SPACE_TO_BATCH_ND": space_to_batch,
    "SPACE_TO_DEPTH": space_to_depth,
    "TILE": tile,
}
