"""A day of a detector, in short: its words said into talk that goes on and on."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import read_audio
from vox_embed.data.synth.espeak import Espeak
from vox_embed.data.synth.words import COMMON
from vox_embed.field.conditions import speech_level

Samples = NDArray[np.int16]
VOICES = ("", "m3", "f2", "klatt2", "f4", "m7")
_LEAST_APART, _MOST_APART = 2.5, 6.0
"""Seconds from the end of a word to the begin of the next one."""


@dataclass(frozen=True)
class Cast:
    """Recordings of words, and of other talk."""

    words: tuple[Samples, ...]
    talk: tuple[Samples, ...]


def synthetic(labels: Sequence[str], rate: int) -> Cast:
    """Voices of espeak-ng."""
    with Espeak() as speaker:
        accents = {one.code: one.identifier for one in speaker.accents()}

    words, talk = [], []
    with Espeak(bundled=[voice for voice in VOICES if voice]) as speaker:
        for number, voice in enumerate(VOICES):
            speaker.set_voice(accents["en-us"], voice)
            words += [_sound(speaker, label, rate) for label in labels]
            talk.append(_sound(speaker, " ".join(COMMON[number :: 3 * len(VOICES)][:12]), rate))
    return Cast(tuple(words), tuple(talk))


def _sound(speaker: Espeak, text: str, rate: int) -> Samples:
    import soxr

    said = np.asarray(soxr.resample(speaker.speak(text, speed=150), speaker.sample_rate, rate), np.float32)
    return np.rint(said / np.abs(said).max() * 12000).astype(np.int16)


def real(labels: Sequence[str], rate: int) -> Cast | None:
    """Recordings of VOX_DATA, those of the test parts; None where there are none of these words."""
    folder = Path(os.environ.get("VOX_DATA") or "none")
    words = _files(folder / "wakewords/wakewords.csv", lambda row: row["label"] in labels)
    talk = _files(folder / "negatives/negatives.csv", lambda row: True)
    if not words or not talk:
        return None
    return Cast(tuple(read_audio(f, rate) for f in words), tuple(read_audio(f, rate) for f in talk))


def _files(table: Path, wanted) -> list[Path]:  # type: ignore[no-untyped-def]
    if not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        return [
            table.parent / row["file"]
            for row in csv.DictReader(file)
            if row["part"] == "test" and wanted(row)
        ]


def scenario(cast: Cast, rate: int, seconds: int, seed: int) -> Iterator[tuple[Samples, int]]:
    """The sound, 10 s at a time, and how many words end in them. Talk follows talk; words are mixed into it,
    6 dB softer to 15 dB louder than it."""
    rng = np.random.default_rng([seed, len(cast.words), len(cast.talk)])
    total = seconds * rate
    sound = np.zeros(total, np.float32)
    at = 0
    while at < total:
        one = cast.talk[int(rng.integers(len(cast.talk)))][: total - at]
        sound[at : at + len(one)] = one
        at += len(one) + int(rng.uniform(0, 0.5) * rate)
    sound += rng.normal(0, 10, total).astype(np.float32)
    ends = []
    at = int(rng.uniform(_LEAST_APART, _MOST_APART) * rate)
    while True:
        word = cast.words[int(rng.integers(len(cast.words)))].astype(np.float32)
        if at + len(word) > total:
            break
        under = sound[at : at + len(word)]
        wanted = speech_level(under, rate) * 10 ** (rng.uniform(-6, 15) / 20)
        sound[at : at + len(word)] = under + word * np.float32(wanted / max(speech_level(word, rate), 1.0))
        ends.append(at + len(word))
        at += len(word) + int(rng.uniform(_LEAST_APART, _MOST_APART) * rate)
    samples = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
    for begin in range(0, total, 10 * rate):
        yield samples[begin : begin + 10 * rate], sum(begin < end <= begin + 10 * rate for end in ends)
