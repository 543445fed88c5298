"""Shapes that a file leaves open.

Of a network with an open batch, or one that computes shapes, the converter writes 1 where it does not know
better; the interpreter finds the shapes when it runs. Here a batch of 1 is taken, and the shapes of what
depends on such tensors are found in the order in which they are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from vox_embed.program.tflite.folding import known
from vox_embed.program.tflite.graph import ACCESSOR_ERRORS, Graph, Operator

Shape = tuple[int, ...]
_GIVEN = {"RESHAPE": 1, "FILL": 0, "BROADCAST_TO": 1, "TILE": 1, "SLICE": 2, "STRIDED_SLICE": 2, "PAD": 1}
"""Operators whose output has a shape that is computed, perhaps, and which input tells it."""
_ALWAYS = ("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND", "FILL")
"""An open batch stays one where it is taken apart, too."""


def infer_shapes(graph: Graph) -> None:
    """Sets shapes that the file has wrong. What cannot be told stays as it is in the file."""
    changed: set[int] = set()
    for op in graph.operators:
        place = _GIVEN.get(op.name, -1)
        computed = 0 <= place < len(op.inputs) and not graph.value(op.inputs[place]).data
        computed = computed or op.name in _ALWAYS
        if op.name not in _INFER or not (computed or changed.intersection(op.inputs)):
            continue
        try:
            shapes = _INFER[op.name](graph, op)
        except (*ACCESSOR_ERRORS, StopIteration):
            continue
        for output, shape in zip(op.outputs, shapes, strict=False):
            if shape != graph.value(output).shape:
                graph.settle(output, shape)
                changed.add(output)


def _shape(graph: Graph, op: Operator, place: int = 0) -> Shape:
    return graph.value(op.inputs[place]).shape


def _integers(graph: Graph, op: Operator, place: int) -> list[int]:
    values = known(graph, op.inputs[place])
    if values is None:
        raise ValueError("not known before the network runs")
    return [int(v) for v in values.ravel()]


def _same(graph: Graph, op: Operator) -> list[Shape]:
    return [_shape(graph, op)]


def _broadcast(graph: Graph, op: Operator) -> list[Shape]:
    return [np.broadcast_shapes(_shape(graph, op, 0), _shape(graph, op, 1))]


def _reshape(graph: Graph, op: Operator) -> list[Shape]:
    elements = prod(_shape(graph, op))
    if len(op.inputs) > 1:
        wanted = _integers(graph, op, 1)
    else:
        wanted = [int(n) for n in graph.options(op, "ReshapeOptions").NewShapeAsNumpy()]
    rest = prod(n for n in wanted if n >= 0)
    return [tuple(elements // rest if n < 0 else n for n in wanted)]


def _fill(graph: Graph, op: Operator) -> list[Shape]:
    return [tuple(_integers(graph, op, 0))]


def _broadcast_to(graph: Graph, op: Operator) -> list[Shape]:
    return [tuple(_integers(graph, op, 1))]


def _fully_connected(graph: Graph, op: Operator) -> list[Shape]:
    shape, (channels, terms) = _shape(graph, op), _shape(graph, op, 1)
    if graph.options(op, "FullyConnectedOptions").KeepNumDims():
        return [(*shape[:-1], channels)]
    return [(prod(shape) // terms, channels)]


def _concatenation(graph: Graph, op: Operator) -> list[Shape]:
    shapes = [list(_shape(graph, op, place)) for place in range(len(op.inputs))]
    axis = graph.options(op, "ConcatenationOptions").Axis() % len(shapes[0])
    return [(*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])]


def _pack(graph: Graph, op: Operator) -> list[Shape]:
    shape = _shape(graph, op)
    axis = graph.options(op, "PackOptions").Axis() % (len(shape) + 1)
    return [(*shape[:axis], len(op.inputs), *shape[axis:])]


def _unpack(graph: Graph, op: Operator) -> list[Shape]:
    shape = _shape(graph, op)
    axis = graph.options(op, "UnpackOptions").Axis() % len(shape)
    return [(*shape[:axis], *shape[axis + 1 :])] * len(op.outputs)


def _split(graph: Graph, op: Operator) -> list[Shape]:
    shape = list(_shape(graph, op, 1))
    axis = _integers(graph, op, 0)[0] % len(shape)
    shape[axis] //= len(op.outputs)
    return [tuple(shape)] * len(op.outputs)


def _transpose(graph: Graph, op: Operator) -> list[Shape]:
    shape = _shape(graph, op)
    return [tuple(shape[axis] for axis in _integers(graph, op, 1))]


def _expand(graph: Graph, op: Operator) -> list[Shape]:
    shape = _shape(graph, op)
    axis = _integers(graph, op, 1)[0] % (len(shape) + 1)
    return [(*shape[:axis], 1, *shape[axis:])]


def _squeeze(graph: Graph, op: Operator) -> list[Shape]:
    shape, options = _shape(graph, op), graph.options(op, "SqueezeOptions")
    axes = {options.SqueezeDims(i) % len(shape) for i in range(options.SqueezeDimsLength())}
    gone = axes or {axis for axis, n in enumerate(shape) if n == 1}
    return [tuple(n for axis, n in enumerate(shape) if axis not in gone)]


def _reduced(graph: Graph, op: Operator) -> list[Shape]:
    shape, keep = _shape(graph, op), graph.options(op, "ReducerOptions").KeepDims()
    axes = {axis % len(shape) for axis in _integers(graph, op, 1)}
    kept = [(1 if axis in axes else n) for axis, n in enumerate(shape) if keep or axis not in axes]
    return [tuple(kept)]


def _tile(graph: Graph, op: Operator) -> list[Shape]:
    return [tuple(n * times for n, times in zip(_shape(graph, op), _integers(graph, op, 1), strict=True))]


def _pad(graph: Graph, op: Operator) -> list[Shape]:
    amounts = _integers(graph, op, 1)
    return [tuple(n + amounts[2 * i] + amounts[2 * i + 1] for i, n in enumerate(_shape(graph, op)))]


def _slice(graph: Graph, op: Operator) -> list[Shape]:
    begin, size = _integers(graph, op, 1), _integers(graph, op, 2)
    return [tuple(n - b if s < 0 else s for n, b, s in zip(_shape(graph, op), begin, size, strict=True))]


def _strided_slice(graph: Graph, op: Operator) -> list[Shape]:
    options, shape = graph.options(op, "StridedSliceOptions"), _shape(graph, op)
    if options.NewAxisMask() or options.EllipsisMask():
        raise ValueError("axes of its own")
    begin, end, step = (_integers(graph, op, place) for place in (1, 2, 3))
    found = []
    for axis, n in enumerate(shape):
        if axis >= len(begin):
            found.append(n)
        elif not options.ShrinkAxisMask() >> axis & 1:
            first = None if options.BeginMask() >> axis & 1 else begin[axis]
            last = None if options.EndMask() >> axis & 1 else end[axis]
            found.append(len(range(n)[first : last : step[axis]]))
    return [tuple(found)]


def _gather(graph: Graph, op: Operator) -> list[Shape]:
    shape, options = _shape(graph, op), graph.options(op, "GatherOptions")
    if options.BatchDims():
        raise ValueError("batches")
    axis = options.Axis() % len(shape)
    return [(*shape[:axis], *_shape(graph, op, 1), *shape[axis + 1 :])]


def _apart(graph: Graph, op: Operator) -> list[Shape]:
    shape, blocks, amounts = _shape(graph, op), _integers(graph, op, 1), _integers(graph, op, 2)
    sizes = list(shape)
    for i, block in enumerate(blocks):
        sizes[0] *= block
        sizes[1 + i] = (shape[1 + i] + amounts[2 * i] + amounts[2 * i + 1]) // block
    return [tuple(sizes)]


def _together(graph: Graph, op: Operator) -> list[Shape]:
    shape, blocks, amounts = _shape(graph, op), _integers(graph, op, 1), _integers(graph, op, 2)
    sizes = list(shape)
    for i, block in enumerate(blocks):
        sizes[0] //= block
        sizes[1 + i] = shape[1 + i] * block - amounts[2 * i] - amounts[2 * i + 1]
    return [tuple(sizes)]


def _window(
    kind: str, kernel: Callable[[Graph, Operator], Shape], channels: Callable[[Graph, Operator], int]
) -> _Infer:
    def infer(graph: Graph, op: Operator) -> list[Shape]:
        options, (batch, *size, _) = graph.options(op, kind), _shape(graph, op)
        strides, out = (options.StrideH(), options.StrideW()), []
        dilation = (1, 1)
        if kind != "Pool2DOptions":
            dilation = (options.DilationHFactor(), options.DilationWFactor())
        for n, k, s, d in zip(size, kernel(graph, op), strides, dilation, strict=True):
            reach = (k - 1) * d + 1
            out.append(-(-n // s) if options.Padding() == graph.tflite.Padding.SAME else (n - reach) // s + 1)
        return [(batch, *out, channels(graph, op))]

    return infer


def _of_weights(graph: Graph, op: Operator) -> Shape:
    return _shape(graph, op, 1)[1:3]


def _of_options(graph: Graph, op: Operator) -> Shape:
    options = graph.options(op, "Pool2DOptions")
    return options.FilterHeight(), options.FilterWidth()


_POOL = _window("Pool2DOptions", _of_options, lambda graph, op: _shape(graph, op)[3])
_ELEMENTWISE = """
    ABS CAST DEQUANTIZE ELU EXP GELU HARD_SWISH L2_NORMALIZATION LEAKY_RELU LOG LOGISTIC LOG_SOFTMAX NEG PRELU
    QUANTIZE RELU RELU6 RELU_0_TO_1 RELU_N1_TO_1 REVERSE_V2 RSQRT SOFTMAX SQRT SQUARE TANH"""
_Infer = Callable[[Graph, Operator], list[Shape]]
_INFER: Mapping[str, _Infer] = {
    **dict.fromkeys(_ELEMENTWISE.split(), _same),
    **dict.fromkeys(("ADD", "DIV", "MAXIMUM", "MINIMUM", "MUL", "SQUARED_DIFFERENCE", "SUB"), _broadcast),
    **dict.fromkeys(("MEAN", "REDUCE_MAX", "REDUCE_MIN", "SUM"), _reduced),
    "AVERAGE_POOL_2D": _POOL,
    "BATCH_TO_SPACE_ND": _together,
    "BROADCAST_TO": _broadcast_to,
    "CONCATENATION": _concatenation,
    "CONV_2D": _window("Conv2DOptions", _of_weights, lambda graph, op: _shape(graph, op, 1)[0]),
    "DEPTHWISE_CONV_2D": _window(
        "DepthwiseConv2DOptions", _of_weights, lambda graph, op: _shape(graph, op, 1)[3]
    ),
    "EXPAND_DIMS": _expand,
    "FILL": _fill,
    "FULLY_CONNECTED": _fully_connected,
    "GATHER": _gather,
    "MAX_POOL_2D": _POOL,
    "PACK": _pack,
    "PAD": _pad,
    "PADV2": _pad,
    "RESHAPE": _reshape,
    "SLICE": _slice,
    "SPACE_TO_BATCH_ND": _apart,
    "SPLIT": _split,
    "SQUEEZE": _squeeze,
    "STRIDED_SLICE": _strided_slice,
    "TILE": _tile,
    "TRANSPOSE": _transpose,
    "UNPACK": _unpack,
}
