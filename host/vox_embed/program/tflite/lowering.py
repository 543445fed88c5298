"""What all lowerings work with: the program while it grows, and the checks that they share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.program.arrange_ops import Pad
from vox_embed.program.fixed import round_half_away
from vox_embed.program.ops import Limits, Op, Tensor
from vox_embed.program.tflite.graph import Graph, Operator, Value

FULL_RANGE: Limits = (-128, 127)
_LARGEST_FIELD = 255  # kernel, stride, dilation and padding are bytes in the file
_MAX_DIM = 65535


@dataclass(frozen=True)
class Border:
    """A PAD that waits for the operator after it: a convolution takes it into its window."""

    source: int
    """Index in the .tflite of what was padded."""
    before: tuple[int, int, int]
    """Rows, columns, channels."""
    value: int


class Lowering:
    """A program while it grows, one operator of the graph after the other."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.tensors: list[Tensor] = []
        self.ops: list[Op] = []
        self.index_of: dict[int, int] = {}
        """Program tensor of each tensor of the .tflite."""
        self.pads: dict[int, Border] = {}
        self.first: int | None = None
        """The program's input."""
        self.outside: dict[int, int | None] = {}
        """Tensors of other types at the border: None for the network's input before it is quantised, and the
        program tensor that an output was before it was converted back."""
        self.handles: dict[int, str] = {}
        """Variable of each tensor that a VAR_HANDLE gives."""
        self.initial: dict[str, int] = {}
        """What a variable holds everywhere at first, where it is not 0."""
        self.variables: dict[str, int] = {}
        """Program tensor of each variable."""
        self.where = ""

    def begin(self, index: int) -> None:
        """The network's input: int8, or something that its first operator turns into int8."""
        if self.value(index).type == "int8":
            self.first = self.tensor(index)
        else:
            self.outside[index] = None

    def fail(self, what: str, hint: str | None = None) -> VoxError:
        """An error that names the operator."""
        return VoxError(f"{self.where}: {what}", hint)

    def value(self, index: int) -> Value:
        """A tensor of the .tflite."""
        return self.graph.value(index)

    def activation(self, index: int) -> Value:
        """An int8 tensor that is computed, with one scale and one zero point."""
        value = self.value(index)
        if value.type != "int8":
            raise self.fail(
                f"tensor `{value.name}` is {value.type}, not int8",
                "convert with full integer quantisation: supported_ops = [TFLITE_BUILTINS_INT8] and a "
                "representative data set",
            )
        scaled = len(value.scales) == 1 and 0 < value.scales[0] < np.inf
        if not scaled or not -128 <= value.zero_points[0] <= 127:
            raise self.fail(f"tensor `{value.name}` is not quantised with one scale for all its values")
        return value

    def tensor(self, index: int) -> int:
        """Program index of an int8 tensor of the .tflite, made when it is first seen."""
        if index not in self.index_of:
            value = self.activation(index)
            self.index_of[index] = self.make(self.shaped(value, zero_point=int(value.zero_points[0])))
        return self.index_of[index]

    def shaped(self, value: Value, zero_point: int) -> Tensor:
        """A tensor of four dimensions, the first of them 1."""
        shape = value.shape
        if len(shape) > 4 or any(not 1 <= d <= _MAX_DIM for d in shape):
            raise self.fail(
                f"tensor `{value.name}` has shape {list(shape)}; up to 4 dimensions of 1..{_MAX_DIM} work"
            )
        batch, height, width, channels = (1,) * (4 - len(shape)) + shape
        if batch != 1:
            raise self.fail(f"tensor `{value.name}` has a batch of {batch}", "convert with a batch size of 1")
        return Tensor(value.name, (1, height, width, channels), float(value.scales[0]), zero_point)

    def make(self, tensor: Tensor) -> int:
        """Program index of a tensor that the .tflite does not have."""
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def source(self, index: int) -> int:
        """Program index of an op's input: something that was computed before."""
        value = self.value(index)
        if index in self.pads and index not in self.index_of:
            border = self.pads[index]
            place, result = self.source(border.source), self.tensor(index)
            self.ops.append(Pad(place, result, border.before, border.value))
        if value.data:
            raise self.fail(f"input `{value.name}` is a constant; only weights and biases may be")
        if index in self.outside:
            self.activation(index)
        if index not in self.index_of:
            raise self.fail(f"input `{value.name}` is not the output of a supported operator")
        return self.index_of[index]

    def limits(self, fused: int, scale: float, zero_point: int) -> Limits:
        """int8 limits of a fused activation."""
        kinds = self.graph.tflite.ActivationFunctionType

        def quantised(real: float) -> int:
            return zero_point + round_half_away(float(np.float32(real) / np.float32(scale)))

        if fused == kinds.NONE:
            return FULL_RANGE
        if fused == kinds.RELU:
            return (max(-128, quantised(0.0)), 127)
        if fused == kinds.RELU6:
            return (max(-128, quantised(0.0)), min(127, quantised(6.0)))
        if fused == kinds.RELU_N1_TO_1:
            return (max(-128, quantised(-1.0)), min(127, quantised(1.0)))
        raise self.fail(f"fused activation {fused} is not supported", "relu, relu6 and none are")

    def fields(self, **named: int) -> None:
        """Refuses numbers that do not fit the bytes of a record."""
        for name, value in named.items():
            if not 0 <= value <= _LARGEST_FIELD:
                raise self.fail(f"{name} is {value}; up to {_LARGEST_FIELD} is supported")

    def padding(self, mode: int, *, size: int, out: int, kernel: int, stride: int, dilation: int) -> int:
        """Rows or columns before the input."""
        if mode == self.graph.tflite.Padding.VALID:
            return 0
        return max((out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0) // 2

    def weights(self, index: int, channel_axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Constant int8 weights, and the scale of each output channel (or of all)."""
        value = self.value(index)
        if value.type != "int8" or not value.data:
            raise self.fail(f"weights `{value.name}` must be constant int8, and are {value.type}")
        if np.any(value.zero_points != 0):
            raise self.fail(f"weights `{value.name}` have a zero point other than 0")
        if len(value.data) != math.prod(value.shape):
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
        return np.frombuffer(value.data, np.int8).reshape(value.shape), value.scales

    def bias(self, op: Operator, channels: int) -> NDArray[np.int64]:
        """The third input, int32; zeros where it is left out."""
        if op.input(2) < 0:
            return np.zeros(channels, np.int64)
        value = self.value(op.input(2))
        if value.type != "int32" or len(value.data) != 4 * channels:
            raise self.fail(f"bias `{value.name}` must be {channels} constant int32 values")
        return value.integers()

    def between(self, op: Operator) -> tuple[int, int, Tensor, Tensor]:
        """First input and first output of an operator: their indices in the program, and the tensors."""
        source, result = self.source(op.inputs[0]), self.tensor(op.outputs[0])
        return source, result, self.tensors[source], self.tensors[result]


def factors(scales: NDArray[np.float32], source: Tensor, result: Tensor, channels: int) -> list[float]:
    """Input scale * weight scale / output scale of each channel, in double precision."""
    each = np.broadcast_to(scales, (channels,))
    return [source.scale * float(s) / result.scale for s in each]


Lower = Callable[[Lowering, Operator], None]
"""Adds to the program what an operator comes to; VoxError where it does not fit."""
