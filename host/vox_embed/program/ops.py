"""The operators of a Program: what each one computes with, costs, and looks like in a .vxm (vox nn/ops.h)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.program.fixed import (
    INT32_MAX,
    multiplier_as_double,
    quantise_multiplier,
    rescale,
    round_half_away,
)
from vox_embed.spec import operators as records
from vox_embed.spec.model_format import Op as OpHead
from vox_embed.spec.model_format import OpCode, TensorType
from vox_embed.spec.operators import MAX_SHIFT, MIN_SHIFT, SHIFT_WIDE, TILE

Limits = tuple[int, int]
"""Lowest and highest int8 value of an output: a fused activation."""


Kind = TensorType
"""Type of a tensor's values."""

_BYTES = {Kind.S8: 1, Kind.S16: 2, Kind.S32: 4}


@dataclass(frozen=True)
class Part:
    """Bytes of another tensor."""

    whole: int
    """Index of that tensor, which is no part itself."""
    offset: int
    """Its bytes before these; a multiple of 8."""


@dataclass(frozen=True)
class Tensor:
    """A tensor of integers: real value = scale * (q - zero_point)."""

    name: str
    shape: tuple[int, int, int, int]
    """(1, height, width, channels)"""
    scale: float
    zero_point: int
    kind: Kind = Kind.S8
    state: bool = False
    """It keeps its values from one run to the next."""
    initial: int = 0
    """Of state: the value after a reset; of S16 and S32 always 0."""
    part: Part | None = None
    """Where it lies in another tensor and has no place of its own; not of state."""

    @property
    def elements(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape))

    @property
    def size(self) -> int:
        """Bytes."""
        return self.elements * _BYTES[self.kind]


class WeightPool:
    """The WGHT section while it grows. Equal tables are stored once."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._known: dict[bytes, int] = {}

    def add(self, data: bytes) -> int:
        """Offset of `data`, a multiple of 4."""
        if data not in self._known:
            self._bytes += bytes(-len(self._bytes) % 4)
            self._known[data] = len(self._bytes)
            self._bytes += data
        return self._known[data]

    def section(self) -> bytes:
        """All of it, padded to a multiple of 4."""
        return bytes(self._bytes) + bytes(-len(self._bytes) % 4)


def _frozen(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    result = np.array(values, dtype=np.dtype(dtype), order="C")
    result.flags.writeable = False
    return result


@dataclass(frozen=True)
class Affine:
    """Weights, bias and rescaling of each output channel."""

    weights: NDArray[np.int8]
    """In the op's own layout."""
    bias: NDArray[np.int32]
    multiplier: NDArray[np.int32]
    shift: NDArray[np.int8]

    @classmethod
    def make(
        cls,
        weights: NDArray[np.int8],
        *,
        channel_axis: int,
        bias: NDArray[np.int64],
        factors: Sequence[float],
        input_zero_point: int,
        terms: int,
        where: str,
        once: bool = False,
        largest: int = 512,
    ) -> Affine:
        """Fold the input's zero point into the bias and quantise the factors.

        channel_axis: of the weights, output channels. factors: [channels], input scale * weight scale /
        output scale. terms: products in one accumulator. where: the op, for messages. once: for Dense, which
        rounds once, as if it multiplied by the factor itself. largest: beyond every result, whatever the zero
        point. Raises VoxError where 32 bits would not do.
        """
        others = tuple(axis for axis in range(weights.ndim) if axis != channel_axis % weights.ndim)
        folded = bias.astype(np.int64) - input_zero_point * weights.sum(axis=others, dtype=np.int64)
        dead = np.asarray(~weights.any(axis=others))
        multipliers, shifts = [], []
        for channel, factor in enumerate(factors):
            multiplier, shift = quantise_multiplier(factor)
            if dead[channel] and abs(int(folded[channel])) << max(shift, 0) <= INT32_MAX:
                # Whatever its factor: the same constant, in the range of every kernel's fast way.
                constant = (
                    round_half_away(int(folded[channel]) * factor)
                    if once
                    else rescale(int(folded[channel]), multiplier, shift)
                )
                folded[channel] = int(np.clip(constant, -largest, largest)) * 2**_CONSTANT_BITS
                multiplier, shift = 2**30, 1 - _CONSTANT_BITS
            limit = abs(int(folded[channel])) + terms * 2**14
            wide = not once and (limit << (max(shift, 0) + 1)) > INT32_MAX
            if shift < MIN_SHIFT and not once and not wide:
                multiplier, shift = 0, 0  # below a half, whatever comes in
            if (
                not MIN_SHIFT - once <= shift <= (0 if wide else MAX_SHIFT)
                or (limit + 128) << max(shift, 0) > INT32_MAX
            ):
                raise VoxError(
                    f"{where}: channel {channel} does not fit 32-bit accumulators "
                    f"(bias {int(folded[channel])}, factor {factor:g}, {terms} terms)",
                    "quantise the model again with a more typical representative data set",
                )
            if once:
                multiplier = multiplier_as_double(factor, multiplier, shift, limit)
            multipliers.append(multiplier)
            shifts.append(shift - SHIFT_WIDE if wide else shift)
        return cls(
            _frozen(weights, "i1"),
            _frozen(folded, "<i4"),
            _frozen(np.array(multipliers), "<i4"),
            _frozen(np.array(shifts), "i1"),
        )

    @property
    def size(self) -> int:
        """Bytes in WGHT."""
        return self.weights.nbytes + self.bias.nbytes + self.multiplier.nbytes + self.shift.nbytes

    def record(self, pool: WeightPool) -> records.Affine:
        """Put all tables into the pool."""
        return records.Affine(
            pool.add(self.weights.tobytes()),
            pool.add(self.bias.tobytes()),
            pool.add(self.multiplier.tobytes()),
            pool.add(self.shift.tobytes()),
        )


_CONSTANT_BITS = 8


def padded_rows(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """[channels, terms] with zeros appended to each row up to a multiple of 4."""
    return np.pad(weights, ((0, 0), (0, -weights.shape[1] % 4)))


@dataclass(frozen=True)
class Op(ABC):
    """One step. Tensors are named by their index in the program."""

    code: ClassVar[OpCode]
    in_place: ClassVar[bool] = False
    """The output may lie where an input lies, whatever their shapes; see `overwrites`."""

    input: int
    output: int

    @property
    def kind(self) -> str:
        """What it is called in tables."""
        return self.code.name.lower()

    @property
    def inputs(self) -> tuple[int, ...]:
        """All tensors that are read."""
        return (self.input,)

    def scratch(self, tensors: Sequence[Tensor]) -> int:
        """Bytes of the arena that the op needs for itself."""
        del tensors
        return 0

    def overwrites(self, tensors: Sequence[Tensor]) -> bool:
        """The output may lie where an input of its size lies."""
        del tensors
        return self.in_place

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return 0

    def settled(self, tensors: Sequence[Tensor]) -> Op:
        """Itself, with what the shapes of its tensors decide."""
        del tensors
        return self

    @abstractmethod
    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference; 0 for ops without weights."""

    @abstractmethod
    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op, as nn/ops.h lays it out; tables go into the pool."""

    def record(self, pool: WeightPool, scratch: int, tensors: Sequence[Tensor]) -> bytes:
        """The whole record. scratch: where in the arena its scratch lies."""
        body = self.settled(tensors).body(pool, scratch)
        return OpHead(self.code, OpHead.SIZE + len(body), self.input, self.output).pack() + body


@dataclass(frozen=True)
class Window:
    """A sliding window in two dimensions, each pair (height, width)."""

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    pad: tuple[int, int] = (0, 0)
    """Rows above and columns left of the input."""
    dilation: tuple[int, int] = (1, 1)


_PLANE_STRIDE = 2
"""Between windows, at most."""
_SMALL_PLANE = 2048
"""Bytes that planes may take whatever their tensors' sizes; above, they may take a third of them."""


@dataclass(frozen=True)
class _Convolution(Op):
    affine: Affine
    window: Window
    limits: Limits
    plane: int = 0
    """1: by planes of one channel each, see Depthwise2D."""

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return self.affine.size

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        w = self.window
        head = (self.affine.record(pool), scratch)
        return records.Conv2D(
            *head, *w.kernel, *w.stride, *w.dilation, *w.pad, *self.limits, self.plane
        ).pack()


@dataclass(frozen=True)
class Conv2D(_Convolution):
    """weights: [channels out, kernel height * kernel width * channels in, padded to a multiple of 4]."""

    code = OpCode.CONV_2D

    def scratch(self, tensors: Sequence[Tensor]) -> int:
        """Bytes of the arena that the op needs for itself."""
        return (2 * TILE + 1) * int(self.affine.weights.shape[1])

    def overwrites(self, tensors: Sequence[Tensor]) -> bool:
        """A pixel of a 1x1 kernel needs no other pixel."""
        same = tensors[self.input].shape == tensors[self.output].shape
        return same and self.window.kernel == self.window.stride == (1, 1)

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return tensors[self.output].elements * int(np.prod(self.window.kernel)) * tensors[self.input].shape[3]


@dataclass(frozen=True)
class Depthwise2D(_Convolution):
    """weights: [kernel height, kernel width, channels out]."""

    code = OpCode.DEPTHWISE_2D

    def scratch(self, tensors: Sequence[Tensor]) -> int:
        """Bytes of the arena that the op needs for itself."""
        taps = 4 * int(np.prod(self.window.kernel)) + tensors[self.input].shape[3]
        return self._plane_bytes(tensors) if self._by_planes(tensors) else taps

    def overwrites(self, tensors: Sequence[Tensor]) -> bool:
        """A channel's plane is laid out in scratch before its outputs are written."""
        return self._by_planes(tensors) and tensors[self.input].shape == tensors[self.output].shape

    def settled(self, tensors: Sequence[Tensor]) -> Depthwise2D:
        """Itself, by planes where that is worth their memory."""
        return replace(self, plane=int(self._by_planes(tensors)))

    def _plane_bytes(self, tensors: Sequence[Tensor]) -> int:
        """As nn/depthwise_2d.c: enough for every core."""
        kernel = self.window.kernel
        (height, width), (_, _, in_width, channels) = (
            tensors[self.output].shape[1:3],
            tensors[self.input].shape,
        )
        rows = (height - 1) * self.window.stride[0] + kernel[0]
        columns = (width - 1) * self.window.stride[1] + kernel[1]
        taps = 4 * kernel[0] * kernel[1] + channels * (kernel[0] * in_width + 1)
        tables = kernel[0] * (kernel[1] // 2 + 2) + height + width + 8
        return max(taps, 4 * (rows + 1) * (columns + 1) + 8 * tables)

    def _by_planes(self, tensors: Sequence[Tensor]) -> bool:
        source, result = tensors[self.input], tensors[self.output]
        fits = source.shape[3] == result.shape[3] and self.window.dilation == (1, 1)
        room = max(_SMALL_PLANE, (source.size + result.size) // 3)
        return fits and max(self.window.stride) <= _PLANE_STRIDE and self._plane_bytes(tensors) <= room

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return tensors[self.output].elements * int(np.prod(self.window.kernel))


@dataclass(frozen=True)
class Dense(Op):
    """weights: [outputs, inputs, padded to a multiple of 4], applied to every run of `inputs` values."""

    code = OpCode.DENSE
    affine: Affine
    inputs_each: int
    limits: Limits

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return self.affine.size

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return tensors[self.output].elements * self.inputs_each

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Dense(self.affine.record(pool), self.inputs_each, *self.limits).pack()


@dataclass(frozen=True)
class _Pool(Op):
    window: Window
    limits: Limits

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return 0

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        w = self.window
        return records.Pool(*w.kernel, *w.stride, *w.pad, *self.limits).pack()


@dataclass(frozen=True)
class MaxPool(_Pool):
    """Largest value of each window."""

    code = OpCode.MAX_POOL


@dataclass(frozen=True)
class AveragePool(_Pool):
    """Mean of each window, taps outside the input left out."""

    code = OpCode.AVERAGE_POOL


@dataclass(frozen=True)
class Mean(Op):
    """rescale(sum over height and width + bias): 1 / (height * width) is part of the factor."""

    code = OpCode.MEAN
    bias: int
    multiplier: int
    shift: int
    limits: Limits

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return 0

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Mean(self.bias, self.multiplier, self.shift, *self.limits).pack()


@dataclass(frozen=True)
class Softmax(Op):
    """table[d]: exponential of d steps below the highest value, Q31."""

    code = OpCode.SOFTMAX
    in_place = True
    table: tuple[int, ...]

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return 4 * len(self.table)

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return 0

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Softmax(pool.add(np.array(self.table, "<i4").tobytes()), len(self.table)).pack()


@dataclass(frozen=True)
class Reshape(Op):
    """The same values in another shape."""

    code = OpCode.RESHAPE
    in_place = True

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return 0

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return b""


@dataclass(frozen=True)
class Add(Op):
    """Elementwise sum of tensors `input` and `input_b`."""

    code = OpCode.ADD
    in_place = True
    input_b: int
    multipliers: tuple[int, int, int]
    """Of a, b and the sum."""
    shifts: tuple[int, int, int]
    limits: Limits

    @property
    def inputs(self) -> tuple[int, ...]:
        """Both summands."""
        return (self.input, self.input_b)

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return 0

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Add(self.input_b, *self.limits, *self.multipliers, *self.shifts).pack()


@dataclass(frozen=True)
class Relu(Op):
    """Elementwise rescaling between limits: relu, relu6 or requantisation."""

    code = OpCode.RELU
    in_place = True
    multiplier: int
    shift: int
    limits: Limits

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return 0

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Relu(self.multiplier, self.shift, *self.limits).pack()
