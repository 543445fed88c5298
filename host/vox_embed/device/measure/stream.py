"""The stream that the bench program makes for a network (program/bench.c), for the host to run, too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Model, crc32

_A, _C, _SEED = 1664525, 1013904223, 1
_SILENCE = 1024  # runs; every fourth so many are silence
DIGESTS = 16


def made_stream(runs: int, values: int) -> NDArray[np.int8]:
    """int8[runs, values]."""
    count = runs * values
    powers = np.full(count + 1, _A, np.uint32)
    powers[0] = 1
    np.multiply.accumulate(powers, out=powers)
    sums = np.cumsum(powers[:-1], dtype=np.uint32)
    states = powers[1:] * np.uint32(_SEED) + sums * np.uint32(_C)
    stream = (states >> 24).astype(np.uint8).view(np.int8).reshape(runs, values)
    stream[(np.arange(runs) // _SILENCE) % 4 == 3] = -128
    return stream


def digests(model: Model, runs: int) -> list[int]:
    """What `bench.stream_case` prints: a CRC-32 of all outputs, 16 times. runs: a multiple of 16."""
    each, values = runs // DIGESTS, int(np.prod(model.input_shape))
    stream = made_stream(runs, values)
    outputs = model.run(stream)
    found, crc = [], 0
    for part in range(DIGESTS):
        crc = crc32(np.ascontiguousarray(outputs[part * each : (part + 1) * each]).tobytes(), crc)
        found.append(crc)
    return found


def printed_digests(values: dict[str, list[int]]) -> list[int]:
    """The same, as a case printed them."""
    return [high << 16 | low for high, low in zip(values["digest_high"], values["digest_low"], strict=True)]
