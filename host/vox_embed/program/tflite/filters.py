"""Convolutions by what they compute, however the .tflite writes them down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.ops import Affine, Conv2D, Depthwise2D, Kind, Limits, Window, padded_rows
from vox_embed.program.tflite.far_windows import gathered, is_far, stacked, with_border
from vox_embed.program.tflite.loops import joined, strides_of, viewed
from vox_embed.program.tflite.lowering import Lowering
from vox_embed.program.tflite.unsigned import Weights, repeated_rows
from vox_embed.program.tflite.wide_windows import is_wide, narrowed
from vox_embed.program.wide_ops import Affine16, Conv16
from vox_embed.spec.operators import Round16Kind


@dataclass(frozen=True)
class Filters:
    """Of one convolution."""

    weights: Weights
    """[channels out, height, width, channels in], of a depthwise one [1, height, width, channels out]."""
    bias: NDArray[np.int64]
    factors: list[float]
    limits: Limits
    rounding: Round16Kind = Round16Kind.ONCE
    """Of 16-bit activations."""

    def part(self, channels: slice) -> Filters:
        """Some channels out."""
        return replace(
            self, weights=self.weights[channels], bias=self.bias[channels], factors=self.factors[channels]
        )


def convolve(
    low: Lowering, between: tuple[int, int], filters: Filters, window: Window, depthwise: bool
) -> None:
    """Appends the convolution of one program tensor, and makes another of it."""
    x, y = (low.tensors[index] for index in between)
    if depthwise and x.shape[3] == 1:  # the same as an ordinary convolution, and faster as such
        depthwise, filters = False, replace(filters, weights=filters.weights.transpose(3, 1, 2, 0))
    source, weights = between[0], filters.weights
    if x.shape[2] == window.kernel[1] == y.shape[2] == 1 and is_wide(_turned(window)) and not window.pad[1]:
        source, weights = low.reshaped(source, 1, x.shape[1], x.shape[3]), weights.transpose(0, 2, 1, 3)
        column = low.like(y, 1, y.shape[1], y.shape[3])
        convolve(low, (source, column), replace(filters, weights=weights), _turned(window), depthwise)
        low.same(column, between[1])
        return
    if is_wide(window) and not depthwise and weights.shape[3] == x.shape[3]:
        source, weights, window = narrowed(low, source, weights, window, y.shape[2])
    outs = y.shape[1:3]
    source, window = with_border(low, source, window, outs)
    if is_far(window) and depthwise:
        source, weights, window = stacked(low, source, weights, window, outs)
        row = low.like(y, 1, prod(outs), y.shape[3])
        convolve(low, (source, row), replace(filters, weights=weights), window, depthwise)
        low.same(row, between[1])
        return
    if is_far(window) and weights.shape[3] == x.shape[3]:
        source, weights, window = gathered(low, source, weights, window, outs)
    source, weights, window = repeated_rows(low, source, weights, window)
    _fits(low, window)
    between, filters, inputs = (
        (source, between[1]),
        replace(filters, weights=weights),
        low.tensors[source].shape[3],
    )
    if depthwise:
        _depthwise(low, between, filters, window)
    elif weights.shape[3] == inputs:
        _ordinary(low, between, filters, window)
    elif weights.shape[3] == 1:  # each channel by itself
        _depthwise(low, between, replace(filters, weights=weights.transpose(3, 1, 2, 0)), window)
    elif inputs % weights.shape[3] == 0 and len(weights) % (inputs // weights.shape[3]) == 0:
        _in_groups(low, between, filters, window)
    else:
        raise low.fail(f"weights of shape {list(weights.shape)} do not fit an input of {inputs} channels")


def _turned(window: Window) -> Window:
    """Rows and columns the other way round."""
    kernel, stride, pad, dilation = (
        pair[::-1] for pair in (window.kernel, window.stride, window.pad, window.dilation)
    )
    return Window(kernel, stride, pad, dilation)


def _fits(low: Lowering, window: Window) -> None:
    """Refuses what the bytes of a record cannot hold."""
    kernel, stride, pad, dilation = window.kernel, window.stride, window.pad, window.dilation
    low.fields(kernel_h=kernel[0], kernel_w=kernel[1], stride_h=stride[0], stride_w=stride[1])
    low.fields(dilation_h=dilation[0], dilation_w=dilation[1], pad_top=pad[0], pad_left=pad[1])


def _depthwise(low: Lowering, between: tuple[int, int], filters: Filters, window: Window) -> None:
    x, y = (low.tensors[index] for index in between)
    weights, channels = filters.weights, y.shape[3]
    if weights.shape[3] != channels or channels % x.shape[3] or weights.shape[0] != 1:
        raise low.fail(f"{channels} channels out of {x.shape[3]} are not depthwise")
    if x.kind == Kind.S16:
        append_16(low, between, replace(filters, weights=weights.transpose(3, 1, 2, 0)), window, x.shape[3])
        return
    affine = Affine.make(
        weights[0].astype(np.int8),
        channel_axis=2,
        bias=filters.bias,
        factors=filters.factors,
        input_zero_point=x.zero_point,
        terms=prod(window.kernel),
        where=low.where,
    )
    low.ops.append(Depthwise2D(*between, affine, window, filters.limits))


def _ordinary(low: Lowering, between: tuple[int, int], filters: Filters, window: Window) -> None:
    x, y = (low.tensors[index] for index in between)
    rows = filters.weights.reshape(len(filters.weights), -1)
    if len(rows) != y.shape[3]:
        raise low.fail(f"weights of shape {list(filters.weights.shape)} do not fit {y.shape[3]} channels")
    if x.kind == Kind.S16:
        append_16(low, between, filters, window)
        return
    affine = Affine.make(
        padded_rows(rows.astype(np.int8)),
        channel_axis=0,
        bias=filters.bias,
        factors=filters.factors,
        input_zero_point=x.zero_point,
        terms=rows.shape[1],
        where=low.where,
    )
    low.ops.append(Conv2D(*between, affine, window, filters.limits))


def _in_groups(low: Lowering, between: tuple[int, int], filters: Filters, window: Window) -> None:
    """Each group of channels by itself."""
    source, result = between
    x, y = low.tensors[source], low.tensors[result]
    inputs = filters.weights.shape[3]
    groups = x.shape[3] // inputs
    if x.kind == Kind.S16:
        append_16(low, between, filters, window, groups)
        return
    outputs = len(filters.weights) // groups
    (_, h, w, c), (_, height, width, _) = x.shape, y.shape
    parts = []
    for group in range(groups):
        loops = [(h * w, c), (inputs, 1)] if h * w <= 65535 else [(h, w * c), (w, c), (inputs, 1)]
        part = viewed(low, source, group * inputs, loops, (h, w, inputs))
        wanted = low.like(y, height, width, outputs)
        _ordinary(low, (part, wanted), filters.part(slice(group * outputs, (group + 1) * outputs)), window)
        parts.append(wanted)
    low.same(joined(low, parts, height * width, (height, width, y.shape[3])), result)


def append_16(
    low: Lowering, between: tuple[int, int], filters: Filters, window: Window, groups: int = 1
) -> None:
    """Appends a convolution of 16-bit activations."""
    weights = filters.weights.astype(np.int8)
    affine = Affine16.make(weights, filters.bias, filters.factors, filters.rounding, low.where)
    low.ops.append(Conv16(*between, affine, window, filters.limits, groups))


def each_batch(low: Lowering, source: int, result: int, batch: int, emit: Callable[[int, int], None]) -> None:
    """Calls `emit` with the program tensors of each image of a batch, in and out."""
    if batch == 1:
        emit(source, result)
        return
    x, y = low.tensors[source], low.tensors[result]
    (_, rows, w, c), (_, outs, width, channels) = x.shape, y.shape
    height, each = rows // batch, outs // batch
    parts = []
    for image in range(batch):
        shape = (height, w, c)
        loops = list(zip(shape, strides_of(shape), strict=True))
        part = viewed(low, source, image * prod(shape), loops, shape)
        parts.append(low.like(y, each, width, channels))
        emit(part, parts[-1])
    low.same(joined(low, parts, 1, (outs, width, channels)), result)
