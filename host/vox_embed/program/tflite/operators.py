"""The operators of TensorFlow Lite that can be lowered, one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vox_embed.program.tflite import (
    activations,
    arithmetic,
    border,
    convolution,
    dense,
    reductions,
    shapes,
    state,
    tables,
)
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import Lowering
from vox_embed.spec.operators import BinaryKind, ReduceKind

LOWER: Mapping[str, Callable[[Lowering, Operator], None]] = {
    "ABS": activations.by_table(tables.absolute),
    "ADD": arithmetic.binary(BinaryKind.ADD),
    "ASSIGN_VARIABLE": state.assign_variable,
    "AVERAGE_POOL_2D": reductions.average_pool_2d,
    "CALL_ONCE": state.call_once,
    "CONCATENATION": shapes.concatenation,
    "CONV_2D": convolution.conv_2d,
    "DEPTHWISE_CONV_2D": convolution.depthwise_conv_2d,
    "DEQUANTIZE": border.dequantize,
    "EXP": activations.by_table(tables.exponential),
    "EXPAND_DIMS": shapes.reshape,
    "FULLY_CONNECTED": dense.fully_connected,
    "GELU": activations.gelu,
    "HARD_SWISH": activations.by_table(tables.hard_swish),
    "LEAKY_RELU": activations.leaky_relu,
    "LOGISTIC": activations.by_table(tables.logistic),
    "MAXIMUM": arithmetic.binary(BinaryKind.LARGER),
    "MAX_POOL_2D": reductions.max_pool_2d,
    "MEAN": reductions.mean,
    "MINIMUM": arithmetic.binary(BinaryKind.SMALLER),
    "MUL": arithmetic.binary(BinaryKind.MULTIPLY),
    "PACK": shapes.pack,
    "PAD": convolution.pad,
    "PADV2": convolution.pad,
    "QUANTIZE": border.quantize,
    "READ_VARIABLE": state.read_variable,
    "REDUCE_MAX": reductions.extreme(ReduceKind.LARGEST),
    "REDUCE_MIN": reductions.extreme(ReduceKind.SMALLEST),
    "RELU": activations.limited(0.0, None),
    "RELU6": activations.limited(0.0, 6.0),
    "RELU_0_TO_1": activations.limited(0.0, 1.0),
    "RELU_N1_TO_1": activations.limited(-1.0, 1.0),
    "RESHAPE": shapes.reshape,
    "RESIZE_NEAREST_NEIGHBOR": shapes.resize_nearest,
    "SLICE": shapes.slices,
    "SOFTMAX": reductions.softmax,
    "SPLIT": shapes.split,
    "SPLIT_V": shapes.split_v,
    "SQUEEZE": shapes.reshape,
    "STRIDED_SLICE": shapes.strided_slice,
    "SUB": arithmetic.binary(BinaryKind.SUBTRACT),
    "TANH": activations.by_table(tables.tanh),
    "TRANSPOSE": shapes.transpose,
    "UNPACK": shapes.unpack,
    "VAR_HANDLE": state.var_handle,
}
"""Each adds to the program what the operator comes to, or raises VoxError that names what does not fit."""
