"""CONV_2D, DEPTHWISE_CONV_2D, and PAD, which they take in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vox_embed.program.ops import Affine, Conv2D, Depthwise2D, Window, padded_rows
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import Border, Lower, Lowering, factors


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
    amounts = low.value(op.inputs[1])
    if not amounts.data or amounts.integers().size != 2 * rank:
        raise low.fail("only constant padding is supported")
    rows = amounts.integers().reshape(rank, 2)
    if rank > 4 or (rank == 4 and np.any(rows[0] != 0)):
        raise low.fail("padding of the batch is not supported")
    if (out.scales[0], out.zero_points[0]) != (value.scales[0], value.zero_points[0]):
        raise low.fail("input and output must have the same scale and zero point")
    zero = int(out.zero_points[0])
    around = zero
    if op.input(2) >= 0:
        around = int(np.frombuffer(low.value(op.input(2)).data, np.int8)[0])
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


def _window(
    low: Lowering, op: Operator, options: Any, kernel: tuple[int, int], border: Border | None
) -> Window:
    sizes = low.value(op.inputs[0]).shape[1:3]
    outs = low.value(op.outputs[0]).shape[1:3]
    stride = (options.StrideH(), options.StrideW())
    dilation = (options.DilationHFactor(), options.DilationWFactor())
    before = [
        low.padding(
            options.Padding(),
            size=sizes[i],
            out=outs[i],
            kernel=kernel[i],
            stride=stride[i],
            dilation=dilation[i],
        )
        for i in (0, 1)
    ]
    if border is not None:
        before = [before[0] + border.before[0], before[1] + border.before[1]]
    low.fields(kernel_h=kernel[0], kernel_w=kernel[1], stride_h=stride[0], stride_w=stride[1])
    low.fields(dilation_h=dilation[0], dilation_w=dilation[1], pad_top=before[0], pad_left=before[1])
    for i in (0, 1):
        if before[i] > (kernel[i] - 1) * dilation[i]:
            raise low.fail(f"padding of {before[i]} is wider than the kernel of {kernel[i]}")
    return Window(kernel, stride, (before[0], before[1]), dilation)


def _convolution(low: Lowering, op: Operator, depthwise: bool) -> None:
    options = low.graph.options(op, "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions")
    weights, scales = low.weights(op.inputs[1], 3 if depthwise else 0)
    kernel = (weights.shape[1], weights.shape[2]) if weights.ndim == 4 else (0, 0)
    border = _border(low, op, kernel, (options.DilationHFactor(), options.DilationWFactor()))
    source = low.source(op.inputs[0] if border is None else border.source)
    result = low.tensor(op.outputs[0])
    x, y = low.tensors[source], low.tensors[result]
    if weights.ndim != 4 or (not depthwise and weights.shape[3] != x.shape[3]):
        raise low.fail(f"weights of shape {list(weights.shape)} do not fit an input of {x.shape[3]} channels")
    window = _window(low, op, options, kernel, border)
    channels = y.shape[3]
    limits = low.limits(options.FusedActivationFunction(), y.scale, y.zero_point)
    each = factors(scales, x, y, channels)
    bias = low.bias(op, channels)
    if depthwise and x.shape[3] > 1:
        if weights.shape[3] != channels or channels % x.shape[3]:
            raise low.fail(f"{channels} channels out of {x.shape[3]} are not depthwise")
        affine = Affine.make(
            weights[0],
            channel_axis=2,
            bias=bias,
            factors=each,
            input_zero_point=x.zero_point,
            terms=weights.shape[1] * weights.shape[2],
            where=low.where,
        )
        low.ops.append(Depthwise2D(source, result, affine, window, limits))
        return
    if depthwise:  # of one channel: the same as an ordinary convolution, and faster as such
        weights = weights.transpose(3, 1, 2, 0)
    rows = weights.reshape(channels, -1)
    affine = Affine.make(
        padded_rows(rows),
        channel_axis=0,
        bias=bias,
        factors=each,
        input_zero_point=x.zero_point,
        terms=rows.shape[1],
        where=low.where,
    )
    low.ops.append(Conv2D(source, result, affine, window, limits))


LOWER: Mapping[str, Lower] = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "PAD": pad,
    "PADV2": pad,
}
