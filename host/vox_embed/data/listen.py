"""Listening to the files of a database once: which recording each is, and what is wrong with its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import AudioInfo, probe, read_blocks, to_int16
from vox_embed.data.signal import CUT, Stretch
from vox_embed.data.wave import missing_bytes

_ZEROS = 1 << 16  # samples hashed at once

Span = tuple[float, float | None]
"""Start and end in seconds; None for the end of the file."""


@dataclass(frozen=True)
class Sound:
    """What was heard in a file.

    recording: equal for files that hold the same samples once they are mixed to 16 bits and one channel,
    whatever their names, formats and the zeros before and after; empty for silence. lead: zeros, in samples,
    before the first other one. faults: of each span that was asked for.
    """

    info: AudioInfo
    recording: str
    lead: int
    faults: Mapping[Span, tuple[str, ...]]


def listen(path: str, spans: Iterable[Span]) -> Sound:
    """Reads a file from its beginning to its end. Raises VoxError as `read_blocks` does."""
    info = probe(path)
    rate = info.sample_rate
    stretches = {span: Stretch() for span in spans}
    bounds = {
        span: (round(span[0] * rate), info.frames if span[1] is None else round(span[1] * rate))
        for span in stretches
    }
    identity = _Identity()
    at = 0
    for block in read_blocks(path):
        mix = block.mean(axis=1, dtype=np.float64)
        identity.add(to_int16(mix))
        for span, stretch in stretches.items():
            first, last = (min(max(bound - at, 0), len(mix)) for bound in bounds[span])
            stretch.add(block[first:last], mix[first:last])
        at += len(mix)
    cut = (CUT,) if at < info.frames or missing_bytes(path) else ()
    faults = {span: (*stretch.faults, *cut) for span, stretch in stretches.items()}
    return Sound(info, identity.digest(), identity.lead, faults)


class _Identity:
    """A hash of samples from the first to the last that is not zero."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self._zeros = 0  # seen, and not hashed unless something follows
        self.lead = 0
        self._heard = False

    def add(self, samples: NDArray[np.int16]) -> None:
        sounding = np.flatnonzero(samples)
        if not len(sounding):
            self._zeros += len(samples)
            return
        first, last = int(sounding[0]), int(sounding[-1]) + 1
        if self._heard:
            self._hash_zeros(self._zeros + first)
        else:
            self.lead = self._zeros + first
            self._heard = True
        self._hash.update(samples[first:last].tobytes())
        self._zeros = len(samples) - last

    def _hash_zeros(self, count: int) -> None:
        while count:
            part = min(count, _ZEROS)
            self._hash.update(bytes(2 * part))
            count -= part

    def digest(self) -> str:
        """The hash; empty where all samples are zero."""
        return self._hash.hexdigest() if self._heard else ""
