"""Operators that run with the stream: they keep state (vox nn/ops.h, ROLL and WINDOW_MEAN)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vox_embed.program.ops import Limits, Op, Tensor, WeightPool
from vox_embed.spec import operators as records
from vox_embed.spec.model_format import OpCode
from vox_embed.spec.operators import WindowMeanKind


@dataclass(frozen=True)
class Roll(Op):
    """The output, which is state, moves towards its beginning; the input comes behind."""

    code = OpCode.ROLL

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return 0

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op: nothing."""
        return b""


@dataclass(frozen=True)
class WindowMean(Op):
    """Mean over the rows of a window that moves on with the stream."""

    code = OpCode.WINDOW_MEAN
    ring: int
    """Tensor: state, S8 or S16, the window's rows, each summed over its columns."""
    sums: int
    """Tensor: state, S32, the sum of each channel, then the place in the ring."""
    function: WindowMeanKind
    bias: int
    multiplier: int
    shift: int
    limits: Limits

    @property
    def inputs(self) -> tuple[int, ...]:
        """All tensors that are read."""
        return (self.input, self.ring, self.sums)

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return 0

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.WindowMean(
            self.ring, self.sums, self.bias, self.multiplier, self.shift, *self.limits, self.function
        ).pack()
