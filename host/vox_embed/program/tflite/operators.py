"""The operators of TensorFlow Lite that can be lowered: each file of this folder lists its own."""

from __future__ import annotations

from collections.abc import Mapping

from vox_embed.program.tflite import (
    activations,
    arithmetic,
    border,
    choices,
    convolution,
    dense,
    division,
    lstm,
    moves,
    products,
    recurrent,
    reductions,
    resize,
    shapes,
    sixteen,
    state,
    transposed,
)
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import KINDS, Lower, Lowering

_FILES = (
    activations,
    arithmetic,
    border,
    choices,
    convolution,
    dense,
    division,
    lstm,
    moves,
    products,
    recurrent,
    reductions,
    resize,
    shapes,
    state,
    transposed,
)
LOWER: Mapping[str, Lower] = {name: lower for file in _FILES for name, lower in file.LOWER.items()}
"""Each adds to the program what the operator comes to, or raises VoxError that names what does not fit."""


def lowering_of(low: Lowering, op: Operator) -> tuple[Lower, tuple[str, ...]]:
    """Of an operator that is in LOWER; and the types of activations that it may have."""
    wide = op.name in sixteen.LOWER and any(
        low.value(index).type == "int16" for index in op.inputs[:2] if index >= 0
    )
    if wide:
        return sixteen.LOWER[op.name], ("int16",)
    if op.name not in sixteen.SHARED:
        return LOWER[op.name], ("int8",)
    if op.name in _BETWEEN:
        return LOWER[op.name], tuple(KINDS)
    computed = [low.value(index) for index in (*op.inputs, *op.outputs) if index >= 0]
    wide = any(value.type == "int16" and not value.data for value in computed)
    return LOWER[op.name], ("int16",) if wide else ("int8",)


_BETWEEN = ("QUANTIZE", "DEQUANTIZE", "CALL_ONCE")
"""Those that know both types at once."""
