"""Recurrent layers (vox nn/ops.h, GRU and LSTM): every row of the input changes the h of all units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from vox_embed.program.fixed import round_half_away
from vox_embed.program.ops import Affine, Limits, Op, Tensor, WeightPool
from vox_embed.spec import operators as records
from vox_embed.spec.model_format import OpCode
from vox_embed.spec.operators import NO_TENSOR, TANH_TABLE

GATE_BITS = 12
"""Bits behind the point of what the curves take."""
H_BITS = 15
"""Bits behind the point of h, and of what the curves give."""
ENTRIES_A_UNIT = 32
"""Of the table of tanh."""
WIDE_TERM, NARROW_TERM = 256, 2
"""Terms of an int8 product that a term with h counts as: in Q15, and in 8 bits less a zero point."""
LARGEST_SUM = 2**17
"""Of a product in Q12, beyond which it makes no difference."""


@cache
def tanh_table() -> tuple[int, ...]:
    """tanh(k / 32) in Q15."""
    exact = np.tanh(np.arange(TANH_TABLE) / ENTRIES_A_UNIT) * 2**H_BITS
    return tuple(min(round_half_away(float(value)), 32767) for value in exact)


@dataclass(frozen=True)
class Recurrent(Op):
    """Weights of both parts: [units * gates, inputs or units, padded to a multiple of 4], the gates of a unit
    one behind the other.
    """

    gates: ClassVar[int]
    vectors: ClassVar[int]
    """What is kept of every unit."""

    of_input: Affine
    of_h: Affine
    """Of h in Q15; both give Q12."""
    rows: int
    """In time; the input is [rows][inputs], the output [rows][units] or [units]."""
    multiplier: int
    """From Q15 to the output."""
    shift: int
    limits: Limits
    state: int | None = None
    """Tensor: S16 state, h of every unit, then the rows that were left out; None: every run begins with 0."""
    cell: int | None = None
    skip: int = 0
    """Rows after a reset that are left out."""
    fraction: int = 0
    clip: int = 0

    @property
    def units(self) -> int:
        """Values of h."""
        return len(self.of_h.bias) // self.gates

    @property
    def inputs(self) -> tuple[int, ...]:
        """All tensors that are read."""
        return (self.input, *(tensor for tensor in (self.state, self.cell) if tensor is not None))

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return self.of_input.size + self.of_h.size + 2 * TANH_TABLE

    def scratch(self, tensors: Sequence[Tensor]) -> int:
        """Bytes of the arena that the op needs for itself."""
        del tensors
        return 2 * self.units * (1 + (self.vectors if self.state is None else 0))

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        inputs = tensors[self.input].elements // self.rows
        return self.rows * self.gates * self.units * (inputs + self.units)

    def table(self, pool: WeightPool) -> int:
        """Where the table of tanh is."""
        return pool.add(np.array(tanh_table(), "<i2").tobytes())

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Recurrent(
            self.of_input.record(pool),
            self.of_h.record(pool),
            self.table(pool),
            scratch,
            self.multiplier,
            self.rows,
            self.units,
            NO_TENSOR if self.state is None else self.state,
            NO_TENSOR if self.cell is None else self.cell,
            self.skip,
            self.shift,
            *self.limits,
            self.fraction,
            self.clip,
        ).pack()


@dataclass(frozen=True)
class Gru(Recurrent):
    """Gates z, r, h; the reset gate r follows the product with h."""

    code = OpCode.GRU
    gates = 3
    vectors = 1


@dataclass(frozen=True)
class Lstm(Recurrent):
    """Gates i, f, c, o. cell: tensor, S16 state of every unit, with `fraction` bits behind the point."""

    code = OpCode.LSTM
    gates = 4
    vectors = 2


@dataclass(frozen=True)
class Lstm8(Recurrent):
    """As TensorFlow Lite computes it: h in 8 bits, without its zero point.

    multiplier, shift: from the product of output gate and tanh, Q30, to h. clip: cells are limited to it; 0:
    not.
    """

    code = OpCode.LSTM_8
    gates = 4
    vectors = 2

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return self.of_input.size + self.of_h.size

    def table(self, pool: WeightPool) -> int:
        """None: the curves are computed."""
        del pool
        return 0
