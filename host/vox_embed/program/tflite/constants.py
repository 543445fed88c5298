"""Constants where a program computes with tensors: made of any value, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.program.arrange_ops import Binary, Table, View
from vox_embed.program.ops import Kind, Op, Tensor
from vox_embed.program.wide_ops import NARROW, Binary16, Rescale16
from vox_embed.spec.operators import BinaryKind


class Making(Protocol):
    """A program that is being made: what `lowering.Lowering` is."""

    ops: list[Op]
    tensors: list[Tensor]
    fixed: dict[int, NDArray[np.int8] | NDArray[np.int16]]
    """Values of tensors that are constant."""

    def fail(self, what: str) -> VoxError:
        """The error that names the operator."""
        ...

    def anything(self) -> int:
        """A tensor that is there."""
        ...

    def make(self, tensor: Tensor) -> int:
        """A new tensor of the program."""
        ...


def constant(low: Making, tensor: Tensor, values: NDArray[np.int8] | NDArray[np.int16]) -> int:
    """A program tensor of these values: of a value that is there, repeated, the same for every value it may
    have; and what is larger, where they differ.
    """
    if values.size != tensor.elements:
        raise low.fail(f"constant `{tensor.name}` is cut short")
    other = low.anything()
    if tensor.kind == Kind.S16:
        return _constant_16(low, tensor, values.astype(np.int16), other)
    everywhere = int(values[0]) if np.all(values == values[0]) else -128
    repeated, place = low.make(tensor), low.make(tensor)
    low.ops.append(View(other, repeated, 0, tuple((turns, 0) for turns in tensor.shape[1:])))
    low.ops.append(Table(repeated, place, (everywhere,) * 256))
    low.fixed[place] = values
    if np.all(values == everywhere):
        return place
    result = low.make(tensor)
    low.fixed[result] = low.fixed.pop(place)
    _, _, width, channels = tensor.shape
    strides = (width * channels, channels, 1)
    nothing = (0, 0, 0)
    low.ops.append(
        Binary(
            place,
            result,
            BinaryKind.LARGER,
            values.astype(np.int8),
            tensor.zero_point,
            strides,
            nothing,
            nothing,
            (-128, 127),
        )
    )
    return result


def _constant_16(low: Making, tensor: Tensor, values: NDArray[np.int16], other: int) -> int:
    """The same of 16 bits: limited to one value, then what is larger."""
    everywhere = int(values[0]) if np.all(values == values[0]) else NARROW[0]
    known = low.tensors[other]
    repeated, place = low.make(replace(tensor, kind=known.kind)), low.make(tensor)
    low.ops.append(View(other, repeated, 0, tuple((turns, 0) for turns in tensor.shape[1:])))
    low.ops.append(Rescale16(repeated, place, 0, 0, (0, 0), (everywhere, everywhere)))
    result = place
    if np.any(values != everywhere):
        result = low.make(tensor)
        _, _, width, channels = tensor.shape
        strides = (width * channels, channels, 1)
        nothing = (0, 0, 0)
        low.ops.append(Binary16(place, result, BinaryKind.LARGER, values, strides, nothing, nothing, NARROW))
    low.fixed[result] = values
    return result
