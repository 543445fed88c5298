"""Inputs and outputs: a program has one of each, in which several of a network lie one behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vox_embed.program.ops import Tensor
from vox_embed.program.program import Part
from vox_embed.program.tflite.loops import append_view, joined, strides_of
from vox_embed.program.tflite.lowering import MAX_DIM, Lowering


def join_inputs(low: Lowering) -> tuple[int, tuple[Part, ...]]:
    """The program's input. Of several, each is taken out of it before it is first needed."""
    indices = low.graph.inputs
    for index in indices:
        if index not in low.entered:
            raise low.fail(f"nothing depends on the network's input `{low.value(index).name}`")
    places = [low.entered[index] for index in indices]
    if len(places) == 1:
        return places[0], ()
    parts = _parts(low, indices, places)
    known = low.tensors[places[0]]
    shape = _shape(low, sum(low.tensors[place].elements for place in places))
    whole = low.make(replace(known, name="inputs", shape=(1, *shape)))
    rest = low.ops
    for place, part in zip(places, parts, strict=True):
        low.ops = []
        sizes = low.tensors[place].shape
        append_view(low, (whole, place), part.first, list(zip(sizes, strides_of(sizes), strict=True)))
        at = next((i for i, op in enumerate(rest) if place in op.inputs), 0)
        rest[at:at] = low.ops
    low.ops = rest
    return whole, parts


def join_outputs(low: Lowering) -> tuple[int, tuple[Part, ...]]:
    """The program's output; several are put together."""
    places = []
    for index in low.graph.outputs:
        last = low.outside.get(index)
        places.append(low.source(index) if last is None else last)
    if len(places) == 1:
        return places[0], ()
    parts = _parts(low, low.graph.outputs, places)
    shape = _shape(low, sum(low.tensors[place].elements for place in places))
    result = joined(low, places, 1, shape)
    low.tensors[result] = replace(low.tensors[result], name="outputs")
    return result, parts


def _parts(low: Lowering, indices: Sequence[int], places: Sequence[int]) -> tuple[Part, ...]:
    kinds = {low.tensors[place].kind for place in places}
    if len(kinds) > 1:
        raise low.fail(
            "tensors of int8 and of int16 together are not supported", "quantise all of them to the same type"
        )
    parts, at = [], 0
    for index, place in zip(indices, places, strict=True):
        tensor: Tensor = low.tensors[place]
        parts.append(Part(low.value(index).name, low.value(index).shape, tensor.scale, tensor.zero_point, at))
        at += tensor.elements
    return tuple(parts)


def _shape(low: Lowering, elements: int) -> tuple[int, int, int]:
    for rows in range(1, MAX_DIM + 1):
        if elements % rows == 0 and elements // rows <= MAX_DIM:
            return rows, 1, elements // rows
    raise low.fail(f"{elements} values together are too many", "give the network fewer or smaller ones")
