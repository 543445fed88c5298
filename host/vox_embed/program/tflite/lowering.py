"""What all lowerings work with: the program while it grows, and the checks that they share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.program.arrange_ops import Pad
from vox_embed.program.fixed import round_half_away
from vox_embed.program.ops import Kind, Limits, Op, Reshape, Tensor
from vox_embed.program.tflite.constants import constant
from vox_embed.program.tflite.graph import Graph, Operator, Value
from vox_embed.spec.model_format import MAX_ARENA, MAX_TENSORS
from vox_embed.spec.operators import Round16Kind

FULL_RANGE: Limits = (-128, 127)
FULL_INTEGER = (
    "convert with full integer quantisation: supported_ops = [TFLITE_BUILTINS_INT8] and a "
    "representative data set"
)
SIXTEEN_BITS = (
    "with 16-bit activations this operator is not supported: convert with 8-bit ones, supported_ops = "
    "[TFLITE_BUILTINS_INT8], not EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8"
)
ONE_TYPE = "an operator has 8 bits or 16 throughout: put a QUANTIZE between"
WEIGHT_HINTS = {
    "float16": f"weights of 16-bit floats save room, not arithmetic; {FULL_INTEGER}",
}
KINDS = {"int8": Kind.S8, "int16": Kind.S16}
"""Types of activations."""
_RANGES: dict[Kind, Limits] = {Kind.S8: FULL_RANGE, Kind.S16: (-32768, 32767)}
LARGEST_FIELD = 255  # kernel, stride, dilation and padding are bytes in the file
_SAME_VALUES = ("RESHAPE", "EXPAND_DIMS", "SQUEEZE")
MAX_DIM = 65535
"""Of a tensor, each."""


@dataclass(frozen=True)
class Border:
    """A PAD that waits for the operator after it: a convolution takes it into its window."""

    source: int
    """Index in the .tflite of what was padded."""
    before: tuple[int, int, int]
    """Rows, columns, channels."""
    value: int


@dataclass(frozen=True)
class Blocks:
    """A SPACE_TO_BATCH_ND that waits for the convolution after it, which takes it for a dilation."""

    source: int
    """Index in the .tflite of what is taken apart."""
    before: tuple[int, int]
    """Rows and columns of padding, less what is cut off in the end."""
    sizes: tuple[int, int]
    output: int
    """Index in the .tflite of what BATCH_TO_SPACE_ND puts together."""


@dataclass(frozen=True)
class Stretch:
    """Floats, or truth values, inside a network: of one program tensor, or two, whose values tell them."""

    roots: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    """Of each in the .tflite, for what is repeated along its axes."""
    values: NDArray[np.float32]
    """Of every int8 value of the first, and of the second: [256] or [256, 256], from -128 on."""


class Lowering:
    """A program while it grows, one operator of the graph after the other."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.tensors: list[Tensor] = []
        self.ops: list[Op] = []
        self.index_of: dict[int, int] = {}
        """Program tensor of each tensor of the .tflite."""
        self.pads: dict[int, Border] = {}
        self.lost: set[int] = set()
        """Tensors that an operator which cannot be carried over would have made."""
        self.blocks: dict[int, Blocks] = {}
        self.passed: set[int] = set()
        """Numbers of operators that others have taken in."""
        self.entered: dict[int, int] = {}
        """Program tensor of each of the network's inputs."""
        self.origin: dict[int, int] = {}
        """The network's input that a tensor of another type is, before it is quantised."""
        self.outside: dict[int, int | None] = {}
        """Tensors of other types at the border: None for the network's input before it is quantised, and the
        program tensor that an output was before it was converted back."""
        self.floating: dict[int, Stretch] = {}
        """Tensors inside the network that are not int8."""
        self.fixed: dict[int, NDArray[np.int8] | NDArray[np.int16]] = {}
        """Values of program tensors that are constant."""
        self.handles: dict[int, str] = {}
        """Variable of each tensor that a VAR_HANDLE gives."""
        self.initial: dict[str, int] = {}
        """What a variable holds everywhere at first, where it is not 0."""
        self.variables: dict[str, int] = {}
        """Program tensor of each variable."""
        self.where = ""
        self.types: tuple[str, ...] = ("int8",)
        """Of activations that the operator may have which is lowered."""

    def begin(self, index: int) -> None:
        """The network's input: int8, or int16 inside it; or something that its first operator turns into
        integers."""
        if self.value(index).type == "int8" or self._goes_in_wide(index):
            self.types = tuple(KINDS)
            self.entered[index] = self.tensor(index)
            self.types = ("int8",)
        else:
            self.outside[index] = None
            self.origin[index] = index

    def _goes_in_wide(self, index: int) -> bool:
        """Whether an input is int16, and something takes it as such."""
        if self.value(index).type != "int16":
            return False
        if index in self.graph.outputs:
            return True
        for op in self.graph.operators:
            if index in op.inputs:
                reshaped = op.name in _SAME_VALUES
                narrowed = op.name == "QUANTIZE" and self.value(op.outputs[0]).type == "int8"
                if not narrowed and (not reshaped or self._goes_in_wide(op.outputs[0])):
                    return True
        return False

    def fail(self, what: str, hint: str | None = None) -> VoxError:
        """An error that names the operator."""
        return VoxError(f"{self.where}: {what}", hint)

    def value(self, index: int) -> Value:
        """A tensor of the .tflite."""
        return self.graph.value(index)

    def activation(self, index: int) -> Value:
        """A tensor of int8, or of another type that the operator may have, with one scale and zero point."""
        value = self.value(index)
        if value.type not in self.types:
            hint = SIXTEEN_BITS if value.type == "int16" else FULL_INTEGER
            if (value.type, self.types) == ("int8", ("int16",)):
                hint = ONE_TYPE
            raise self.fail(f"tensor `{value.name}` is {value.type}, not {' or '.join(self.types)}", hint)
        scaled = len(value.scales) == 1 and 0 < value.scales[0] < np.inf
        if not scaled or not -128 <= value.zero_points[0] <= 127:
            raise self.fail(f"tensor `{value.name}` is not quantised with one scale for all its values")
        if value.type == "int16" and value.zero_points[0] != 0:
            raise self.fail(
                f"tensor `{value.name}` is int16 and has a zero point of {value.zero_points[0]}, not 0"
            )
        return value

    def tensor(self, index: int) -> int:
        """Program index of an int8 tensor of the .tflite, made when it is first seen."""
        if index not in self.index_of:
            value = self.activation(index)
            self.index_of[index] = self.make(self.shaped(value, zero_point=int(value.zero_points[0])))
        return self.index_of[index]

    def shaped(self, value: Value, zero_point: int) -> Tensor:
        """A tensor of four dimensions, the first of them 1: of more, those in front are one."""
        shape = value.shape
        if any(d < 1 for d in shape):
            raise self.fail(
                f"tensor `{value.name}` has shape {list(shape)}",
                "convert with static shapes, each dimension at least 1",
            )
        if math.prod(shape) > MAX_ARENA:
            raise self.fail(
                f"tensor `{value.name}` has shape {list(shape)}; a tensor has up to {MAX_ARENA:,}",
                "make it smaller, or take it in parts",
            )
        dims = shape[-3:] if math.prod(shape[:-3]) == 1 else (math.prod(shape[:-2]), *shape[-2:])
        if any(d > MAX_DIM for d in dims):
            raise self.fail(
                f"tensor `{value.name}` has shape {list(shape)}; dimensions up to {MAX_DIM} work",
                "make it smaller, or take it in parts",
            )
        height, width, channels = (1,) * (3 - len(dims)) + dims
        shape = (1, height, width, channels)
        return Tensor(value.name, shape, float(value.scales[0]), zero_point, KINDS.get(value.type, Kind.S8))

    def reshaped(self, index: int, height: int, width: int, channels: int) -> int:
        """The same values of a program tensor in another shape."""
        known = self.tensors[index]
        if known.shape == (1, height, width, channels):
            return index
        if height * width * channels != known.elements:
            raise self.fail("the number of values changes", "the .tflite is damaged; convert again")
        result = self.like(known, height, width, channels)
        self.ops.append(Reshape(index, result))
        return result

    def same(self, source: int, result: int) -> None:
        """The values of one program tensor are those of another."""
        self.ops.append(Reshape(source, result))

    def like(self, known: Tensor, height: int, width: int, channels: int) -> int:
        """A new program tensor of the name, scale and zero point of another, which is no state."""
        shape = (1, height, width, channels)
        if max(shape) > MAX_DIM:
            raise self.fail(f"tensor `{known.name}` is too large: dimensions up to {MAX_DIM} work")
        return self.make(replace(known, shape=shape, state=False, initial=0))

    def make(self, tensor: Tensor) -> int:
        """Program index of a tensor that the .tflite does not have."""
        if len(self.tensors) >= MAX_TENSORS:
            raise self.fail(
                f"the network needs more than {MAX_TENSORS} tensors",
                "make it smaller; an unrolled recurrent layer takes some ten a step: convert LSTM with "
                "`unroll=False` and a batch of 1, or train `model: {type: gru}`",
            )
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def anything(self) -> int:
        """Program index of a tensor that holds something."""
        if not self.ops and not self.entered:
            raise self.fail("a constant before anything is computed", "let the converter compute it")
        return self.ops[-1].output if self.ops else next(iter(self.entered.values()))

    def source(self, index: int) -> int:
        """Program index of an op's input: something that was computed before."""
        value = self.value(index)
        if index in self.pads and index not in self.index_of:
            border = self.pads[index]
            place, result = self.source(border.source), self.tensor(index)
            self.ops.append(Pad(place, result, border.before, border.value))
        if value.data and index not in self.index_of:
            shaped = self.shaped(self.activation(index), int(value.zero_points[0]))
            self.index_of[index] = constant(self, shaped, values_of(value))
        if index in self.outside or (value.type in KINDS and value.type not in self.types):
            self.activation(index)
        if index not in self.index_of:
            raise self.fail(f"input `{value.name}` is not the output of a supported operator")
        return self.index_of[index]

    def limits(self, fused: int, y: Tensor) -> Limits:
        """Limits of a fused activation, in integers of the output."""
        kinds = self.graph.tflite.ActivationFunctionType
        lowest, highest = range_of(y)

        def quantised(real: float) -> int:
            return y.zero_point + round_half_away(float(np.float32(real) / np.float32(y.scale)))

        if fused == kinds.NONE:
            return lowest, highest
        if fused == kinds.RELU:
            return max(lowest, quantised(0.0)), highest
        if fused == kinds.RELU6:
            return max(lowest, quantised(0.0)), min(highest, quantised(6.0))
        if fused == kinds.RELU_N1_TO_1:
            return max(lowest, quantised(-1.0)), min(highest, quantised(1.0))
        raise self.fail(f"fused activation {fused} is not supported", "relu, relu6 and none are")

    def fields(self, **named: int) -> None:
        """Refuses numbers that do not fit the bytes of a record."""
        for name, value in named.items():
            if not 0 <= value <= LARGEST_FIELD:
                raise self.fail(f"{name} is {value}; up to {LARGEST_FIELD} is supported")

    def padding(self, mode: int, *, size: int, out: int, kernel: int, stride: int, dilation: int) -> int:
        """Rows or columns before the input."""
        if mode == self.graph.tflite.Padding.VALID:
            return 0
        return max((out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0) // 2

    def weights(self, index: int, channel_axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Constant int8 weights, and the scale of each output channel (or of all)."""
        values, scales = self.wide_weights(index, channel_axis)
        if values.dtype != np.int8:
            raise self.fail(f"weights `{self.value(index).name}` have a zero point other than 0")
        return values.astype(np.int8), scales

    def wide_weights(
        self, index: int, channel_axis: int
    ) -> tuple[NDArray[np.int8] | NDArray[np.int16], NDArray[np.float32]]:
        """The same; of those that were uint8 with their zero point taken off."""
        value = self.value(index)
        if value.type not in ("int8", "int4") or not value.data:
            raise self.fail(
                f"weights `{value.name}` must be constant int8, and are {value.type}",
                WEIGHT_HINTS.get(value.type, FULL_INTEGER) if value.data else None,
            )
        if np.any(value.zero_points != 0) and not (value.unsigned and len(value.zero_points) == 1):
            raise self.fail(f"weights `{value.name}` have a zero point other than 0")
        count = math.prod(value.shape)
        packed = value.type == "int4"
        if len(value.data) != ((count + 1) // 2 if packed else count):
            raise self.fail(f"weights `{value.name}` are cut short")
        channels = value.shape[channel_axis]
        if len(value.scales) not in (1, channels) or not np.all(
            (value.scales > 0) & np.isfinite(value.scales)
        ):
            raise self.fail(f"weights `{value.name}` have {len(value.scales)} scales for {channels} channels")
        if len(value.scales) > 1 and value.axis % len(value.shape) != channel_axis % len(value.shape):
            raise self.fail(
                f"weights `{value.name}` are quantised along axis {value.axis}, not along output channels"
            )
        values = np.frombuffer(value.data, np.int8)
        if packed:  # two a byte, the first in the low half
            values = np.stack([values << 4 >> 4, values >> 4], axis=1).ravel()[:count]
        if np.any(value.zero_points != 0):
            return values.reshape(value.shape) - np.int16(value.zero_points[0]), value.scales
        return values.reshape(value.shape), value.scales

    def bias(self, op: Operator, channels: int, place: int = 2) -> NDArray[np.int64]:
        """An input (the third), int32, beside 16-bit activations also int64; zeros where it is left out."""
        if op.input(place) < 0:
            return np.zeros(channels, np.int64)
        value = self.value(op.input(place))
        sizes = {"int32": 4, "int64": 8} if "int16" in self.types else {"int32": 4}
        if len(value.data) != sizes.get(value.type, 0) * channels or not value.data:
            raise self.fail(f"bias `{value.name}` must be {channels} constant int32 values")
        return value.integers()

    def rounding(self, op: Operator, place: int = 2) -> Round16Kind:
        """Of a convolution's sums of 16-bit activations: by the type of its bias."""
        narrow = op.input(place) >= 0 and self.value(op.input(place)).type == "int32"
        return Round16Kind.TWICE if narrow else Round16Kind.ONCE

    def between(self, op: Operator) -> tuple[int, int, Tensor, Tensor]:
        """First input and first output of an operator: their indices in the program, and the tensors."""
        source, result = self.source(op.inputs[0]), self.tensor(op.outputs[0])
        return source, result, self.tensors[source], self.tensors[result]


def range_of(tensor: Tensor) -> Limits:
    """The lowest and the highest integer of its type."""
    return _RANGES[tensor.kind]


def values_of(value: Value) -> NDArray[np.int8] | NDArray[np.int16]:
    """The integers of a constant, flat."""
    if value.type == "int16":
        return np.frombuffer(value.data, "<i2").astype(np.int16)
    return np.frombuffer(value.data, np.int8)


def factors(scales: NDArray[np.float32], source: Tensor, result: Tensor, channels: int) -> list[float]:
    """Input scale * weight scale / output scale of each channel, in double precision."""
    each = np.broadcast_to(scales, (channels,))
    return [source.scale * float(s) / result.scale for s in each]


Lower = Callable[[Lowering, Operator], None]
"""Adds to the program what an operator comes to; VoxError where it does not fit."""
