"""CONV_2D, DEPTHWISE_CONV_2D, and PAD, which they take in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from vox_embed.program.ops import Window
from vox_embed.program.tflite.filters import Filters, convolve, each_batch
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import Border, Lower, Lowering, factors, values_of
from vox_embed.program.tflite.padding import padded
from vox_embed.program.tflite.shapes import constants_of, finish


def conv_2d(low: Lowering, op: Operator) -> None:
    """CONV_2D."""
    _convolution(low, op, depthwise=False)


def depthwise_conv_2d(low: Lowering, op: Operator) -> None:
    """DEPTHWISE_CONV_2D."""
    _convolution(low, op, depthwise=True)


def pad(low: Lowering, op: Operator) -> None:
    """PAD, PADV2: zeros around height and width go into the window of a convolution that follows."""
    value, out = low.value(op.inputs[0]), low.activation(op.outputs[0])
    rank = len(value.shape)
    rows = np.array(constants_of(low, op.inputs[1])).reshape(-1, 2)
    if len(rows) != rank:
        raise low.fail(f"padding of {len(rows)} axes does not fit a tensor of {rank}")
    if (out.scales[0], out.zero_points[0]) != (value.scales[0], value.zero_points[0]):
        raise low.fail("input and output must have the same scale and zero point")
    zero = int(out.zero_points[0])
    around = zero
    if op.input(2) >= 0:
        around = int(values_of(low.value(op.input(2)))[0])
    if value.type == "int16" and around != 0:
        raise low.fail("16-bit activations are padded with 0 alone")
    if rank > 4 or prod(value.shape[:-3]) != 1 or np.any(rows[:-3] != 0):
        finish(low, op, padded(low, low.source(op.inputs[0]), value.shape, rows.tolist(), around)[0])
        return
    first = [0] * (4 - rank) + [int(n) for n in rows[:, 0]]
    low.pads[op.outputs[0]] = Border(op.inputs[0], (first[1], first[2], first[3]), around)
    if rank != 4 or around != zero or np.any(rows[3] != 0):
        low.source(op.outputs[0])  # no window can take it in


def _border(low: Lowering, op: Operator, kernel: tuple[int, int], dilation: tuple[int, int]) -> Border | None:
    """The padding in front of a convolution, where its window can take it in."""
    border = low.pads.get(op.inputs[0])
    if border is None or op.inputs[0] in low.index_of:
        return None
    fits = all(border.before[i] <= (kernel[i] - 1) * dilation[i] for i in (0, 1))
    return border if fits else None


@dataclass(frozen=True)
class _Taken:
    """What a convolution sees of the .tflite, once what stands around it is taken in."""

    source: int
    """Program tensor."""
    size: tuple[int, int]
    """Height and width before the padding of its own."""
    before: tuple[int, int]
    """Padding of others."""
    dilation: tuple[int, int]
    output: int
    """Index in the .tflite of what it makes."""


def _around(low: Lowering, op: Operator, kernel: tuple[int, int], options: Any) -> _Taken:
    """With a PAD before it, or between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, which are a dilation."""
    dilation = (options.DilationHFactor(), options.DilationWFactor())
    blocks = low.blocks.get(op.inputs[0])
    if blocks is not None and op.inputs[0] not in low.index_of:
        source = low.source(blocks.source)
        height, width = low.tensors[source].shape[1:3]
        return _Taken(source, (height, width), blocks.before, blocks.sizes, blocks.output)
    border = _border(low, op, kernel, dilation)
    source = low.source(op.inputs[0] if border is None else border.source)
    size = low.value(op.inputs[0]).shape[1:3]
    if low.value(op.inputs[0]).shape[0] != 1:
        size = low.tensors[source].shape[1:3]
    before = (0, 0) if border is None else border.before[:2]
    return _Taken(source, (size[0], size[1]), before, dilation, op.outputs[0])


def _window(
    low: Lowering, seen: _Taken, options: Any, kernel: tuple[int, int], outs: tuple[int, int]
) -> Window:
    stride = (options.StrideH(), options.StrideW())
    if min(*stride, *seen.dilation, *kernel) < 1:
        raise low.fail(f"stride {stride}, dilation {seen.dilation}, kernel {kernel}: each must be at least 1")
    own = [
        low.padding(
            options.Padding(),
            size=seen.size[i],
            out=outs[i],
            kernel=kernel[i],
            stride=stride[i],
            dilation=seen.dilation[i],
        )
        for i in (0, 1)
    ]
    before = (own[0] + seen.before[0], own[1] + seen.before[1])
    stride = tuple(1 if out == 1 and s > 255 else s for out, s in zip(outs, stride, strict=True))  # type: ignore[assignment]
    for i in (0, 1):
        if before[i] > (kernel[i] - 1) * seen.dilation[i]:
            raise low.fail(f"padding of {before[i]} is wider than the kernel of {kernel[i]}")
    return Window(kernel, stride, before, seen.dilation)


def _convolution(low: Lowering, op: Operator, depthwise: bool) -> None:
    options = low.graph.options(op, "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions")
    weights, scales = low.wide_weights(op.inputs[1], 3 if depthwise else 0)
    if weights.ndim != 4 or len(low.value(op.inputs[0]).shape) != 4:
        raise low.fail(f"weights of shape {list(weights.shape)} do not fit its input")
    kernel = (weights.shape[1], weights.shape[2])
    seen = _around(low, op, kernel, options)
    result = low.tensor(seen.output)
    x, y = low.tensors[seen.source], low.tensors[result]
    limits = low.limits(options.FusedActivationFunction(), y)
    channels = y.shape[3]
    filters = Filters(
        weights, low.bias(op, channels), factors(scales, x, y, channels), limits, low.rounding(op)
    )

    def emit(source: int, wanted: int) -> None:
        x, y = low.tensors[source], low.tensors[wanted]
        sight = replace(seen, size=x.shape[1:3]) if source != seen.source else seen
        window = _window(low, sight, options, kernel, y.shape[1:3])
        convolve(low, (source, wanted), filters, window, depthwise)

    batch = low.value(op.inputs[0]).shape[0] if seen.output == op.outputs[0] else 1
    if kernel[0] == 1 and options.StrideH() == 1:  # rows of all batches are rows
        emit(seen.source, result)
    else:
        each_batch(low, seen.source, result, batch, emit)


LOWER: Mapping[str, Lower] = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "PAD": pad,
    "PADV2": pad,
}
