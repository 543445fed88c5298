"""CONV_2D, DEPTHWISE_CONV_2D, and the PAD in front of them."""

from __future__ import annotations

import numpy as np

from vox_embed.program.ops import Affine, Conv2D, Depthwise2D, Window, padded_rows
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import Lowering, Pad, factors


def conv_2d(low: Lowering, op: Operator) -> None:
    """CONV_2D."""
    _convolution(low, op, depthwise=False)


def depthwise_conv_2d(low: Lowering, op: Operator) -> None:
    """DEPTHWISE_CONV_2D."""
    _convolution(low, op, depthwise=True)


def pad(low: Lowering, op: Operator) -> None:
    """PAD of height and width: taken into the window of the convolution that follows."""
    value, amounts = low.value(op.inputs[0]), low.value(op.inputs[1])
    low.source(op.inputs[0])
    rows = amounts.integers()
    if len(value.shape) != 4 or rows.size != 8 or np.any(rows.reshape(4, 2)[[0, 3]] != 0):
        raise low.fail("only constant padding of height and width is supported")
    out = low.activation(op.outputs[0])
    if (out.scales[0], out.zero_points[0]) != (value.scales[0], value.zero_points[0]):
        raise low.fail("input and output must have the same scale and zero point")
    low.pads[op.outputs[0]] = Pad(op.inputs[0], int(rows[2]), int(rows[4]))


def _window(low: Lowering, op: Operator, kernel: tuple[int, int], depthwise: bool) -> Window:
    options = low.graph.options(op, "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions")
    pad = low.pads.get(op.inputs[0])
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
    if pad is not None:
        before = [before[0] + pad.top, before[1] + pad.left]
    low.fields(kernel_h=kernel[0], kernel_w=kernel[1], stride_h=stride[0], stride_w=stride[1])
    low.fields(dilation_h=dilation[0], dilation_w=dilation[1], pad_top=before[0], pad_left=before[1])
    for i in (0, 1):
        if before[i] > (kernel[i] - 1) * dilation[i]:
            raise low.fail(f"padding of {before[i]} is wider than the kernel of {kernel[i]}")
    return Window(kernel, stride, (before[0], before[1]), dilation)


def _convolution(low: Lowering, op: Operator, depthwise: bool) -> None:
    options = low.graph.options(op, "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions")
    pad = low.pads.get(op.inputs[0])
    source = low.source(op.inputs[0] if pad is None else pad.source)
    result = low.tensor(op.outputs[0])
    x, y = low.tensors[source], low.tensors[result]
    weights, scales = low.weights(op.inputs[1], 3 if depthwise else 0)
    if weights.ndim != 4 or (not depthwise and weights.shape[3] != x.shape[3]):
        raise low.fail(f"weights of shape {list(weights.shape)} do not fit an input of {x.shape[3]} channels")
    window = _window(low, op, (weights.shape[1], weights.shape[2]), depthwise)
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
