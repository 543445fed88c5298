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
    state,
    transposed,
)
from vox_embed.program.tflite.lowering import Lower

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
