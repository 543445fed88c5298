"""The operators of a .vxm: what they do, and how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vox_embed.program.stored import StoredModel, StoredOp, read_model
from vox_embed.spec.model_format import OpCode, TensorType
from vox_embed.spec.operators import Conv2D, Conv16, Dense, Recurrent


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
    return np.int8 if read_model(data).input.type == TensorType.S8 else np.int16


def layers_of(data: bytes) -> list[Layer]:
    """The operators in the order they run. data: a .vxm that `vox_embed.core.Model` has opened."""
    model = read_model(data)
    return [_layer(model, op) for op in model.ops]


def _layer(model: StoredModel, op: StoredOp) -> Layer:
    batch, height, width, channels = model.tensors[op.head.output].dims
    known = op.head.code in set(OpCode)
    name = OpCode(op.head.code).name.lower() if known else f"op {op.head.code}"
    return Layer(name, (batch, height, width, channels), _macs(model, op, height * width * channels))


def _macs(model: StoredModel, op: StoredOp, outputs: int) -> int:
    if not isinstance(op.record, Recurrent):
        return outputs * _terms(model, op)
    read = int(np.prod(model.tensors[op.head.input].dims)) // op.record.rows
    gates = 3 if op.head.code == OpCode.GRU else 4
    return op.record.rows * gates * op.record.units * (read + op.record.units)


def _terms(model: StoredModel, op: StoredOp) -> int:
    """Products in one element of the output."""
    record = op.record
    if isinstance(record, Dense):
        return record.inputs
    if isinstance(record, Conv16):
        of_group = model.tensors[op.head.input].dims[3] // record.groups
        return record.kernel_h * record.kernel_w * of_group
    if not isinstance(record, Conv2D):
        return 0
    taps = record.kernel_h * record.kernel_w
    return taps * model.tensors[op.head.input].dims[3] if op.head.code == OpCode.CONV_2D else taps
