"""P2, unusual but legal settings: any number of axes, batches, groups, orders, steps and repetitions.

Random shapes and scales; every output byte equals that of the reference kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vox_embed.core import Model
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from helpers.tflite_writer import ACTIVATIONS, SAME, VALID, Network, Reference, options

ROWS = 24
Rng = np.random.Generator
Made = tuple[Network, int, int]


def scale_of(rng: Rng, low: float = 1e-3, high: float = 0.3) -> float:
    return float(np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))))


def zero_of(rng: Rng) -> int:
    return int(rng.integers(-128, 128))


def shape_of(rng: Rng, fewest: int = 1, most: int = 5, size: int = 6) -> tuple[int, ...]:
    """Now and then axes of one place, and a batch."""
    return tuple(int(n) for n in rng.integers(1, size, int(rng.integers(fewest, most + 1))))


def same_bytes(made: Made, rng: Rng) -> None:
    net, source, result = made
    data = net.bytes(source, result)
    program = lower_tflite(data)
    inputs = rng.integers(-128, 128, (ROWS, program.input_tensor.elements), dtype=np.int8)
    inputs[0], inputs[1] = -128, 127
    got = Model(build_network(program, {})).run(inputs)
    np.testing.assert_array_equal(got, Reference(data).run(inputs).reshape(got.shape))


def ints(net: Network, values: Any) -> int:
    array = np.array(values, np.int32)
    return net.tensor(array.shape, data=array, kind="int32")


def moved(  # noqa: PLR0917
    rng: Rng, name: str, shape: tuple[int, ...], out: Any, more: Callable[[Network], list[int]], chosen: Any
) -> Made:
    """An operator that gives its input's values in other places."""
    net = Network()
    known = (scale_of(rng), zero_of(rng))
    source, result = net.tensor(shape, *known), net.tensor(tuple(int(n) for n in out), *known)
    net.op(name, [source, *more(net)], result, chosen)
    return net, source, result


def transpose(rng: Rng) -> Made:
    shape = shape_of(rng, 2)
    order = rng.permutation(len(shape))
    chosen = options("TransposeOptions")
    return moved(rng, "TRANSPOSE", shape, [shape[a] for a in order], lambda net: [ints(net, order)], chosen)


def strided_slice(rng: Rng) -> Made:
    """With places taken out of axes, an ellipsis, and bounds outside."""
    shape = shape_of(rng, 2, 4)
    begin, end, step, out, shrink = [], [], [], [], 0
    for axis, size in enumerate(shape):
        stride = int(rng.choice([1, 1, 2, 3, -1, -2]))
        first, last = (int(v) for v in rng.integers(-size - 1, size + 2, 2))
        taken = range(size)[first:last:stride]
        if rng.random() < 0.3:
            first, last, stride = int(rng.integers(-size, size)), 0, 1
            last, shrink = first + 1, shrink | 1 << axis
        elif len(taken) == 0:
            first, last, stride = 0, size, 1
            out.append(size)
        else:
            out.append(len(taken))
        begin.append(first)
        end.append(last)
        step.append(stride)
    chosen = options("StridedSliceOptions", shrinkAxisMask=shrink)
    return moved(
        rng, "STRIDED_SLICE", shape, out, lambda net: [ints(net, v) for v in (begin, end, step)], chosen
    )


def new_axes(rng: Rng) -> Made:
    """[..., new, 1:]"""
    shape = shape_of(rng, 2, 3)
    shape = (*shape[:-1], shape[-1] + 1)
    bounds = ([0, 0, 1], [0, 0, shape[-1]], [1, 1, 1])
    chosen = options("StridedSliceOptions", ellipsisMask=1, newAxisMask=2)
    out = (*shape[:-1], 1, shape[-1] - 1)
    return moved(rng, "STRIDED_SLICE", shape, out, lambda net: [ints(net, v) for v in bounds], chosen)


def slices(rng: Rng) -> Made:
    shape = shape_of(rng, 1, 5)
    begin = [int(rng.integers(0, n)) for n in shape]
    size = [int(rng.integers(1, n - b + 1)) for n, b in zip(shape, begin, strict=True)]
    asked = [-1 if b + s == n else s for n, b, s in zip(shape, begin, size, strict=True)]
    return moved(
        rng, "SLICE", shape, size, lambda net: [ints(net, begin), ints(net, asked)], options("SliceOptions")
    )


def gather(rng: Rng) -> Made:
    shape = shape_of(rng, 1, 4)
    axis = int(rng.integers(0, len(shape)))
    places = rng.integers(0, shape[axis], int(rng.integers(1, 9)))
    out = [*shape[:axis], len(places), *shape[axis + 1 :]]
    return moved(
        rng, "GATHER", shape, out, lambda net: [ints(net, places)], options("GatherOptions", axis=axis)
    )


def resize_nearest(rng: Rng) -> Made:
    shape = (1, *(int(n) for n in rng.integers(1, 6, 3)))
    size = [int(n) for n in rng.integers(1, 12, 2)]
    corners, centres = ((False, False), (True, False), (False, True))[int(rng.integers(0, 3))]
    chosen = options("ResizeNearestNeighborOptions", alignCorners=corners, halfPixelCenters=centres)
    return moved(
        rng, "RESIZE_NEAREST_NEIGHBOR", shape, (1, *size, shape[3]), lambda net: [ints(net, size)], chosen
    )


def mirror_pad(rng: Rng) -> Made:
    shape, mode = tuple(n + 2 for n in shape_of(rng, 2, 4, 4)), int(rng.integers(0, 2))
    amounts = rng.integers(0, 3, (len(shape), 2))
    out = [n + int(a.sum()) for n, a in zip(shape, amounts, strict=True)]
    return moved(
        rng,
        "MIRROR_PAD",
        shape,
        out,
        lambda net: [ints(net, amounts)],
        options("MirrorPadOptions", mode=mode),
    )


def tile(rng: Rng) -> Made:
    shape = shape_of(rng, 1, 3)
    times = rng.integers(1, 4, len(shape))
    return moved(
        rng, "TILE", shape, np.array(shape) * times, lambda net: [ints(net, times)], options("TileOptions")
    )


def broadcast_to(rng: Rng) -> Made:
    out = shape_of(rng, 2, 4)
    shape = tuple(n if rng.random() < 0.5 else 1 for n in out)[int(rng.integers(0, 2)) :]
    return moved(rng, "BROADCAST_TO", shape, out, lambda net: [ints(net, out)], options("BroadcastToOptions"))


def reverse(rng: Rng) -> Made:
    shape = shape_of(rng, 1, 4)
    axis = int(rng.integers(0, len(shape)))
    return moved(
        rng, "REVERSE_V2", shape, shape, lambda net: [ints(net, [axis])], options("ReverseV2Options")
    )


def depth_to_space(rng: Rng) -> Made:
    block, (h, w, c) = int(rng.integers(1, 4)), (int(n) for n in rng.integers(1, 5, 3))
    n = int(rng.choice([1, 1, 2]))
    chosen = options("DepthToSpaceOptions", blockSize=block)
    shape = (1, h, w, c * block * block)
    del n
    return moved(rng, "DEPTH_TO_SPACE", shape, (1, h * block, w * block, c), lambda net: [], chosen)


def space_to_depth(rng: Rng) -> Made:
    block, (n, h, w, c) = int(rng.integers(1, 4)), (int(n) for n in rng.integers(1, 4, 4))
    chosen = options("SpaceToDepthOptions", blockSize=block)
    shape = (n, h * block, w * block, c)
    return moved(rng, "SPACE_TO_DEPTH", shape, (n, h, w, c * block * block), lambda net: [], chosen)


def pad(rng: Rng) -> Made:
    """Of every axis, the batch too."""
    shape = shape_of(rng, 1, 4)
    amounts = rng.integers(0, 3, (len(shape), 2)) * (rng.random((len(shape), 1)) < 0.6)
    out = [n + int(a.sum()) for n, a in zip(shape, amounts, strict=True)]
    return moved(rng, "PAD", shape, out, lambda net: [ints(net, amounts)], options("PadOptions"))


def parts(rng: Rng) -> Made:
    """SPLIT, SPLIT_V or UNPACK along any axis; then PACK or CONCATENATION along any."""
    shape = list(shape_of(rng, 2, 4))
    axis = int(rng.integers(0, len(shape)))
    name = str(rng.choice(["SPLIT", "SPLIT_V", "UNPACK"]))
    count = int(rng.integers(1, 4))
    known = (scale_of(rng), zero_of(rng))
    net = Network()
    sizes = (
        [int(n) for n in rng.integers(1, 4, count)]
        if name == "SPLIT_V"
        else [1 if name == "UNPACK" else 2] * count
    )
    shape[axis] = sum(sizes)
    source = net.tensor(tuple(shape), *known)
    each = [[*shape[:axis], *([] if name == "UNPACK" else [n]), *shape[axis + 1 :]] for n in sizes]
    outputs = [net.tensor(tuple(one), *known) for one in each]
    if name == "SPLIT":
        net.op(name, [ints(net, axis), source], outputs, options("SplitOptions", numSplits=count))
    elif name == "SPLIT_V":
        net.op(
            name,
            [source, ints(net, sizes), ints(net, [axis])],
            outputs,
            options("SplitVOptions", numSplits=count),
        )
    else:
        net.op(name, [source], outputs, options("UnpackOptions", num=count, axis=axis))
    back = outputs[::-1]
    if name == "SPLIT_V":
        result = net.tensor(tuple(shape), *known)
        net.op("CONCATENATION", back, result, options("ConcatenationOptions", axis=axis))
    else:
        place = int(rng.integers(0, len(each[0]) + 1))
        result = net.tensor((*each[0][:place], count, *each[0][place:]), *known)
        net.op("PACK", back, result, options("PackOptions", valuesCount=count, axis=place))
    return net, source, result


def reductions(rng: Rng) -> Made:
    """Over any axes, with and without keeping them."""
    net, shape = Network(), shape_of(rng, 1, 4, 7)
    name = str(rng.choice(["MEAN", "REDUCE_MAX", "REDUCE_MIN"]))
    axes = sorted(int(a) for a in rng.choice(len(shape), int(rng.integers(1, len(shape) + 1)), replace=False))
    keep = bool(rng.random() < 0.5)
    known = (scale_of(rng), zero_of(rng))
    wide = float(np.float32(known[0] * rng.uniform(0.3, 2.0)))
    other = (wide, zero_of(rng)) if name == "MEAN" else known
    out = tuple(1 if i in axes else n for i, n in enumerate(shape) if keep or i not in axes)
    source, result = net.tensor(shape, *known), net.tensor(out, *other)
    net.op(name, [source, ints(net, axes)], result, options("ReducerOptions", keepDims=keep))
    return net, source, result


BINARY = {"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions", "MAXIMUM": None, "MINIMUM": None}


def binary(rng: Rng) -> Made:
    """Of any shapes that fit each other; a constant to the left or to the right, or the input's own end."""
    name = str(rng.choice(list(BINARY)))
    full = shape_of(rng, 1, 4, 5)
    shape = tuple(n if rng.random() < 0.7 else 1 for n in full)
    other = tuple(n if rng.random() < 0.5 else 1 for n in full)[int(rng.integers(0, len(full) + 1)) :]
    net = Network()
    known = (scale_of(rng), zero_of(rng))
    second = (
        known
        if BINARY[name] is None
        else (float(np.float32(known[0] * np.exp(rng.uniform(-2, 2)))), zero_of(rng))
    )
    constant = bool(rng.random() < 0.5)
    source = net.tensor(shape if constant else (2, 48), *known)
    if constant:
        a = source
        b = net.tensor(other, *second, data=rng.integers(-128, 128, other, dtype=np.int8))
    else:
        a, b = (
            _part(net, source, row, wanted, known, into)
            for row, wanted, into in ((0, shape, known), (1, other, second))
        )
    out = np.broadcast_shapes(shape, other)
    wide = (
        known[0]
        if BINARY[name] is None
        else known[0] * second[0] * 60
        if name == "MUL"
        else known[0] + second[0]
    )
    result = net.tensor(out, float(np.float32(wide)), known[1] if BINARY[name] is None else zero_of(rng))
    fused = ACTIVATIONS[str(rng.choice(list(ACTIVATIONS)))]
    kind = BINARY[name]
    chosen = options(kind, fusedActivationFunction=fused) if kind else options("MaximumMinimumOptions")
    net.op(name, [a, b] if rng.random() < 0.5 else [b, a], result, chosen)
    return net, source, result


def _part(  # noqa: PLR0917
    net: Network,
    source: int,
    row: int,
    shape: tuple[int, ...],
    known: tuple[float, int],
    into: tuple[float, int],
) -> int:
    """So many values of a row of the source, of another scale."""
    count = int(np.prod(shape))
    flat = net.tensor((1, 48), *known)
    net.op("SLICE", [source, ints(net, [row, 0]), ints(net, [1, 48])], flat, options("SliceOptions"))
    repeated = net.tensor((1, 48 * 14), *known)
    net.op("TILE", [flat, ints(net, [1, 14])], repeated, options("TileOptions"))
    cut, shaped = net.tensor((1, count), *known), net.tensor(shape, *known)
    net.op("SLICE", [repeated, ints(net, [0, 0]), ints(net, [1, count])], cut, options("SliceOptions"))
    net.op("RESHAPE", [cut, ints(net, shape)], shaped, options("ReshapeOptions", newShape=list(shape)))
    if known == into:
        return shaped
    result = net.tensor(shape, *into)
    net.op("QUANTIZE", [shaped], result, options("QuantizeOptions"))
    return result


def _weights(
    rng: Rng, net: Network, shape: tuple[int, ...], x: tuple[float, int], few: bool = False
) -> tuple[int, int, float]:
    """Weights, bias, and a scale for the result."""
    channels, terms = shape[0], int(np.prod(shape[1:]))
    each = channels if rng.random() < 0.7 else 1
    scales = np.exp(rng.uniform(np.log(1e-3), np.log(0.02), each)).astype(np.float32)
    values = rng.integers(-8, 8, shape) if few else rng.integers(-127, 128, shape)
    kind = "int4" if few else "int8"
    w = net.tensor(shape, scales, data=values.astype(np.int8), kind=kind)
    b = -1
    if len(shape) == 4 or rng.random() < 0.7:
        bias = rng.integers(-3000, 3000, channels).astype(np.int32)
        b = net.tensor((channels,), (scales * np.float32(x[0])).astype(np.float32), data=bias, kind="int32")
    spread = (4 if few else 74) * np.sqrt(terms) * 74 / 40
    return w, b, float(np.float32(x[0] * float(np.median(scales)) * spread))


def convolution(rng: Rng) -> Made:
    """In groups, of batches, dilated, of weights of 4 bits, with and without bias."""
    net = Network()
    groups, batch = int(rng.choice([1, 1, 2, 3])), int(rng.choice([1, 1, 2]))
    h, w = (int(n) for n in rng.integers(4, 9, 2))
    each, outs = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    kernel = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    stride = (int(rng.integers(1, 3)), int(rng.integers(1, 3)))
    dilation = (int(rng.integers(1, 3)), 1) if stride == (1, 1) else (1, 1)
    x = (scale_of(rng, 0.01), zero_of(rng))
    source = net.tensor((batch, h, w, each * groups), *x)
    weights, bias, scale = _weights(rng, net, (outs * groups, *kernel, each), x, bool(rng.random() < 0.3))
    padding = SAME if rng.random() < 0.5 else VALID
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    if padding == VALID and (reach[0] > h or reach[1] > w):
        padding = SAME
    size = [n if padding == SAME else n - r + 1 for n, r in zip((h, w), reach, strict=True)]
    out = (batch, -(-size[0] // stride[0]), -(-size[1] // stride[1]), outs * groups)
    result = net.tensor(out, scale, zero_of(rng))
    fused = ACTIVATIONS[str(rng.choice(list(ACTIVATIONS)))]
    steps = {"strideH": stride[0], "strideW": stride[1]}
    wide = {"dilationHFactor": dilation[0], "dilationWFactor": dilation[1]}
    chosen = options("Conv2DOptions", padding=padding, fusedActivationFunction=fused, **steps, **wide)
    net.op("CONV_2D", [source, weights, bias], result, chosen)
    return net, source, result


def transpose_conv(rng: Rng) -> Made:
    net = Network()
    h, w, c, outs = (int(n) for n in rng.integers(1, 5, 4))
    kernel = (int(rng.integers(1, 5)), int(rng.integers(1, 5)))
    stride = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    x = (scale_of(rng, 0.01), zero_of(rng))
    source = net.tensor((1, h, w, c), *x)
    weights, bias, scale = _weights(rng, net, (outs, *kernel, c), x)
    padding = SAME if rng.random() < 0.5 else VALID
    size = [
        n * s if padding == SAME else (n - 1) * s + max(k, s)
        for n, s, k in zip((h, w), stride, kernel, strict=True)
    ]
    result = net.tensor((1, *size, outs), scale, zero_of(rng))
    chosen = options("TransposeConvOptions", padding=padding, strideH=stride[0], strideW=stride[1])
    inputs = [ints(net, [1, *size, outs]), weights, source]
    net.op("TRANSPOSE_CONV", [*inputs, bias], result, chosen)
    return net, source, result


def dense(rng: Rng) -> Made:
    """Of every row of its input, per channel or not, of weights of 4 bits, without bias."""
    net = Network()
    shape = shape_of(rng, 1, 4)
    x = (scale_of(rng, 0.01), zero_of(rng))
    inputs = int(np.prod(shape[int(rng.integers(0, len(shape))) :]))
    outs = int(rng.integers(1, 7))
    source = net.tensor(shape, *x)
    weights, bias, scale = _weights(rng, net, (outs, inputs), x, bool(rng.random() < 0.3))
    keep = inputs == shape[-1]
    out = (*shape[:-1], outs) if keep else (int(np.prod(shape)) // inputs, outs)
    result = net.tensor(out, scale, zero_of(rng))
    fused = ACTIVATIONS[str(rng.choice(["none", "relu", "relu6"]))]
    chosen = options("FullyConnectedOptions", fusedActivationFunction=fused, keepNumDims=keep)
    net.op("FULLY_CONNECTED", [source, weights, bias], result, chosen)
    return net, source, result


def blocks(rng: Rng) -> Made:
    """A dilated convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND; or another operator."""
    net = Network()
    block = [int(n) for n in rng.integers(1, 4, 2)]
    kernel = [int(n) for n in rng.integers(1, 4, 2)]
    h, w, c, outs = (int(n) for n in rng.integers(3, 8, 4))
    x = (scale_of(rng, 0.01), zero_of(rng))
    before = [int(rng.integers(0, (k - 1) * b + 1)) for k, b in zip(kernel, block, strict=True)]
    behind = [-(n + p) % b + b * (k - 1) for n, p, b, k in zip((h, w), before, block, kernel, strict=True)]
    amounts = [[p, q] for p, q in zip(before, behind, strict=True)]
    each = [(n + sum(a)) // b for n, a, b in zip((h, w), amounts, block, strict=True)]
    batch = block[0] * block[1]
    source, apart = net.tensor((1, h, w, c), *x), net.tensor((batch, *each, c), *x)
    net.op(
        "SPACE_TO_BATCH_ND",
        [source, ints(net, block), ints(net, amounts)],
        apart,
        options("SpaceToBatchNDOptions"),
    )
    y, size = x, each
    if rng.random() < 0.6:
        weights, bias, scale = _weights(rng, net, (outs, *kernel, c), x)
        y = (scale, zero_of(rng))
        size = [n - k + 1 for n, k in zip(each, kernel, strict=True)]
        inside = net.tensor((batch, *size, outs), *y)
        chosen = options("Conv2DOptions", padding=VALID, strideH=1, strideW=1)
        net.op("CONV_2D", [apart, weights, bias], inside, chosen)
    else:
        outs, inside = c, net.tensor((batch, *each, c), *x)
        net.op("LEAKY_RELU", [apart], inside, options("LeakyReluOptions", alpha=0.4))
    crops = [[int(rng.integers(0, n * b)), 0] for n, b in zip(size, block, strict=True)]
    out = [n * b - crop[0] for n, b, crop in zip(size, block, crops, strict=True)]
    result = net.tensor((1, *out, outs), *y)
    net.op(
        "BATCH_TO_SPACE_ND",
        [inside, ints(net, block), ints(net, crops)],
        result,
        options("BatchToSpaceNDOptions"),
    )
    return net, source, result


def pools(rng: Rng) -> Made:
    """Of batches."""
    net, known = Network(), (scale_of(rng), zero_of(rng))
    batch, h, w, c = (int(n) for n in rng.integers(2, 6, 4))
    source, result = net.tensor((batch, h, w, c), *known), net.tensor((batch, h - 1, w - 1, c), *known)
    chosen = options("Pool2DOptions", padding=VALID, strideH=1, strideW=1, filterHeight=2, filterWidth=2)
    net.op(str(rng.choice(["MAX_POOL_2D", "AVERAGE_POOL_2D"])), [source], result, chosen)
    return net, source, result


def softmax(rng: Rng) -> Made:
    net, shape = Network(), shape_of(rng, 2, 4)
    source, result = net.tensor(shape, scale_of(rng), zero_of(rng)), net.tensor(shape, 1 / 256, -128)
    net.op("SOFTMAX", [source], result, options("SoftmaxOptions", beta=float(rng.choice([1.0, 0.5]))))
    return net, source, result


def functions(rng: Rng) -> Made:
    net, name = Network(), str(rng.choice(["LOG", "SQRT", "RSQRT"]))
    zero = zero_of(rng) if name == "LOG" else -128
    source, result = (
        net.tensor((1, 256), scale_of(rng), zero),
        net.tensor((1, 256), scale_of(rng), zero_of(rng)),
    )
    net.op(name, [source], result)
    return net, source, result


def through_floats(rng: Rng) -> Made:
    """DEQUANTIZE and QUANTIZE in the middle."""
    net = Network()
    known, other = (scale_of(rng), zero_of(rng)), (scale_of(rng), zero_of(rng))
    source, floats, result = (
        net.tensor((1, 256), *known),
        net.tensor((1, 256), kind="float32"),
        net.tensor((1, 256), *other),
    )
    net.op("DEQUANTIZE", [source], floats)
    net.op("QUANTIZE", [floats], result, options("QuantizeOptions"))
    return net, source, result


def from_shapes(rng: Rng) -> Made:
    """Bounds of a slice and a shape, computed from the shape of the input."""
    net, known = Network(), (scale_of(rng), zero_of(rng))
    n, m = (int(v) for v in rng.integers(2, 6, 2))
    source = net.tensor((1, n, m, 3), *known)
    shape, one = (net.tensor((size,), kind="int32") for size in (4, 1))
    net.op("SHAPE", [source], shape, options("ShapeOptions", outType=2))
    bounds = [ints(net, [v]) for v in (1, 2, 1)]
    net.op("STRIDED_SLICE", [shape, *bounds], one, options("StridedSliceOptions"))
    half = net.tensor((1,), kind="int32")
    net.op("FLOOR_DIV", [one, ints(net, [2])], half, options("FloorDivOptions"))
    size = net.tensor((4,), kind="int32")
    net.op(
        "CONCATENATION",
        [ints(net, [1]), half, ints(net, [m, 3])],
        size,
        options("ConcatenationOptions", axis=0),
    )
    result = net.tensor((1, n // 2, m, 3), *known)
    net.op("SLICE", [source, ints(net, [0, 1, 0, 0]), size], result, options("SliceOptions"))
    return net, source, result


MAKE: list[Callable[[Rng], Made]] = [
    binary,
    blocks,
    broadcast_to,
    convolution,
    dense,
    depth_to_space,
    from_shapes,
    functions,
    gather,
    mirror_pad,
    new_axes,
    pad,
    parts,
    pools,
    reductions,
    resize_nearest,
    reverse,
    slices,
    softmax,
    space_to_depth,
    strided_slice,
    through_floats,
    tile,
    transpose,
    transpose_conv,
]


@pytest.mark.parametrize("make", MAKE, ids=lambda make: make.__name__)
def test_every_output_byte(make: Callable[[Rng], Made]) -> None:
    for seed in range(25):
        rng = np.random.default_rng([seed, *make.__name__.encode()])
        same_bytes(make(rng), rng)


def test_sums() -> None:
    """Against real numbers: the reference kernel lets sums overflow, and casts them to unsigned numbers."""
    for seed in range(25):
        rng = np.random.default_rng([seed, 9])
        net, shape = Network(), (1, *(int(n) for n in rng.integers(1, 7, 3)))
        axes = sorted(int(a) for a in rng.choice(4, 2, replace=False))
        out = tuple(n for i, n in enumerate(shape) if i not in axes)
        x = (scale_of(rng), zero_of(rng))
        y = (float(np.float32(x[0] * shape[axes[0]] * shape[axes[1]])), int(rng.integers(-20, 20)))
        source, result = net.tensor(shape, *x), net.tensor(out, *y)
        net.op("SUM", [source, ints(net, axes)], result, options("ReducerOptions"))
        inputs = rng.integers(-128, 128, (ROWS, int(np.prod(shape))), dtype=np.int8)
        got = Model(build_network(lower_tflite(net.bytes(source, result)), {})).run(inputs)
        real = x[0] * (inputs.reshape(-1, *shape).astype(np.float64) - x[1]).sum(
            axis=tuple(a + 1 for a in axes)
        )
        np.testing.assert_allclose(got.ravel(), np.clip(real.ravel() / y[0] + y[1], -128, 127), atol=0.76)
