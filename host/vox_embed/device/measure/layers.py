"""The operators of a .vxm, read from its PROG section (docs/model-format.md, "Op records")."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from vox_embed.program.vxm import read_sections

_KINDS = {
    1: "conv_2d",
    2: "depthwise_2d",
    3: "dense",
    4: "max_pool",
    5: "average_pool",
    6: "mean",
    7: "softmax",
    8: "reshape",
    9: "add",
    10: "relu",
    16: "scale",
    17: "trees",
    18: "linear",
    19: "rbf",
    20: "vote",
    21: "knn",
    22: "gaussian",
    23: "log_sum",
    24: "softmax_32",
    25: "share",
    26: "threshold",
    27: "bins",
}


@dataclass(frozen=True)
class Layer:
    """One operator."""

    op: str
    shape: tuple[int, int, int, int]
    """Of the output: 1, height, width, channels."""
    macs: int
    """Multiply-accumulates of one inference; 0 for operators without weights."""


def input_type(data: bytes) -> type[np.int8] | type[np.int16]:
    """Of the program's input tensor. data: a .vxm that `vox_embed.core.Model` has opened."""
    prog = read_sections(data)["PROG"]
    _, _, source, _, _, tensors = struct.unpack_from("<4H2I", prog)
    return np.int8 if prog[tensors + 24 * source] == 1 else np.int16


def layers_of(data: bytes) -> list[Layer]:
    """The operators in the order they run. data: a .vxm that `vox_embed.core.Model` has opened."""
    prog = read_sections(data)["PROG"]
    tensors, count, _, _, _, tensor_at, at, _ = struct.unpack_from("<4H4I", prog)
    shapes: list[tuple[int, int, int, int]] = [
        struct.unpack_from("<4H", prog, tensor_at + 24 * i + 4) for i in range(tensors)
    ]
    layers = []
    for _ in range(count):
        code, size, source, result = struct.unpack_from("<4H", prog, at)
        _, height, width, channels = shapes[result]
        each = 0
        if code in (1, 2):
            kernel_h, kernel_w = struct.unpack_from("<2B", prog, at + 8 + 20)
            each = kernel_h * kernel_w * (shapes[source][3] if code == 1 else 1)
        elif code == 3:
            (each,) = struct.unpack_from("<I", prog, at + 8 + 16)
        layers.append(Layer(_KINDS.get(code, f"op {code}"), shapes[result], height * width * channels * each))
        at += size
    return layers
