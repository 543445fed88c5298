"""Small networks of microWakeWord's kind: new feature frames in, state kept, one probability out."""

from __future__ import annotations

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from helpers.tflite_writer import Network, options

_KEPT = 2


def variable(net: Network, name: str) -> int:
    """A VAR_HANDLE."""
    handle = net.tensor((1,), kind="resource")
    net.op("VAR_HANDLE", [], handle, options("VarHandleOptions", sharedName=name.encode(), container=b""))
    return handle


def with_subgraph(net: Network, source: int, result: int, inner: Network) -> bytes:
    """The file with what is called once as its second graph."""
    model = schema.ModelT.InitFromPackedBuf(net.bytes(source, result))
    other = schema.ModelT.InitFromPackedBuf(inner.bytes(0, 0))
    graph = other.subgraphs[0]
    graph.inputs, graph.outputs = [], []
    for tensor in graph.tensors:
        tensor.buffer = tensor.buffer + len(model.buffers) if tensor.buffer else 0
    for op in graph.operators:
        op.opcodeIndex += len(model.operatorCodes)
    model.subgraphs.append(graph)
    model.buffers += other.buffers
    model.operatorCodes += other.operatorCodes
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def wake_word_network(rng: np.random.Generator, stride: int) -> bytes:
    """int8 [1, stride, 40] -> int8 [1, 1]: a layer over the new frames and the last two before them."""
    scale = (float(np.float32(26 / 255)), -128)
    net, inner = Network(), Network()
    held = inner.tensor((1, _KEPT, 40), *scale, data=np.full((1, _KEPT, 40), -128, np.int8))
    inner.op("ASSIGN_VARIABLE", [variable(inner, "past"), held], [], options("AssignVariableOptions"))
    net.op("CALL_ONCE", [], [], options("CallOnceOptions", initSubgraphIndex=1))
    past, source = variable(net, "past"), net.tensor((1, stride, 40), *scale)
    read = net.tensor((1, _KEPT, 40), *scale)
    net.op("READ_VARIABLE", [past], read, options("ReadVariableOptions"))
    rows = stride + _KEPT
    whole, kept = net.tensor((1, rows, 40), *scale), net.tensor((1, _KEPT, 40), *scale)
    net.op("CONCATENATION", [read, source], whole, options("ConcatenationOptions", axis=1))
    bounds = ([0, stride, 0], [1, rows, 40], [1, 1, 1])
    tensors = [net.tensor((3,), data=np.array(bound, np.int32), kind="int32") for bound in bounds]
    net.op("STRIDED_SLICE", [whole, *tensors], kept, options("StridedSliceOptions"))
    net.op("ASSIGN_VARIABLE", [past, kept], [], options("AssignVariableOptions"))
    flat = net.tensor((1, 40 * rows), *scale)
    net.op("RESHAPE", [whole], flat, options("ReshapeOptions", newShape=[1, 40 * rows]))
    weights = rng.integers(-127, 128, (1, 40 * rows), dtype=np.int8)
    logits, result = net.tensor((1, 1), 0.05), net.tensor((1, 1), 1 / 256, -128)
    constant = net.tensor(weights.shape, 0.0008, data=weights)
    net.op("FULLY_CONNECTED", [flat, constant, -1], logits, options("FullyConnectedOptions"))
    net.op("LOGISTIC", [logits], result)
    return with_subgraph(net, source, result, inner)
