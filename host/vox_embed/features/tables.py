"""Tables that every front-end section carries, as docs/numerics.md defines them."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.spec.model_format import LOG_TABLE_ENTRIES

Taper = Literal["hann", "hamming"]

ONE_Q15 = 32768
# a - b * cos(2 pi n / window)
TAPERS: dict[str, tuple[float, float]] = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}


def taper_weights(length: int, taper: Taper) -> list[float]:
    """The periodic window, peak 1."""
    mean, swing = TAPERS[taper]
    return [mean - swing * math.cos(2.0 * math.pi * n / length) for n in range(length)]


def taper_table(length: int, taper: Taper) -> tuple[int, ...]:
    """uint16 Q15 of the periodic window, 1 clipped to 32767."""
    return tuple(min(round(ONE_Q15 * value), ONE_Q15 - 1) for value in taper_weights(length, taper))


def twiddle_table(size: int) -> tuple[int, ...]:
    """int16 Q15 pairs cos, sin of 2 pi k / size for k = 0..3/8 size, +1 clipped to 32767."""

    def q15(values: Iterable[float]) -> list[int]:
        return [min(round(ONE_Q15 * value), ONE_Q15 - 1) for value in values]

    angles = [2.0 * math.pi * k / size for k in range(3 * size // 8 + 1)]
    cosines, sines = q15(map(math.cos, angles)), q15(map(math.sin, angles))
    return tuple(value for pair in zip(cosines, sines, strict=True) for value in pair)


def log_table() -> tuple[int, ...]:
    """uint16 Q16 of log2(1 + i / 32), i = 0..32, the last clipped to 65535."""
    steps = LOG_TABLE_ENTRIES - 1
    return tuple(min(round(65536 * math.log2(1.0 + i / steps)), 65535) for i in range(LOG_TABLE_ENTRIES))


def packed(tables: Iterable[tuple[str, Sequence[int]]], start: int) -> tuple[tuple[int, ...], bytes]:
    """Tables one after the other at multiples of 4, from `start` on; each a code of `struct` and values.

    Returns the offset of each, 0 for an empty one, and their bytes.
    """
    offsets, body = [], b""
    for code, values in tables:
        offsets.append(start + len(body) if values else 0)
        raw = struct.pack(f"<{len(values)}{code}", *values)
        body += raw + bytes(-len(raw) % 4)
    return tuple(offsets), body


def pcm(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """The samples, one after the other in memory. TypeError for anything but one-dimensional int16."""
    if samples.dtype != np.int16 or samples.ndim != 1:
        raise TypeError(
            f"samples must be one-dimensional int16, not {samples.ndim}-dimensional {samples.dtype}"
        )
    return np.ascontiguousarray(samples)
