"""Windows whose kernel or stride does not fit the bytes of a record, as networks on raw sound have them.

As many columns as the stride has become channels of one: the same products with a kernel and a stride that
many times smaller.
"""

from __future__ import annotations

import numpy as np

from vox_embed.program.arrange_ops import Pad
from vox_embed.program.ops import Window
from vox_embed.program.tflite.lowering import LARGEST_FIELD, MAX_DIM, Lowering
from vox_embed.program.tflite.unsigned import Weights


def is_wide(window: Window) -> bool:
    """Whether a convolution along the columns has to be narrowed."""
    return max(window.kernel[1], window.stride[1], window.pad[1]) > LARGEST_FIELD


def narrowed(
    low: Lowering, source: int, weights: Weights, window: Window, outputs: int
) -> tuple[int, Weights, Window]:
    """Program tensor, weights [out, rows, columns, in] and window of the same convolution, which has so many
    columns of outputs.
    """
    (kernel_h, kernel), (stride_h, stride), (top, left) = window.kernel, window.stride, window.pad
    stride = max(stride, kernel) if outputs == 1 else stride
    _, height, width, channels = low.tensors[source].shape
    columns = -(-(width + left) // stride)
    if window.dilation[1] > 1 or stride * channels > MAX_DIM:
        return source, weights, window
    if columns * stride != width:
        padded = low.like(low.tensors[source], height, columns * stride, channels)
        low.ops.append(Pad(source, padded, (0, left, 0), low.tensors[source].zero_point))
        source = padded
    blocks = -(-kernel // stride)
    filled = np.pad(weights, ((0, 0), (0, 0), (0, blocks * stride - kernel), (0, 0)))
    return (
        low.reshaped(source, height, columns, stride * channels),
        filled.reshape(len(weights), kernel_h, blocks, stride * channels),
        Window((kernel_h, blocks), (stride_h, 1), (top, 0), window.dilation),
    )
