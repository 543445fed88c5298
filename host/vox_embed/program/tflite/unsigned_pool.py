"""AVERAGE_POOL_2D of uint8 networks: halves go up, where those of int8 values go away from zero.

A window of an odd number of values has no halves. Of others the mean is a convolution over each stretch of
the output whose windows have as many rows and columns inside the input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from vox_embed.program.fixed import quantise_multiplier, rescale
from vox_embed.program.ops import AveragePool, Limits, Window
from vox_embed.program.tflite.filters import Filters, convolve
from vox_embed.program.tflite.loops import joined, viewed
from vox_embed.program.tflite.lowering import Lowering

_LOWEST = -128


@dataclass(frozen=True)
class _Stretch:
    """Outputs side by side along an axis."""

    count: int
    first: int
    """Place of the input that the first begins with."""
    inside: int
    """Places of the input in each window."""

    def size(self, stride: int) -> int:
        """Places of the input from the first to the last."""
        return (self.count - 1) * stride + self.inside


def unsigned_mean(low: Lowering, between: tuple[int, int], window: Window, limits: Limits) -> None:
    """Appends it."""
    source, result = between
    x, y = low.tensors[source], low.tensors[result]
    rows, columns = (
        list(_stretches(x.shape[1 + i], y.shape[1 + i], window.kernel[i], window.stride[i], window.pad[i]))
        for i in (0, 1)
    )
    if all(row.inside * column.inside % 2 for row in rows for column in columns):
        low.ops.append(AveragePool(source, result, window, limits))
        return
    bands = []
    for row in rows:
        parts = [_part(low, between, (row, column), window, limits) for column in columns]
        bands.append(joined(low, parts, row.count, (row.count, y.shape[2], y.shape[3])))
    low.same(joined(low, bands, 1, y.shape[1:]), result)


def _stretches(size: int, outputs: int, kernel: int, stride: int, pad: int) -> Iterator[_Stretch]:
    whole = [at for at in range(outputs) if 0 <= at * stride - pad <= size - kernel]
    for at in range(outputs):
        first = max(at * stride - pad, 0)
        if at in whole:
            if at == whole[0]:
                yield _Stretch(len(whole), first, kernel)
        else:
            yield _Stretch(1, first, min(at * stride - pad + kernel, size) - first)


def _part(
    low: Lowering,
    between: tuple[int, int],
    stretches: tuple[_Stretch, _Stretch],
    window: Window,
    limits: Limits,
) -> int:
    """A program tensor of some of the outputs."""
    x, y = (low.tensors[index] for index in between)
    (row, column), (_, _, width, channels) = stretches, x.shape
    size = (row.size(window.stride[0]), column.size(window.stride[1]))
    loops = [(size[0], width * channels), (size[1], channels), (channels, 1)]
    place = viewed(low, between[0], (row.first * width + column.first) * channels, loops, (*size, channels))
    count = row.inside * column.inside
    weight = _weight(low, count)
    shape = (1, row.inside, column.inside, channels)
    # The sum of the unsigned values is never negative: what goes away from zero goes up.
    bias = np.full(channels, count * weight * (x.zero_point - _LOWEST))
    filters = Filters(np.full(shape, weight, np.int8), bias, [1 / (count * weight)] * channels, limits)
    sums = low.make(
        replace(y, shape=(1, row.count, column.count, channels), zero_point=_LOWEST, state=False, initial=0)
    )
    convolve(low, (place, sums), filters, Window(shape[1:3], window.stride), depthwise=True)
    means = low.make(replace(low.tensors[sums], zero_point=y.zero_point))
    low.same(sums, means)
    return means


def _weight(low: Lowering, count: int) -> int:
    """What to multiply values with, so that the mean of `count` of them is rounded as it should be."""
    halves = [mean * count - count // 2 for mean in range(1, 256)]
    sums = [0, *halves, *(half - 1 for half in halves), 255 * count]
    for weight in sorted(range(1, 128), key=lambda n: (n != 64, -n)):
        factor = quantise_multiplier(1 / (count * weight))
        if all(rescale(n * weight, *factor) == (n + count // 2) // count for n in sums):
            return weight
    raise low.fail(f"windows of {count} unsigned values are not supported")
