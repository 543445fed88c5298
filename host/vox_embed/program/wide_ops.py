"""Operators on 16-bit activations (vox nn/ops.h, codes from 47 on): weights of 8 bits, tensors of 16."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.program.fixed import quantise_multiplier
from vox_embed.program.ops import Affine, Limits, Op, Tensor, WeightPool, Window
from vox_embed.spec import operators as records
from vox_embed.spec.model_format import OpCode
from vox_embed.spec.operators import (
    CONSTANT,
    MAX_SHIFT,
    BinaryKind,
    Curve16Kind,
    Pool16Kind,
    ReduceKind,
    Round16Kind,
)

NARROW: Limits = (-32768, 32767)
"""Of int16."""
LARGEST_BIAS = 2**46
_LEAST_SHIFT = -31
_MOST_SHIFT = 7


@dataclass(frozen=True)
class _WithoutWeights(Op):
    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return 0


@dataclass(frozen=True)
class Affine16:
    """Weights, bias and rescaling of each output channel."""

    weights: NDArray[np.int8]
    """[channels out, kernel height, kernel width, channels in of a group]."""
    bias: NDArray[np.int64]
    multiplier: NDArray[np.int64]
    shift: NDArray[np.int8]
    rounding: Round16Kind

    @classmethod
    def make(
        cls,
        weights: NDArray[np.int8],
        bias: NDArray[np.int64],
        factors: Sequence[float],
        rounding: Round16Kind,
        where: str,
    ) -> Affine16:
        """factors: [channels], input scale * weight scale / output scale. where: the op, for messages. Raises
        VoxError where a factor or a bias is beyond what the reference computes."""
        quantised = [_quantised(factor, rounding) for factor in factors]
        most = _MOST_SHIFT if rounding == Round16Kind.ONCE else MAX_SHIFT
        for channel, (_, shift) in enumerate(quantised):
            if not _LEAST_SHIFT <= shift <= most or abs(int(bias[channel])) > LARGEST_BIAS:
                raise VoxError(
                    f"{where}: channel {channel} does not fit its sums (bias {int(bias[channel])}, factor "
                    f"{factors[channel]:g})",
                    "quantise the model again with a more typical representative data set",
                )
        multipliers, shifts = zip(*quantised, strict=True)
        return cls(
            np.ascontiguousarray(weights),
            bias.astype(np.int64),
            np.array(multipliers, np.int64),
            np.array(shifts, np.int8),
            rounding,
        )

    @property
    def size(self) -> int:
        """Bytes in WGHT."""
        types = _TYPES[self.rounding]
        return self.weights.size + len(self.shift) * (1 + sum(np.dtype(t).itemsize for t in types))

    def record(self, pool: WeightPool) -> records.Affine:
        """Put all tables into the pool."""
        of_bias, of_multiplier = _TYPES[self.rounding]
        return records.Affine(
            pool.add(self.weights.tobytes()),
            pool.add(self.bias.astype(of_bias).tobytes()),
            pool.add(self.multiplier.astype(of_multiplier).tobytes()),
            pool.add(self.shift.tobytes()),
        )


_TYPES = {
    Round16Kind.TWICE: ("<i4", "<i4"),
    Round16Kind.ONCE: ("<i8", "<i4"),
    Round16Kind.PRODUCT: ("<i8", "<i8"),
}
"""Of biases and multipliers."""


def _quantised(factor: float, rounding: Round16Kind) -> tuple[int, int]:
    """Multiplier and shift."""
    if rounding == Round16Kind.PRODUCT:
        fraction, exponent = math.frexp(factor)
        return (int(fraction * 2**53), exponent) if exponent >= _LEAST_SHIFT else (0, 0)
    multiplier, shift = quantise_multiplier(factor)
    if rounding == Round16Kind.ONCE:
        multiplier = min((multiplier + 2**15) >> 16, 0x7FFF)
    return multiplier, shift


@dataclass(frozen=True)
class Conv16(Op):
    """Convolution in groups of channels; a dense layer is one with a kernel of 1."""

    code = OpCode.CONV_16
    affine: Affine16
    window: Window
    limits: Limits
    groups: int = 1

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return self.affine.size

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return tensors[self.output].elements * int(np.prod(self.affine.weights.shape[1:]))

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        w = self.window
        sizes = (*w.kernel, *w.stride, *w.dilation, *w.pad)
        return records.Conv16(
            self.affine.record(pool), *sizes, *self.limits, self.groups, self.affine.rounding
        ).pack()


@dataclass(frozen=True)
class Pool16(_WithoutWeights):
    """Largest value or mean of each window, taps outside the input left out."""

    code = OpCode.POOL_16
    function: Pool16Kind
    window: Window
    limits: Limits

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        w = self.window
        return records.Pool16(*w.kernel, *w.stride, *w.pad, self.function, *self.limits).pack()


@dataclass(frozen=True)
class Reduce16(_WithoutWeights):
    """Over the middle axis of the input as [outer][count][inner]."""

    code = OpCode.REDUCE_16
    function: ReduceKind
    outer: int
    count: int
    inner: int
    multiplier: int
    shift: int
    limits: Limits

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        sizes = (self.outer, self.count, self.inner)
        return records.Reduce16(*sizes, self.multiplier, self.shift, self.function, *self.limits).pack()


@dataclass(frozen=True)
class Binary16(_WithoutWeights):
    """Elementwise operator with a second operand, a tensor or constants, that strides may repeat."""

    code = OpCode.BINARY_16
    in_place = True
    function: BinaryKind
    operand: int | NDArray[np.int16]
    strides: tuple[int, int, int]
    """Elements of the operand from one row, column and channel of the output to the next."""
    multipliers: tuple[int, int, int]
    shifts: tuple[int, int, int]
    limits: Limits

    @property
    def inputs(self) -> tuple[int, ...]:
        """All tensors that are read."""
        return (self.input, self.operand) if isinstance(self.operand, int) else (self.input,)

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return 0 if isinstance(self.operand, int) else 2 * self.operand.size

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        if isinstance(self.operand, int):
            where = (self.operand, 0)
        else:
            where = (CONSTANT, pool.add(self.operand.astype("<i2").tobytes()))
        return records.Binary16(
            self.function, *where, self.strides, *self.multipliers, *self.shifts, *self.limits
        ).pack()


@dataclass(frozen=True)
class Rescale16(_WithoutWeights):
    """Elementwise rescaling between limits, to, from and within 16 bits."""

    code = OpCode.RESCALE_16
    multiplier: int
    shift: int
    below: tuple[int, int]
    """Multiplier and shift of what lies below the input's zero point."""
    limits: Limits

    def overwrites(self, tensors: Sequence[Tensor]) -> bool:
        """Within one type."""
        return tensors[self.input].kind == tensors[self.output].kind

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        multipliers, shifts = zip((self.multiplier, self.shift), self.below, strict=True)
        return records.Rescale16(*multipliers, *shifts, *self.limits).pack()


@dataclass(frozen=True)
class Curve16(_WithoutWeights):
    """The logistic function or tanh, between the entries of a table."""

    code = OpCode.CURVE_16
    in_place = True
    function: Curve16Kind
    table: tuple[int, ...]
    multiplier: int
    shift: int

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return 2 * len(self.table)

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        table = pool.add(np.array(self.table, "<u2").tobytes())
        return records.Curve16(table, self.multiplier, self.shift, self.function).pack()


@dataclass(frozen=True)
class Softmax16(_WithoutWeights):
    """Over channels, by tables of exponentials and of reciprocals."""

    code = OpCode.SOFTMAX_16
    in_place = True
    exponentials: tuple[int, ...]
    reciprocals: tuple[int, ...]
    multiplier: int
    shift: int

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return 2 * (len(self.exponentials) + len(self.reciprocals))

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        exponentials = pool.add(np.array(self.exponentials, "<i2").tobytes())
        reciprocals = pool.add(np.array(self.reciprocals, "<i2").tobytes())
        return records.Softmax16(exponentials, reciprocals, self.multiplier, self.shift).pack()


@dataclass(frozen=True)
class Svdf16(Op):
    """A layer over the last runs, of which a state tensor keeps one number of 16 bits for each filter."""

    code = OpCode.SVDF_16
    affine: Affine
    """Of the input to each filter: [filters, inputs, padded to a multiple of 4]."""
    times: NDArray[np.int16]
    """[filters, runs], the newest last."""
    bias: NDArray[np.int32]
    state: int
    rank: int
    """Filters that are summed to an output."""
    multiplier: int
    shift: int
    limits: Limits

    @property
    def inputs(self) -> tuple[int, ...]:
        """All tensors that are read."""
        return (self.input, self.state)

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return self.affine.size + 2 * self.times.size + 4 * self.bias.size

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return len(self.times) * tensors[self.input].elements + int(self.times.size)

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Svdf16(
            self.affine.record(pool),
            pool.add(self.times.astype("<i2").tobytes()),
            pool.add(self.bias.astype("<i4").tobytes()),
            self.multiplier,
            self.state,
            self.times.shape[1],
            self.rank,
            self.shift,
            *self.limits,
        ).pack()
