"""The operators of TensorFlow Lite that can be lowered, one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vox_embed.program.tflite import border, convolution, dense, elementwise, reductions, shapes
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import Lowering

LOWER: Mapping[str, Callable[[Lowering, Operator], None]] = {
    "ADD": elementwise.add,
    "AVERAGE_POOL_2D": reductions.average_pool_2d,
    "CONV_2D": convolution.conv_2d,
    "DEPTHWISE_CONV_2D": convolution.depthwise_conv_2d,
    "DEQUANTIZE": border.dequantize,
    "EXPAND_DIMS": shapes.reshape,
    "FULLY_CONNECTED": dense.fully_connected,
    "MAX_POOL_2D": reductions.max_pool_2d,
    "MEAN": reductions.mean,
    "PAD": convolution.pad,
    "QUANTIZE": border.quantize,
    "RELU": elementwise.relu,
    "RELU6": elementwise.relu6,
    "RESHAPE": shapes.reshape,
    "SOFTMAX": reductions.softmax,
    "SQUEEZE": shapes.reshape,
}
"""Each adds to the program what the operator comes to, or raises VoxError that names what does not fit."""
