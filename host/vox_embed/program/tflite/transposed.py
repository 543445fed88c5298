"""TRANSPOSE_CONV: a convolution of its input with zeros in between."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vox_embed.program.arrange_ops import Pad
from vox_embed.program.ops import Window
from vox_embed.program.tflite.filters import Filters, convolve, each_batch
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import Lower, Lowering, factors


def transpose_conv(low: Lowering, op: Operator) -> None:
    """TRANSPOSE_CONV with constant weights."""
    options = low.graph.options(op, "TransposeConvOptions")
    weights, scales = low.wide_weights(op.inputs[1], 0)
    source, result = low.source(op.inputs[2]), low.tensor(op.outputs[0])
    x, y = low.tensors[source], low.tensors[result]
    stride, kernel = (options.StrideH(), options.StrideW()), (weights.shape[1], weights.shape[2])
    if min(*stride, *kernel) < 1:
        raise low.fail(f"stride {stride}, kernel {kernel}: each must be at least 1")
    if len(weights) != y.shape[3] or weights.shape[3] != x.shape[3]:
        raise low.fail(f"weights of shape {list(weights.shape)} do not fit {x.shape[3]} channels")
    channels = len(weights)
    turned = np.ascontiguousarray(weights[:, ::-1, ::-1])
    limits = low.limits(options.FusedActivationFunction(), y)
    filters = Filters(
        turned, low.bias(op, channels, 3), factors(scales, x, y, channels), limits, low.rounding(op, 3)
    )

    def emit(source: int, wanted: int) -> None:
        sizes = low.tensors[wanted].shape[1:3]
        pads = [
            low.padding(
                options.Padding(),
                size=sizes[i],
                out=-(-sizes[i] // stride[i]),
                kernel=kernel[i],
                stride=stride[i],
                dilation=1,
            )
            for i in (0, 1)
        ]
        before = (kernel[0] - 1 - pads[0], kernel[1] - 1 - pads[1])
        if min(before) < 0:
            raise low.fail(f"padding of {pads} is wider than the kernel of {kernel}")
        wide = _apart(low, source, stride)
        convolve(low, (wide, wanted), filters, Window(kernel, (1, 1), before), depthwise=False)

    each_batch(low, source, result, low.value(op.inputs[2]).shape[0], emit)


def _apart(low: Lowering, source: int, stride: tuple[int, int]) -> int:
    """The rows and columns `stride` apart, with the zero point in between."""
    x = low.tensors[source]
    _, height, width, channels = x.shape
    for rows, each, step in (
        (height * width, channels, stride[1]),
        (height, width * stride[1] * channels, stride[0]),
    ):
        if step > 1:
            flat = low.reshaped(source, rows, 1, each)
            source = low.like(x, rows, step, each)
            low.ops.append(Pad(flat, source, (0, 0, 0), x.zero_point))
    return low.reshaped(source, height * stride[0], width * stride[1], channels)


LOWER: Mapping[str, Lower] = {
    "TRANSPOSE_CONV": transpose_conv,
}
