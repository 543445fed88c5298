"""Lowering: a fully int8-quantised .tflite becomes a Program.

It gives the same bits as TensorFlow Lite's reference kernels (BUILTIN_REF). The arithmetic is specified in
docs/numerics.md, "Neural operators".
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.program.fixed import quantise_multiplier, round_half_away, softmax_table
from vox_embed.program.ops import (
    Add,
    Affine,
    AveragePool,
    Conv2D,
    Dense,
    Depthwise2D,
    Limits,
    MaxPool,
    Mean,
    Op,
    Relu,
    Reshape,
    Softmax,
    Tensor,
    Window,
    padded_rows,
)
from vox_embed.program.program import Program

_FULL_RANGE: Limits = (-128, 127)
_LARGEST_FIELD = 255  # kernel, stride, dilation and padding are bytes in the file
_MAX_DIM = 65535
_SHAPE_OPS = frozenset({"SHAPE", "STRIDED_SLICE", "PACK", "CAST", "REDUCE_PROD", "GATHER", "CONCATENATION"})
_ADD_HEADROOM = 20
_MAX_SOFTMAX_CHANNELS = 255
# The flatbuffer accessors have no error of their own for offsets that lead nowhere.
_ACCESSOR_ERRORS = (
    struct.error,
    IndexError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
)


@dataclass(frozen=True)
class _Value:
    """A tensor of the .tflite."""

    name: str
    shape: tuple[int, ...]
    type: int
    scales: NDArray[np.float32]
    zero_points: NDArray[np.int64]
    axis: int
    data: bytes


class _Graph:
    """The first subgraph, with names for numbers."""

    def __init__(self, data: bytes) -> None:
        import tflite

        self.tflite: Any = tflite
        self.model = tflite.Model.GetRootAsModel(data, 0)
        if self.model.SubgraphsLength() == 0:
            raise VoxError("the .tflite holds no graph")
        self.graph = self.model.Subgraphs(0)
        self.ops = [self.graph.Operators(i) for i in range(self.graph.OperatorsLength())]

    @cached_property
    def _op_names(self) -> dict[int, str]:
        return {v: k for k, v in vars(self.tflite.BuiltinOperator).items() if isinstance(v, int)}

    @cached_property
    def _type_names(self) -> dict[int, str]:
        return {v: k.lower() for k, v in vars(self.tflite.TensorType).items() if isinstance(v, int)}

    def type_name(self, value: _Value) -> str:
        return self._type_names.get(value.type, f"type {value.type}")

    def op_name(self, op: Any) -> str:
        code = self.model.OperatorCodes(op.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        name = self._op_names.get(number, f"operator {number}")
        return f"{name} {code.CustomCode().decode()}" if name == "CUSTOM" and code.CustomCode() else name

    def options(self, op: Any, kind: str) -> Any:
        table = op.BuiltinOptions()
        if table is None:
            raise VoxError(
                f"operator `{self.op_name(op)}` has no {kind}", "the .tflite is damaged; convert again"
            )
        options = getattr(self.tflite, kind)()
        options.Init(table.Bytes, table.Pos)
        return options

    def value(self, index: int) -> _Value:
        tensor = self.graph.Tensors(index)
        quantisation = tensor.Quantization()
        scales, zeros, axis = np.zeros(0, np.float32), np.zeros(0, np.int64), 0
        if quantisation is not None and quantisation.ScaleLength():
            scales = quantisation.ScaleAsNumpy().astype(np.float32)
            zeros = (
                quantisation.ZeroPointAsNumpy().astype(np.int64)
                if quantisation.ZeroPointLength()
                else np.zeros(len(scales), np.int64)
            )
            axis = quantisation.QuantizedDimension()
        buffer = self.model.Buffers(tensor.Buffer())
        return _Value(
            (tensor.Name() or b"").decode(errors="replace"),
            tuple(int(d) for d in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else (),
            tensor.Type(),
            scales,
            zeros,
            axis,
            buffer.DataAsNumpy().tobytes() if buffer.DataLength() else b"",
        )


@dataclass(frozen=True)
class _Pad:
    """A PAD that waits for the convolution after it."""

    source: int  # index in the .tflite of what was padded
    top: int
    left: int


class _Lowering:
    def __init__(self, graph: _Graph) -> None:
        self.graph = graph
        self.tensors: list[Tensor] = []
        self.ops: list[Op] = []
        self.index_of: dict[int, int] = {}  # .tflite tensor -> program tensor
        self.pads: dict[int, _Pad] = {}
        self.where = ""

    # ---- helpers

    def fail(self, what: str, hint: str | None = None) -> VoxError:
        return VoxError(f"{self.where}: {what}", hint)

    def value(self, index: int) -> _Value:
        return self.graph.value(index)

    def activation(self, index: int) -> _Value:
        """An int8 tensor that is computed, with one scale and one zero point."""
        value = self.value(index)
        if value.type != self.graph.tflite.TensorType.INT8:
            raise self.fail(
                f"tensor `{value.name}` is {self.graph.type_name(value)}, not int8",
                "convert with full integer quantisation: supported_ops = [TFLITE_BUILTINS_INT8], "
                "inference_input_type = inference_output_type = int8, and a representative data set",
            )
        scaled = len(value.scales) == 1 and 0 < value.scales[0] < np.inf
        if not scaled or not -128 <= value.zero_points[0] <= 127:
            raise self.fail(f"tensor `{value.name}` is not quantised with one scale for all its values")
        return value

    def tensor(self, index: int) -> int:
        """Program index of an int8 tensor of the .tflite, made when it is first seen."""
        if index not in self.index_of:
            value = self.activation(index)
            shape = value.shape
            if len(shape) > 4 or any(not 1 <= d <= _MAX_DIM for d in shape):
                raise self.fail(
                    f"tensor `{value.name}` has shape {list(shape)}; up to 4 dimensions of 1..{_MAX_DIM} work"
                )
            padded = (1,) * (4 - len(shape)) + shape
            if padded[0] != 1:
                raise self.fail(
                    f"tensor `{value.name}` has a batch of {padded[0]}", "convert with a batch size of 1"
                )
            self.index_of[index] = len(self.tensors)
            self.tensors.append(
                Tensor(value.name, (1, *padded[1:]), float(value.scales[0]), int(value.zero_points[0]))  # type: ignore[arg-type]
            )
        return self.index_of[index]

    def source(self, index: int) -> int:
        """Program index of an op's input: something that was computed before."""
        value = self.value(index)
        if index in self.pads:
            raise self.fail("PAD is only supported in front of a convolution")
        if value.data:
            raise self.fail(f"input `{value.name}` is a constant; only weights and biases may be")
        if index not in self.index_of:
            raise self.fail(f"input `{value.name}` is not the output of a supported operator")
        return self.index_of[index]

    def limits(self, fused: int, scale: float, zero_point: int) -> Limits:
        """int8 limits of a fused activation."""
        kinds = self.graph.tflite.ActivationFunctionType

        def quantised(real: float) -> int:
            return zero_point + round_half_away(float(np.float32(real) / np.float32(scale)))

        if fused == kinds.NONE:
            return _FULL_RANGE
        if fused == kinds.RELU:
            return (max(-128, quantised(0.0)), 127)
        if fused == kinds.RELU6:
            return (max(-128, quantised(0.0)), min(127, quantised(6.0)))
        if fused == kinds.RELU_N1_TO_1:
            return (max(-128, quantised(-1.0)), min(127, quantised(1.0)))
        raise self.fail(f"fused activation {fused} is not supported", "relu, relu6 and none are")

    def fields(self, **named: int) -> None:
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
        if value.type != self.graph.tflite.TensorType.INT8 or not value.data:
            raise self.fail(
                f"weights `{value.name}` must be constant int8, and are {self.graph.type_name(value)}"
            )
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

    def bias(self, op: Any, channels: int) -> NDArray[np.int64]:
        if op.InputsLength() < 3 or op.Inputs(2) < 0:
            return np.zeros(channels, np.int64)
        value = self.value(op.Inputs(2))
        if value.type != self.graph.tflite.TensorType.INT32 or len(value.data) != 4 * channels:
            raise self.fail(f"bias `{value.name}` must be {channels} constant int32 values")
        return np.frombuffer(value.data, "<i4").astype(np.int64)

    def factors(
        self, scales: NDArray[np.float32], source: Tensor, result: Tensor, channels: int
    ) -> list[float]:
        """Input scale * weight scale / output scale of each channel, in double precision."""
        each = np.broadcast_to(scales, (channels,))
        return [source.scale * float(s) / result.scale for s in each]

    # ---- operators

    def convolution(self, op: Any, depthwise: bool) -> None:
        options = self.graph.options(op, "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions")
        pad = self.pads.get(op.Inputs(0))
        padded_size = self.value(op.Inputs(0)).shape[1:3]
        source = self.source(op.Inputs(0) if pad is None else pad.source)
        result = self.tensor(op.Outputs(0))
        x, y = self.tensors[source], self.tensors[result]
        weights, scales = self.weights(op.Inputs(1), 3 if depthwise else 0)
        if weights.ndim != 4 or (not depthwise and weights.shape[3] != x.shape[3]):
            raise self.fail(
                f"weights of shape {list(weights.shape)} do not fit an input of {x.shape[3]} channels"
            )
        kernel = (weights.shape[1], weights.shape[2])
        stride = (options.StrideH(), options.StrideW())
        dilation = (options.DilationHFactor(), options.DilationWFactor())
        before = [
            self.padding(
                options.Padding(),
                size=padded_size[i],
                out=y.shape[1 + i],
                kernel=kernel[i],
                stride=stride[i],
                dilation=dilation[i],
            )
            for i in (0, 1)
        ]
        if pad is not None:
            before = [before[0] + pad.top, before[1] + pad.left]
        self.fields(kernel_h=kernel[0], kernel_w=kernel[1], stride_h=stride[0], stride_w=stride[1])
        self.fields(dilation_h=dilation[0], dilation_w=dilation[1], pad_top=before[0], pad_left=before[1])
        for i in (0, 1):
            if before[i] > (kernel[i] - 1) * dilation[i]:
                raise self.fail(f"padding of {before[i]} is wider than the kernel of {kernel[i]}")
        window = Window(kernel, stride, (before[0], before[1]), dilation)
        channels = y.shape[3]
        limits = self.limits(options.FusedActivationFunction(), y.scale, y.zero_point)
        factors = self.factors(scales, x, y, channels)
        bias = self.bias(op, channels)
        if depthwise and x.shape[3] > 1:
            if weights.shape[3] != channels or channels % x.shape[3]:
                raise self.fail(f"{channels} channels out of {x.shape[3]} are not depthwise")
            affine = Affine.make(
                weights[0],
                sums=weights.sum(axis=(0, 1, 2), dtype=np.int64),
                bias=bias,
                factors=factors,
                input_zero_point=x.zero_point,
                terms=kernel[0] * kernel[1],
                where=self.where,
            )
            self.ops.append(Depthwise2D(source, result, affine, window, limits))
            return
        if depthwise:  # of one channel: the same as an ordinary convolution, and faster as such
            weights = weights.transpose(3, 1, 2, 0)
        rows = weights.reshape(channels, -1)
        affine = Affine.make(
            padded_rows(rows),
            sums=rows.sum(axis=1, dtype=np.int64),
            bias=bias,
            factors=factors,
            input_zero_point=x.zero_point,
            terms=rows.shape[1],
            where=self.where,
        )
        self.ops.append(Conv2D(source, result, affine, window, limits))

    def conv_2d(self, op: Any) -> None:
        self.convolution(op, depthwise=False)

    def depthwise_conv_2d(self, op: Any) -> None:
        self.convolution(op, depthwise=True)

    def fully_connected(self, op: Any) -> None:
        options = self.graph.options(op, "FullyConnectedOptions")
        if options.WeightsFormat() != 0:
            raise self.fail("shuffled weights are not supported")
        source, result = self.source(op.Inputs(0)), self.tensor(op.Outputs(0))
        x, y = self.tensors[source], self.tensors[result]
        weights, scales = self.weights(op.Inputs(1), 0)
        channels, terms = weights.shape
        if len(scales) == 1:  # one scale for all: this product is taken in single precision
            product = float(np.float32(x.scale) * scales[0])
            factors = [product / y.scale] * channels
        else:
            factors = self.factors(scales, x, y, channels)
        affine = Affine.make(
            padded_rows(weights),
            sums=weights.sum(axis=1, dtype=np.int64),
            bias=self.bias(op, channels),
            factors=factors,
            input_zero_point=x.zero_point,
            terms=terms,
            where=self.where,
            once=True,
        )
        limits = self.limits(options.FusedActivationFunction(), y.scale, y.zero_point)
        rows, rest = divmod(x.elements, terms)
        if rest or (rows > 1 and x.shape[3] != terms) or y.elements != rows * channels:
            raise self.fail(f"input of shape {list(x.shape)} does not fit {terms} weights an output")
        self.ops.append(Dense(source, result, affine, terms, limits))

    def pool(self, op: Any, kind: type[MaxPool] | type[AveragePool]) -> None:
        options = self.graph.options(op, "Pool2DOptions")
        source, result = self.source(op.Inputs(0)), self.tensor(op.Outputs(0))
        x, y = self.tensors[source], self.tensors[result]
        if (x.scale, x.zero_point) != (y.scale, y.zero_point):
            raise self.fail("input and output of a pool must have the same scale and zero point")
        kernel = (options.FilterHeight(), options.FilterWidth())
        stride = (options.StrideH(), options.StrideW())
        before = [
            self.padding(
                options.Padding(),
                size=x.shape[1 + i],
                out=y.shape[1 + i],
                kernel=kernel[i],
                stride=stride[i],
                dilation=1,
            )
            for i in (0, 1)
        ]
        self.fields(kernel_h=kernel[0], kernel_w=kernel[1], stride_h=stride[0], stride_w=stride[1])
        limits = self.limits(options.FusedActivationFunction(), y.scale, y.zero_point)
        self.ops.append(kind(source, result, Window(kernel, stride, (before[0], before[1])), limits))

    def max_pool_2d(self, op: Any) -> None:
        self.pool(op, MaxPool)

    def average_pool_2d(self, op: Any) -> None:
        self.pool(op, AveragePool)

    def mean(self, op: Any) -> None:
        source, result = self.source(op.Inputs(0)), self.tensor(op.Outputs(0))
        x, y = self.tensors[source], self.tensors[result]
        value = self.value(op.Inputs(0))
        axes_value = self.value(op.Inputs(1))
        if not axes_value.data:
            raise self.fail("the axes must be constant")
        rank = len(value.shape)
        axes = {int(a) % rank for a in np.frombuffer(axes_value.data, "<i4")}
        reduced = {a + 4 - rank for a in axes if value.shape[a] > 1}
        kept = {a for a in (1, 2) if x.shape[a] > 1} - reduced
        if 3 in reduced or kept:
            raise self.fail(
                f"a mean over axes {sorted(axes)} of {list(value.shape)} is not supported",
                "over height and width is",
            )
        count = x.shape[1] * x.shape[2]
        if y.shape != (1, 1, 1, x.shape[3]):
            self.tensors[result] = replace(y, shape=(1, 1, 1, x.shape[3]))
        multiplier, shift = quantise_multiplier(x.scale / y.scale)
        # 1 / count goes into the multiplier, which first takes as many bits from the shift as count has.
        moved = min(count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << moved) // count, shift - moved
        if not -30 <= shift <= 15:
            raise self.fail(f"scales {x.scale:g} and {y.scale:g} are too far apart")
        self.ops.append(Mean(source, result, -x.zero_point * count, multiplier, shift, _FULL_RANGE))

    def softmax(self, op: Any) -> None:
        options = self.graph.options(op, "SoftmaxOptions")
        source, result = self.source(op.Inputs(0)), self.tensor(op.Outputs(0))
        x, y = self.tensors[source], self.tensors[result]
        if y.scale != 1 / 256 or y.zero_point != -128:
            raise self.fail(
                f"the output must have scale 1/256 and zero point -128, not {y.scale:g} and {y.zero_point}"
            )
        if x.shape[3] > _MAX_SOFTMAX_CHANNELS:
            raise self.fail(f"{x.shape[3]} channels; up to {_MAX_SOFTMAX_CHANNELS} are supported")
        self.ops.append(
            Softmax(source, result, tuple(softmax_table(x.scale, float(np.float32(options.Beta())))))
        )

    def reshape(self, op: Any) -> None:
        source, result = self.source(op.Inputs(0)), self.tensor(op.Outputs(0))
        if self.tensors[source].elements != self.tensors[result].elements:
            raise self.fail(
                "the number of values changes", "convert with static shapes and a batch size of 1"
            )
        self.ops.append(Reshape(source, result))

    def add(self, op: Any) -> None:
        options = self.graph.options(op, "AddOptions")
        a, b, result = self.source(op.Inputs(0)), self.source(op.Inputs(1)), self.tensor(op.Outputs(0))
        x, z, y = self.tensors[a], self.tensors[b], self.tensors[result]
        if x.shape != z.shape:
            raise self.fail(
                f"shapes {list(x.shape)} and {list(z.shape)} differ; only equal ones can be added"
            )
        largest = 2.0 * max(x.scale, z.scale)
        factors = (x.scale / largest, z.scale / largest, largest / ((1 << _ADD_HEADROOM) * y.scale))
        quantised = [quantise_multiplier(f) for f in factors]
        if any(shift > 0 for _, shift in quantised):
            raise self.fail("the output's scale is too small for its inputs")
        shifts = tuple(max(shift, -30) for _, shift in quantised)
        limits = self.limits(options.FusedActivationFunction(), y.scale, y.zero_point)
        multipliers = tuple(m for m, _ in quantised)
        self.ops.append(Add(a, result, b, multipliers, shifts, limits))  # type: ignore[arg-type]

    def rescaling(
        self, op: Any, factor: Callable[[float, float], float], lowest: float | None, highest: float | None
    ) -> None:
        source, result = self.source(op.Inputs(0)), self.tensor(op.Outputs(0))
        x, y = self.tensors[source], self.tensors[result]
        multiplier, shift = quantise_multiplier(factor(x.scale, y.scale))
        if shift > 15:
            raise self.fail(f"scales {x.scale:g} and {y.scale:g} are too far apart")
        if shift < -30:
            multiplier, shift = 0, 0
        kinds = self.graph.tflite.ActivationFunctionType
        low, high = _FULL_RANGE
        if lowest is not None:
            low = self.limits(kinds.RELU, y.scale, y.zero_point)[0]
        if highest is not None:
            high = self.limits(kinds.RELU6, y.scale, y.zero_point)[1]
        self.ops.append(Relu(source, result, multiplier, shift, (low, high)))

    def relu(self, op: Any) -> None:
        self.rescaling(op, lambda a, b: float(np.float32(a) / np.float32(b)), 0.0, None)

    def relu6(self, op: Any) -> None:
        self.rescaling(op, lambda a, b: float(np.float32(a) / np.float32(b)), 0.0, 6.0)

    def quantize(self, op: Any) -> None:
        self.rescaling(op, lambda a, b: a / b, None, None)

    def pad(self, op: Any) -> None:
        value, amounts = self.value(op.Inputs(0)), self.value(op.Inputs(1))
        self.source(op.Inputs(0))
        rows = np.frombuffer(amounts.data, "<i4" if len(amounts.data) < 64 else "<i8")
        if len(value.shape) != 4 or rows.size != 8 or np.any(rows.reshape(4, 2)[[0, 3]] != 0):
            raise self.fail("only constant padding of height and width is supported")
        out = self.activation(op.Outputs(0))
        if (out.scales[0], out.zero_points[0]) != (value.scales[0], value.zero_points[0]):
            raise self.fail("input and output must have the same scale and zero point")
        self.pads[op.Outputs(0)] = _Pad(op.Inputs(0), int(rows[2]), int(rows[4]))

    # ---- the whole

    def run(self) -> Program:
        graph = self.graph.graph
        if graph.InputsLength() != 1 or graph.OutputsLength() != 1:
            raise VoxError(
                f"the network has {graph.InputsLength()} inputs and {graph.OutputsLength()} outputs",
                "networks with one of each are supported",
            )
        lower: dict[str, Callable[[Any], None]] = {
            "ADD": self.add,
            "AVERAGE_POOL_2D": self.average_pool_2d,
            "CONV_2D": self.conv_2d,
            "DEPTHWISE_CONV_2D": self.depthwise_conv_2d,
            "EXPAND_DIMS": self.reshape,
            "FULLY_CONNECTED": self.fully_connected,
            "MAX_POOL_2D": self.max_pool_2d,
            "MEAN": self.mean,
            "PAD": self.pad,
            "QUANTIZE": self.quantize,
            "RELU": self.relu,
            "RELU6": self.relu6,
            "RESHAPE": self.reshape,
            "SOFTMAX": self.softmax,
            "SQUEEZE": self.reshape,
        }
        self.where = "input"
        first = self.tensor(graph.Inputs(0))
        for number, op in enumerate(self.graph.ops):
            name = self.graph.op_name(op)
            output = self.value(op.Outputs(0))
            self.where = f"op {number} `{name}` at tensor `{output.name}`"
            if name in _SHAPE_OPS and output.type in (
                self.graph.tflite.TensorType.INT32,
                self.graph.tflite.TensorType.INT64,
            ):
                continue  # computes a shape, which is known already
            if name not in lower:
                raise VoxError(f"{self.where} is not supported", f"supported are: {', '.join(sorted(lower))}")
            lower[name](op)
        self.where = "output"
        return Program(tuple(self.tensors), tuple(self.ops), first, self.source(graph.Outputs(0)))


def lower_tflite(source: bytes | Path, name: str | None = None) -> Program:
    """A .tflite file, or its bytes, as a Program.

    name: how to call it in messages (default: the path). The graph must be quantised to int8 throughout
    (activations per tensor, weights symmetric, per channel or per tensor), with one input and one output.
    Raises VoxError that names the operator and tensor which do not fit.
    """
    if isinstance(source, Path):
        name = name or str(source)
        try:
            data = source.read_bytes()
        except OSError as error:
            raise VoxError(f"{source}: cannot be read: {error.strerror}") from error
    else:
        data = source
    label = name or "model"
    if len(data) < 8 or data[4:8] != b"TFL3":
        raise VoxError(f"{label}: not a .tflite file")
    try:
        return _Lowering(_Graph(data)).run()
    except VoxError as error:
        raise VoxError(f"{label}: {error.message}", error.hint) from error
    except _ACCESSOR_ERRORS as error:
        raise VoxError(f"{label}: damaged .tflite ({error})", "convert or fetch it again") from error
