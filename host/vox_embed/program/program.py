"""The integer program: a list of ops over integer tensors, as the device runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.program.ops import Dense, Op, Tensor, WeightPool
from vox_embed.program.plan import Plan, plan_memory
from vox_embed.spec.model_format import MAX_OPS, MAX_TENSORS, ProgramParams, TensorFlag
from vox_embed.spec.model_format import Tensor as TensorRecord


@dataclass(frozen=True)
class Row:
    """One line of `Program.describe`."""

    kind: str
    name: str
    shape: tuple[int, int, int, int]
    macs: int
    weight_bytes: int


@dataclass(frozen=True)
class Part:
    """One of several inputs or outputs of a network: they lie one behind the other in the program's."""

    name: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int
    first: int
    """Element of the program's tensor that it begins with."""


@dataclass(frozen=True)
class Program:
    """An immutable value: tensors, ops in the order they run, and which tensors go in and come out."""

    tensors: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    input: int
    output: int
    inputs: tuple[Part, ...] = ()
    """What the input is made of, where that is more than one tensor."""
    outputs: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        if len(self.tensors) > MAX_TENSORS or len(self.ops) > MAX_OPS:
            raise VoxError(
                f"the network has {len(self.ops)} operators and {len(self.tensors)} tensors; "
                f"a model holds {MAX_OPS} and {MAX_TENSORS}"
            )

    @property
    def input_tensor(self) -> Tensor:
        """What goes in."""
        return self.tensors[self.input]

    @property
    def output_tensor(self) -> Tensor:
        """What comes out."""
        return self.tensors[self.output]

    @cached_property
    def plan(self) -> Plan:
        """Where tensors and scratch lie in the arena."""
        return plan_memory(self.tensors, self.ops, self.input, self.output)

    @property
    def arena_size(self) -> int:
        """Bytes of RAM that an inference needs."""
        return self.plan.size

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(op.macs(self.tensors) for op in self.ops)

    @property
    def weight_bytes(self) -> int:
        """Bytes of weights and tables."""
        return len(self.sections()[1])

    @property
    def numbers(self) -> int:
        """Numbers in the tables of classic ops, weights and biases of dense layers."""
        fields = [getattr(op, name) for op in self.ops for name in op.__dataclass_fields__]
        layers = (op for op in self.ops if isinstance(op, Dense))
        dense = sum((op.inputs_each + 1) * len(op.affine.bias) for op in layers)
        return dense + sum(int(value.size) for value in fields if isinstance(value, np.ndarray))

    def describe(self) -> list[Row]:
        """One row an op: kind, name and shape of the output, multiply-accumulates, bytes in WGHT."""
        return [
            Row(
                op.kind,
                self.tensors[op.output].name,
                self.tensors[op.output].shape,
                op.macs(self.tensors),
                op.weight_bytes,
            )
            for op in self.ops
        ]

    def sections(self) -> tuple[bytes, bytes]:
        """The PROG and WGHT sections of a .vxm (vox/model_format.h). Same program, same bytes."""
        plan = self.plan
        pool = WeightPool()
        records = b"".join(
            op.record(pool, scratch, self.tensors) for op, scratch in zip(self.ops, plan.scratch, strict=True)
        )
        prog = ProgramParams(
            tensor_count=len(self.tensors),
            op_count=len(self.ops),
            input=self.input,
            output=self.output,
            arena_size=plan.size,
            tensor_offset=ProgramParams.SIZE,
            op_offset=ProgramParams.SIZE + TensorRecord.SIZE * len(self.tensors),
            op_bytes=len(records),
        )
        return prog.pack() + _tensor_table(self.tensors, plan.tensors) + records, pool.section()


def _tensor_table(tensors: Sequence[Tensor], offsets: Sequence[int]) -> bytes:
    return b"".join(
        TensorRecord(
            tensor.kind,
            TensorFlag.STATE if tensor.state else 0,
            tensor.initial,
            tensor.shape,
            offset,
            tensor.zero_point,
            tensor.scale,
        ).pack()
        for tensor, offset in zip(tensors, offsets, strict=True)
    )
