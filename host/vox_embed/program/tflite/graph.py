"""A .tflite as a list of operators over tensors: the flatbuffer's accessors with names for numbers."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError

ACCESSOR_ERRORS = (
    struct.error,
    IndexError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    ZeroDivisionError,
    RecursionError,
)
"""The flatbuffer accessors have no error of their own for offsets that lead nowhere."""


@dataclass(frozen=True)
class Value:
    """A tensor of the .tflite."""

    name: str
    shape: tuple[int, ...]
    type: str
    """As TensorType names it, in lower case: int8, int32, float32, ..."""
    scales: NDArray[np.float32]
    zero_points: NDArray[np.int64]
    axis: int
    """The one along which the scales lie."""
    data: bytes
    """Of a constant; empty where the tensor is computed."""
    unsigned: bool = False
    """It is quantised to uint8 in the file, and here to int8: 128 is taken off its values and zero point."""

    def integers(self) -> NDArray[np.int64]:
        """The values of a constant int32 or int64 tensor, flat."""
        kinds = {"int32": "<i4", "int64": "<i8"}
        return np.frombuffer(self.data, kinds[self.type]).astype(np.int64)


@dataclass(frozen=True)
class Operator:
    """One operator: name as in the schema, tensors by index (-1: left out)."""

    number: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    table: Any
    """The flatbuffer's object, for its options."""

    def input(self, place: int) -> int:
        """Index of an optional input, -1 where it is left out."""
        return self.inputs[place] if place < len(self.inputs) else -1


class Graph:
    """One subgraph of a .tflite."""

    def __init__(self, data: bytes, subgraph: int = 0) -> None:
        import tflite

        self.tflite: Any = tflite
        self.data = data
        self.model = tflite.Model.GetRootAsModel(data, 0)
        if self.model.SubgraphsLength() <= subgraph:
            raise VoxError("the .tflite holds no graph")
        self.graph = self.model.Subgraphs(subgraph)
        self.inputs = _indices(self.graph.Inputs, self.graph.InputsLength())
        self.outputs = _indices(self.graph.Outputs, self.graph.OutputsLength())
        self._values: dict[int, Value] = {}
        self.folded: dict[int, NDArray[np.int64] | None] = {}
        """Integers that are known before the network runs; None of those that are not."""

    @cached_property
    def operators(self) -> tuple[Operator, ...]:
        """In the order in which they run."""
        return tuple(self._operator(number) for number in range(self.graph.OperatorsLength()))

    def _operator(self, number: int) -> Operator:
        table = self.graph.Operators(number)
        return Operator(
            number,
            self._name(table),
            _indices(table.Inputs, table.InputsLength()),
            _indices(table.Outputs, table.OutputsLength()),
            table,
        )

    @cached_property
    def _names(self) -> dict[int, str]:
        return {v: k for k, v in vars(self.tflite.BuiltinOperator).items() if isinstance(v, int)}

    @cached_property
    def _types(self) -> dict[int, str]:
        return {v: k.lower() for k, v in vars(self.tflite.TensorType).items() if isinstance(v, int)}

    def _name(self, table: Any) -> str:
        code = self.model.OperatorCodes(table.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        name = self._names.get(number, f"operator {number}")
        return f"{name} {code.CustomCode().decode()}" if name == "CUSTOM" and code.CustomCode() else name

    def options(self, op: Operator, kind: str) -> Any:
        """The operator's options, which are of this kind in the schema."""
        table = op.table.BuiltinOptions()
        if table is None:
            raise VoxError(f"operator `{op.name}` has no {kind}", "the .tflite is damaged; convert again")
        options = getattr(self.tflite, kind)()
        options.Init(table.Bytes, table.Pos)
        return options

    def value(self, index: int) -> Value:
        """The tensor of this index."""
        if index not in self._values:
            self._values[index] = self._read(index)
        return self._values[index]

    def settle(self, index: int, shape: tuple[int, ...]) -> None:
        """The tensor has this shape, whatever the file says."""
        self._values[index] = replace(self.value(index), shape=shape)

    def _read(self, index: int) -> Value:
        if index < 0:
            raise IndexError(f"tensor {index}")
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
        value = Value(
            (tensor.Name() or b"").decode(errors="replace"),
            tuple(int(d) for d in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else (),
            self._types.get(tensor.Type(), f"type {tensor.Type()}"),
            scales,
            zeros,
            axis,
            buffer.DataAsNumpy().tobytes() if buffer.DataLength() else b"",
        )
        if value.type in ("int8", "uint8") and not len(value.scales) and index in self.inputs:
            value = replace(value, scales=np.ones(1, np.float32), zero_points=np.zeros(1, np.int64))
        return _signed(value) if value.type == "uint8" and len(value.scales) else value


_HALF = 128


def _signed(value: Value) -> Value:
    """A tensor quantised to uint8 as int8: the same real numbers."""
    data = (np.frombuffer(value.data, np.uint8) ^ _HALF).tobytes()
    return replace(value, type="int8", zero_points=value.zero_points - _HALF, data=data, unsigned=True)


def _indices(read: Any, count: int) -> tuple[int, ...]:
    return tuple(int(read(i)) for i in range(count))
