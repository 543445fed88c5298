"""Clips that are read from their files when they are wanted, or from a spool where that is quicker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.audio import opened, read_audio
from vox_embed.data.lazy import Lazy
from vox_embed.data.spool import Spool

if TYPE_CHECKING:
    from numpy.typing import NDArray

Row = tuple[str, float, float]
"""File, start and end in seconds; NaN: its end."""


class FiledClips(Lazy["NDArray[np.int16]"]):
    """int16 clips at one rate, in `spool`; where `from_files`, those that their files hold as they are (WAV,
    16 bits, mono, this rate) stay there alone."""

    def __init__(self, sample_rate: int, spool: Spool, from_files: bool = False) -> None:
        self._rate, self._spool, self._from_files = sample_rate, spool, from_files
        self._places: list[int | Row] = []

    def append(self, row: Row, clip: NDArray[np.int16]) -> None:
        """Add what was read of a row."""
        if self._from_files and self._as_it_is(row, len(clip)):
            self._places.append(row)
        else:
            self._places.append(len(self._spool))
            self._spool.append(clip)

    def _as_it_is(self, row: Row, count: int) -> bool:
        file, start, end = row
        with opened(file) as sound:
            plain = (sound.format, sound.subtype, sound.channels, sound.samplerate)
            last = sound.frames if not end < sound.frames / self._rate else round(end * self._rate)
            return plain == ("WAV", "PCM_16", 1, self._rate) and last - round(start * self._rate) == count

    def __len__(self) -> int:
        return len(self._places)

    def one(self, place: int) -> NDArray[np.int16]:
        """See Lazy."""
        found = self._places[place]
        if isinstance(found, int):
            return self._spool[found]
        file, start, end = found
        return read_audio(file, self._rate, start, end)
