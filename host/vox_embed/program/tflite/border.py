"""QUANTIZE and DEQUANTIZE: inside the network a rescaling, at its border nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vox_embed.program.ops import Kind, Tensor
from vox_embed.program.tflite.activations import rescaling
from vox_embed.program.tflite.floats import to_integers
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import KINDS, Lower, Lowering, Stretch
from vox_embed.program.tflite.sixteen import rescaling_16
from vox_embed.program.tflite.tables import real_values

_WIDE = ("int16", "int32")


def quantize(low: Lowering, op: Operator) -> None:
    """QUANTIZE: int8 to another scale; from float32 or int16 at the input, to int16 or int32 at the end."""
    source, result = low.value(op.inputs[0]), low.value(op.outputs[0])
    computed = source.type == result.type == "int16" and op.inputs[0] in low.index_of
    if result.type in _WIDE and op.outputs[0] in low.graph.outputs and not computed:
        low.outside[op.outputs[0]] = _left(low, op.inputs[0])
    elif op.inputs[0] in low.floating:
        to_integers(low, op.inputs[0], low.tensor(op.outputs[0]))
    elif op.inputs[0] not in low.outside:
        _rescale(low, op, low.source(op.inputs[0]))
    elif low.outside[op.inputs[0]] is not None:
        raise low.fail(f"tensor `{source.name}` is {source.type}, and not at the network's border")
    elif source.type in ("float32", "int16"):
        place = low.tensor(op.outputs[0])  # int8, or int16 of floats
        low.index_of[op.outputs[0]] = _enter(low, op, low.tensors[place], place)
    else:
        raise low.fail(
            f"an input of type {source.type} is not supported", "int8, uint8, int16 and float32 are"
        )


def dequantize(low: Lowering, op: Operator) -> None:
    """DEQUANTIZE at the output, or before a stretch in floats."""
    place = _left(low, op.inputs[0])
    low.outside[op.outputs[0]] = place
    if low.tensors[place].kind == Kind.S8:
        low.floating[op.outputs[0]] = Stretch(
            (place,), (low.value(op.outputs[0]).shape,), real_values(low.tensors[place])
        )


def cast(low: Lowering, op: Operator) -> None:
    """CAST of int8 or uint8 values to floats as they are, whatever their scale."""
    source, result = low.value(op.inputs[0]), low.value(op.outputs[0])
    place = _left(low, op.inputs[0])
    if source.type != "int8" or result.type not in ("float32", *_WIDE):
        raise low.fail(
            f"from {source.type} to {result.type} is not supported", "compute it before the network"
        )
    if op.outputs[0] in low.graph.outputs:
        low.outside[op.outputs[0]] = place
    raw = np.arange(-128, 128).astype(np.float32) + np.float32(128 if source.unsigned else 0)
    low.floating[op.outputs[0]] = Stretch((place,), (result.shape,), raw)


def arg_max(low: Lowering, op: Operator) -> None:
    """ARG_MAX at the output: what it chooses from, as the decision behind the network chooses."""
    if op.outputs[0] not in low.graph.outputs:
        raise low.fail(
            "its places are used inside the network", "only at the output it can be left to the decision"
        )
    low.outside[op.outputs[0]] = _left(low, op.inputs[0])


def _left(low: Lowering, index: int) -> int:
    """The int8 tensor that something at the output is made from."""
    place = low.outside.get(index)
    return low.source(index) if place is None else place


def _enter(low: Lowering, op: Operator, tensor: Tensor, place: int) -> int:
    """The network's input behind this operator, which is this tensor, at `place`."""
    origin = low.origin[op.inputs[0]]
    if origin not in low.entered:
        low.entered[origin] = place
        return place
    known = low.tensors[low.entered[origin]]
    if (known.shape, known.scale, known.zero_point) != (tensor.shape, tensor.scale, tensor.zero_point):
        raise low.fail("the network's input is quantised in two ways", "quantise it once")
    return low.entered[origin]


def _rescale(low: Lowering, op: Operator, source: int) -> None:
    """Of one scale and zero point, uint8 and int8 are the same here."""
    x, y = low.tensors[source], low.activation(op.outputs[0])
    if (float(y.scales[0]), int(y.zero_points[0]), KINDS[y.type]) == (x.scale, x.zero_point, x.kind):
        low.index_of[op.outputs[0]] = source
        return
    result = low.tensor(op.outputs[0])
    if Kind.S16 in (x.kind, low.tensors[result].kind):
        rescaling_16(low, source, result)
        return
    rescaling(low, source, result, x.scale / low.tensors[result].scale)


LOWER: Mapping[str, Lower] = {
    "ARG_MAX": arg_max,
    "CAST": cast,
    "DEQUANTIZE": dequantize,
    "QUANTIZE": quantize,
}
