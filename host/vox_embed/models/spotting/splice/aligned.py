"""Where each sound lies in recorded English: by PocketSphinx, which hears the words and lays their sounds
along the recording.

What it hears may be other words than were said; the sounds of those are near enough to those that were. Not
for transcripts.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import content_hash, read_audio
from vox_embed.experiment.kept import Kept

RATE = 16000
"""Of the recognizer's models, Hz."""
HOP = 160
"""Samples of a frame, in which times are counted."""
_VERSION = 1
"""Rises when the same recording would give other sounds."""
_PEAK = 0.7
_MOST_BYTES = 1 << 24
SILENCE = "SIL"
"""No sound."""


@dataclass(frozen=True)
class Speech:
    """A stretch of a recording, in seconds. folder: where what was heard in it is kept; None: nowhere."""

    file: Path
    start: float
    duration: float
    folder: Path | None = None


@dataclass(frozen=True, eq=False)
class Sounds:
    """Sounds in a row. names: ARPAbet without stress, SIL for none. begins, ends: frames of 10 ms. scores:
    log likelihood per frame."""

    names: NDArray[np.str_]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.names)


def aligned(speech: Speech) -> Sounds:
    """The sounds of a stretch, from what is kept where it is; none where nothing is understood."""
    kept = Kept(speech.folder)
    content = f"{_VERSION}:{content_hash(speech.file)}:{speech.start!r}:{speech.duration!r}"
    key = hashlib.sha256(content.encode()).hexdigest()
    found = kept.get(key, _MOST_BYTES)
    if found is None or not {"names", "begins", "ends", "scores"} <= set(found):
        sound = read_audio(speech.file, RATE, speech.start, speech.start + speech.duration)
        found = _heard(sound)
        kept.put(key, found)
    return Sounds(
        np.array([bytes(one).decode("ascii").strip() for one in found["names"]], np.str_),
        found["begins"].astype(np.int64),
        found["ends"].astype(np.int64),
        found["scores"].astype(np.float64),
    )


@cache
def _decoder() -> Any:
    from pocketsphinx import Decoder

    return Decoder(samprate=float(RATE), loglevel="FATAL")


def _heard(sound: NDArray[np.int16]) -> dict[str, NDArray[Any]]:
    """names: uint8 [n, 4], letters filled up with spaces."""
    peak = max(1, int(np.abs(sound.astype(np.int32)).max(initial=0)))
    data = np.rint(sound * (_PEAK * 32767 / peak)).astype("<i2").tobytes()
    decoder = _decoder()
    found: list[tuple[str, int, int, float]] = []
    try:
        decoder.activate_search()
        _play(decoder, data)
        if decoder.hyp() is not None and decoder.hyp().hypstr:
            decoder.set_alignment()
            _play(decoder, data)
            found = [
                (_bare(phone.name), phone.start, phone.duration, phone.score / max(1, phone.duration))
                for word in decoder.get_alignment()
                for phone in word
            ]
    except RuntimeError:  # nothing like speech in it
        found = []
    return {
        "names": np.array([list(f"{name:4}".encode("ascii")) for name, *_ in found], np.uint8).reshape(-1, 4),
        "begins": np.array([begin for _, begin, *_ in found], np.int64),
        "ends": np.array([begin + length for _, begin, length, _ in found], np.int64),
        "scores": np.array([score for *_, score in found], np.float64),
    }


def _play(decoder: Any, data: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(data, full_utt=True)
    decoder.end_utt()


def _bare(name: str) -> str:
    """A sound's name; SIL for noises (`+SPN+`)."""
    return name if re.fullmatch("[A-Z]{1,3}", name) else SILENCE
