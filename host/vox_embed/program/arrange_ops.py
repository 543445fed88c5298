"""Operators that put values elsewhere, and operators on single values (vox nn/ops.h, codes from 32)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.ops import Limits, Op, Tensor, WeightPool
from vox_embed.spec import operators as records
from vox_embed.spec.model_format import OpCode
from vox_embed.spec.operators import CONSTANT, MAX_CONCAT, BinaryKind, ReduceKind

LOOPS = 5
"""Nested loops of a View."""


@dataclass(frozen=True)
class _WithoutWeights(Op):
    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return 0


@dataclass(frozen=True)
class Table(_WithoutWeights):
    """results[q + 128]: what becomes of every int8 value."""

    code = OpCode.TABLE
    in_place = True
    results: tuple[int, ...]

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return len(self.results)

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Table(pool.add(np.array(self.results, "i1").tobytes())).pack()


@dataclass(frozen=True)
class Concat(_WithoutWeights):
    """Row i of the output, of `outer`: row i of `input` and of each of `more`, one behind the other."""

    code = OpCode.CONCAT
    more: tuple[int, ...]
    """At most MAX_CONCAT - 1."""
    outer: int

    @property
    def inputs(self) -> tuple[int, ...]:
        """All tensors that are read."""
        return (self.input, *self.more)

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        rest = (0,) * (MAX_CONCAT - 1 - len(self.more))
        return records.Concat(self.outer, 1 + len(self.more), (*self.more, *rest)).pack()


@dataclass(frozen=True)
class View(_WithoutWeights):
    """Elements of the input from `offset` on, by nested loops of (turns, stride), the outermost first."""

    code = OpCode.VIEW
    offset: int
    loops: tuple[tuple[int, int], ...]
    """At most LOOPS."""

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        loops = ((1, 0),) * (LOOPS - len(self.loops)) + self.loops
        counts, strides = zip(*loops, strict=True)
        return records.View(self.offset, counts, strides).pack()


@dataclass(frozen=True)
class Pad(_WithoutWeights):
    """The input with `before` rows, columns and channels in front, and what is left behind, of `value`."""

    code = OpCode.PAD
    before: tuple[int, int, int]
    value: int

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Pad(*self.before, self.value).pack()


@dataclass(frozen=True)
class Binary(_WithoutWeights):
    """Elementwise operator with a second operand, a tensor or constants, that strides may repeat."""

    code = OpCode.BINARY
    in_place = True
    function: BinaryKind
    operand: int | NDArray[np.int8]
    zero_point: int
    """Of the operand."""
    strides: tuple[int, int, int]
    """Elements of the operand from one row, column and channel of the output to the next."""
    multipliers: tuple[int, int, int]
    shifts: tuple[int, int, int]
    limits: Limits
    table: NDArray[np.int8] | None = None
    """Of BinaryKind.TABLE, whose operand is a tensor: 256 results of every value of the input."""

    @property
    def inputs(self) -> tuple[int, ...]:
        """All tensors that are read."""
        return (self.input, self.operand) if isinstance(self.operand, int) else (self.input,)

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        if self.table is not None:
            return self.table.nbytes
        return 0 if isinstance(self.operand, int) else self.operand.nbytes

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        if isinstance(self.operand, int):
            where = (self.operand, 0 if self.table is None else pool.add(self.table.tobytes()))
        else:
            where = (CONSTANT, pool.add(self.operand.tobytes()))
        head = (self.function, *self.limits, self.zero_point)
        return records.Binary(*head, *where, self.strides, *self.multipliers, *self.shifts).pack()


@dataclass(frozen=True)
class Reduce(_WithoutWeights):
    """Over the middle axis of the input as [outer][count][inner]."""

    code = OpCode.REDUCE
    function: ReduceKind
    outer: int
    count: int
    inner: int
    bias: int
    multiplier: int
    shift: int
    limits: Limits

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Reduce(
            self.outer,
            self.count,
            self.bias,
            self.multiplier,
            self.shift,
            self.function,
            *self.limits,
            self.inner,
        ).pack()


@dataclass(frozen=True)
class MatMul(_WithoutWeights):
    """[batches][rows][terms] times [batches][columns][terms] turned: sums of products, rescaled."""

    code = OpCode.MATMUL
    operand: int
    batches: int
    terms: int
    multiplier: int
    shift: int
    limits: Limits
    once: bool = False
    """Rounded as Dense does it."""

    @property
    def inputs(self) -> tuple[int, ...]:
        """All tensors that are read."""
        return (self.input, self.operand)

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return tensors[self.output].elements * self.terms

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Matmul(
            self.operand, *self.limits, self.batches, self.terms, self.multiplier, self.shift, self.once
        ).pack()


@dataclass(frozen=True)
class LogSoftmax(_WithoutWeights):
    """exponentials[d], steps[d]: of d steps below the highest value, Q19 and Q26."""

    code = OpCode.LOG_SOFTMAX
    in_place = True
    exponentials: tuple[int, ...]
    steps: tuple[int, ...]

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return 8 * len(self.steps)

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        exponentials = pool.add(np.array(self.exponentials, "<i4").tobytes())
        steps = pool.add(np.array(self.steps, "<i4").tobytes())
        return records.LogSoftmax(exponentials, steps, len(self.steps)).pack()


@dataclass(frozen=True)
class Resize(_WithoutWeights):
    """Rows and columns between those of the input, bilinear."""

    code = OpCode.RESIZE
    rows: tuple[tuple[int, int, int], ...]
    """Of each of the output: two of the input, and the second's share in 1/1024."""
    columns: tuple[tuple[int, int, int], ...]

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return 6 * (len(self.rows) + len(self.columns))

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        places = [pool.add(np.array(axis, "<i2").tobytes()) for axis in (self.rows, self.columns)]
        return records.Resize(*places).pack()


@dataclass(frozen=True)
class L2Norm(_WithoutWeights):
    """Every position's channels over the root of the sum of their squares. The output has scale 1/128."""

    code = OpCode.L2_NORM
    in_place = True

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op: nothing."""
        return b""
