"""QUANTIZE and DEQUANTIZE: inside the network a rescaling, at its border nothing."""

from __future__ import annotations

from collections.abc import Mapping

from vox_embed.program.arrange_ops import Table
from vox_embed.program.ops import Tensor
from vox_embed.program.tflite.activations import rescaling
from vox_embed.program.tflite.graph import Operator, Value
from vox_embed.program.tflite.lowering import Lower, Lowering
from vox_embed.program.tflite.tables import Between, quantised_again

_WIDE = ("int16", "int32")
_UNSIGNED = 128
"""A uint8 tensor is an int8 tensor with this taken off values and zero point."""


def quantize(low: Lowering, op: Operator) -> None:
    """QUANTIZE: int8 to another scale; from float32, int16 or uint8 at the input, to uint8, int16 or int32 at
    the output.
    """
    source, result = low.value(op.inputs[0]), low.value(op.outputs[0])
    if result.type in _WIDE and op.outputs[0] in low.graph.outputs:
        low.outside[op.outputs[0]] = _left(low, op.inputs[0])
    elif op.inputs[0] not in low.outside:
        place = low.source(op.inputs[0])
        if result.type == "uint8":
            low.outside[op.outputs[0]] = _from(low, place, _signed(low, result))
        else:
            _rescale(low, place, low.tensor(op.outputs[0]))
    elif low.outside[op.inputs[0]] is not None and source.type == "float32":
        _through_floats(low, low.outside[op.inputs[0]] or 0, low.tensor(op.outputs[0]))
    elif low.outside[op.inputs[0]] is not None:
        raise low.fail(f"tensor `{source.name}` is {source.type}, and not at the network's border")
    elif source.type == "uint8":
        place, inside = _enter(low, op, _signed(low, source)), low.activation(op.outputs[0])
        if (inside.scales[0], inside.zero_points[0]) == (source.scales[0], source.zero_points[0] - _UNSIGNED):
            low.index_of[op.outputs[0]] = place
        else:
            _rescale(low, place, low.tensor(op.outputs[0]))
    elif source.type in ("float32", "int16"):
        place = low.tensor(op.outputs[0])
        low.index_of[op.outputs[0]] = _enter(low, op, low.tensors[place], place)
    else:
        raise low.fail(
            f"an input of type {source.type} is not supported", "int8, uint8, int16 and float32 are"
        )


def dequantize(low: Lowering, op: Operator) -> None:
    """DEQUANTIZE at the output."""
    low.outside[op.outputs[0]] = _left(low, op.inputs[0])


def _left(low: Lowering, index: int) -> int:
    """The int8 tensor that something at the output is made from."""
    place = low.outside.get(index)
    return low.source(index) if place is None else place


def _signed(low: Lowering, value: Value) -> Tensor:
    """A uint8 tensor as int8."""
    if len(value.scales) != 1:
        raise low.fail(f"tensor `{value.name}` is not quantised with one scale for all its values")
    return low.shaped(value, zero_point=int(value.zero_points[0]) - _UNSIGNED)


def _enter(low: Lowering, op: Operator, tensor: Tensor, place: int | None = None) -> int:
    """The network's input behind this operator, which is this tensor (at `place` already, or to be made)."""
    origin = low.origin[op.inputs[0]]
    if origin not in low.entered:
        low.entered[origin] = low.make(tensor) if place is None else place
        return low.entered[origin]
    known = low.tensors[low.entered[origin]]
    if (known.shape, known.scale, known.zero_point) != (tensor.shape, tensor.scale, tensor.zero_point):
        raise low.fail("the network's input is quantised in two ways", "quantise it once")
    return low.entered[origin]


def _rescale(low: Lowering, source: int, result: int) -> None:
    x, y = low.tensors[source], low.tensors[result]
    rescaling(low, source, result, x.scale / y.scale)


def _through_floats(low: Lowering, source: int, result: int) -> None:
    """A DEQUANTIZE and the QUANTIZE behind it."""
    x, y = low.tensors[source], low.tensors[result]
    between = Between(x.scale, x.zero_point, y.scale, y.zero_point)
    low.ops.append(Table(source, result, tuple(quantised_again(between))))


def _from(low: Lowering, source: int, wanted: Tensor) -> int:
    """`source` with the scale and zero point of `wanted`."""
    known = low.tensors[source]
    if (known.scale, known.zero_point) == (wanted.scale, wanted.zero_point):
        return source
    result = low.make(wanted)
    _rescale(low, source, result)
    return result


LOWER: Mapping[str, Lower] = {
    "DEQUANTIZE": dequantize,
    "QUANTIZE": quantize,
}
