"""What the older uint8 networks have that int8 ones have not: weights with a zero point of their own.

Less their zero point such weights have nine bits. Where they do not fit eight, they are taken as a sum of
several that do, and the input is repeated: the same accumulators, bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.ops import Window
from vox_embed.program.tflite.loops import viewed
from vox_embed.program.tflite.lowering import Lowering

Weights = NDArray[Any]
"""int8, or int16 of nine bits."""


def in_bytes(weights: Weights) -> list[NDArray[np.int8]]:
    """int8 weights that add up to these."""
    parts: list[NDArray[np.int8]] = []
    left: NDArray[Any] = weights.astype(np.int16)
    while not parts or left.any():
        part = np.clip(left, -128, 127)
        parts.append(part.astype(np.int8))
        left = left - part
    return parts


def repeated_vectors(
    low: Lowering, source: int, terms: int, weights: Weights
) -> tuple[int, NDArray[np.int8]]:
    """For rows of weights: a program tensor each of whose vectors of `terms` comes as often as a weight needs
    parts, and the rows.
    """
    parts = in_bytes(weights)
    if len(parts) == 1:
        return source, parts[0]
    rows = low.tensors[source].elements // terms
    loops = [(rows, terms), (len(parts), 0), (terms, 1)]
    return viewed(low, source, 0, loops, (1, rows, len(parts) * terms)), np.concatenate(parts, axis=1)


def repeated_rows(
    low: Lowering, source: int, weights: Weights, window: Window
) -> tuple[int, NDArray[np.int8], Window]:
    """For filters [.., rows, columns, ..]: a program tensor each of whose rows comes as often as a weight
    needs parts, the filters, and the window over it.
    """
    parts = in_bytes(weights)
    if len(parts) == 1:
        return source, parts[0], window
    times = len(parts)
    _, height, width, channels = low.tensors[source].shape
    loops = [(height, width * channels), (times, 0), (width * channels, 1)]
    source = viewed(low, source, 0, loops, (height * times, width, channels))
    rows = [_apart(part, window.dilation[0]) for part in parts]
    filters = np.stack(rows, axis=2).reshape(len(weights), -1, *weights.shape[2:])
    turned = Window(
        (filters.shape[1], window.kernel[1]),
        (times * window.stride[0], window.stride[1]),
        (times * window.pad[0], window.pad[1]),
        (1, window.dilation[1]),
    )
    return source, np.ascontiguousarray(filters), turned


def _apart(filters: NDArray[np.int8], dilation: int) -> NDArray[np.int8]:
    """With rows of zeros in between."""
    count, rows, *others = filters.shape
    wide = np.zeros((count, (rows - 1) * dilation + 1, *others), np.int8)
    wide[:, ::dilation] = filters
    return wide
