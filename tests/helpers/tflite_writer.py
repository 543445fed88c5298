"""Small .tflite files written by hand: any shape, scale and operator, without a training framework."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

SAME, VALID = schema.Padding.SAME, schema.Padding.VALID
ACTIVATIONS = {
    "none": schema.ActivationFunctionType.NONE,
    "relu": schema.ActivationFunctionType.RELU,
    "relu6": schema.ActivationFunctionType.RELU6,
    "relu_n1_to_1": schema.ActivationFunctionType.RELU_N1_TO_1,
}
_TYPES = {
    "resource": schema.TensorType.RESOURCE,
    "int4": schema.TensorType.INT4,
    "bool": schema.TensorType.BOOL,
    "int8": schema.TensorType.INT8,
    "int16": schema.TensorType.INT16,
    "uint8": schema.TensorType.UINT8,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
    "float16": schema.TensorType.FLOAT16,
    "float32": schema.TensorType.FLOAT32,
}
_VERSIONS = {
    "ASSIGN_VARIABLE": 1,
    "CALL_ONCE": 1,
    "BROADCAST_TO": 3,
    "EXPAND_DIMS": 1,
    "FILL": 3,
    "NEG": 1,
    "REDUCE_PROD": 1,
    "CONV_2D": 7,
    "DEPTH_TO_SPACE": 1,
    "FLOOR_DIV": 1,
    "LOG": 1,
    "REVERSE_V2": 1,
    "RSQRT": 1,
    "SHAPE": 1,
    "SQRT": 1,
    "TRANSPOSE_CONV": 3,
    "DEPTHWISE_CONV_2D": 5,
    "FULLY_CONNECTED": 8,
    "GELU": 2,
    "PRELU": 1,
    "HARD_SWISH": 1,
    "RELU_0_TO_1": 1,
    "RELU_N1_TO_1": 1,
    "READ_VARIABLE": 1,
    "RESHAPE": 1,
    "VAR_HANDLE": 1,
}
"""Of operators, where it is not 2."""


class Network:
    """A graph while it grows. Tensors are numbered in the order they are made."""

    def __init__(self) -> None:
        self._tensors: list[Any] = []
        self._buffers: list[Any] = [schema.BufferT()]
        self._codes: list[Any] = []
        self._ops: list[Any] = []

    def tensor(
        self,
        shape: tuple[int, ...],
        scale: float | NDArray[np.float32] | None = None,
        zero_point: int = 0,
        *,
        data: NDArray[Any] | None = None,
        kind: str = "int8",
        axis: int = 0,
        variable: bool = False,
    ) -> int:
        """A tensor; with data, a constant. scale: one, or one for each slice along `axis`. variable: it goes
        on from run to run.
        """
        t = schema.TensorT()
        t.isVariable = variable
        t.name = f"t{len(self._tensors)}".encode()
        t.shape = list(shape)
        t.type = _TYPES[kind]
        t.buffer = 0
        if data is not None:
            if kind == "int4":  # two a byte, the first in the low half
                pairs = np.append(data.ravel(), np.zeros(data.size % 2, np.int8)).reshape(-1, 2) & 15
                data = (pairs[:, 0] | pairs[:, 1] << 4).astype(np.uint8)
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            t.buffer = len(self._buffers)
            self._buffers.append(buffer)
        if scale is not None:
            scales = np.atleast_1d(np.asarray(scale, np.float32))
            q = schema.QuantizationParametersT()
            q.scale = scales
            q.zeroPoint = np.full(len(scales), zero_point, np.int64)
            q.quantizedDimension = axis
            t.quantization = q
        self._tensors.append(t)
        return len(self._tensors) - 1

    def op(
        self, name: str, inputs: list[int], output: int | list[int], options: Any = None, custom: str = ""
    ) -> None:
        """An operator, named as in the schema. options: an ...OptionsT object. custom: its own name."""
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.customCode = custom.encode() or None
        code.version = _VERSIONS.get(name, 2)
        o = schema.OperatorT()
        o.opcodeIndex = len(self._codes)
        self._codes.append(code)
        o.inputs, o.outputs = inputs, output if isinstance(output, list) else [output]
        if options is not None:
            o.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__[:-1])
            o.builtinOptions = options
        self._ops.append(o)

    def has(self, kind: str) -> bool:
        """Whether a tensor is of this type."""
        return any(t.type == _TYPES[kind] for t in self._tensors)

    def unsigned(self, rng: np.random.Generator, weights_zero: int | None = None) -> None:
        """Quantised as it was done before int8: uint8 throughout, weights with one scale and a zero point, a
        random one where it is not given.
        """
        for t in self._tensors:
            if t.type != schema.TensorType.INT8 or t.quantization is None:
                continue
            t.type = schema.TensorType.UINT8
            weights = t.buffer and int(t.quantization.zeroPoint[0]) == 0
            zero = int(t.quantization.zeroPoint[0]) + 128
            if weights:
                zero = int(rng.integers(90, 166)) if weights_zero is None else weights_zero
            t.quantization.scale = t.quantization.scale[:1]
            t.quantization.zeroPoint = np.array([zero], np.int64)
            if t.buffer:
                self._buffers[t.buffer].data = self._buffers[t.buffer].data ^ np.uint8(128)

    def bytes(self, source: int | list[int], result: int | list[int]) -> bytes:
        """The file. source, result: input and output tensor, or several."""
        graph = schema.SubGraphT()
        graph.tensors, graph.operators = self._tensors, self._ops
        graph.inputs = source if isinstance(source, list) else [source]
        graph.outputs = result if isinstance(result, list) else [result]
        model = schema.ModelT()
        model.version = 3
        model.operatorCodes, model.subgraphs, model.buffers = self._codes, [graph], self._buffers
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def options(kind: str, **fields: Any) -> Any:
    """An options object of the schema: options("Conv2DOptions", strideH=1)."""
    result = getattr(schema, kind + "T")()
    for name, value in fields.items():
        if not hasattr(result, name):
            raise AttributeError(f"{kind} has no {name}")
        setattr(result, name, value)
    return result


class Reference:
    """TensorFlow Lite's reference kernels over a .tflite: [n, inputs] -> [n, outputs], of its types.

    Several inputs or outputs lie one behind the other.
    """

    def __init__(self, model: bytes) -> None:
        self._interpreter = Interpreter(
            model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
        )
        self._interpreter.allocate_tensors()
        self._inputs = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()

    def run(self, inputs: NDArray[Any]) -> NDArray[Any]:
        rows = []
        ends = np.cumsum([int(np.prod(known["shape"])) for known in self._inputs])
        for row in inputs:
            for known, part in zip(self._inputs, np.split(row.ravel(), ends[:-1]), strict=True):
                self._interpreter.set_tensor(known["index"], part.reshape(known["shape"]))
            self._interpreter.invoke()
            found = [self._interpreter.get_tensor(known["index"]).ravel() for known in self._outputs]
            rows.append(np.concatenate(found))
        return np.array(rows)
