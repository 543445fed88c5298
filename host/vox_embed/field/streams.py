"""What a listener hears from reset on: recordings one after another, as blocks of int16."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import content_hash, opened, read_audio, to_int16
from vox_embed.field.conditions import PLAIN, Condition, Surroundings, apply, quiet_level, word_end
from vox_embed.field.sources import Occurrence, Recording

_BLOCK_SECONDS = 20.0
LONGEST_CLIP = 600.0
"""Seconds: recordings up to this length can be played under conditions; longer ones are read in blocks."""

Block = NDArray[np.int16]


@dataclass(frozen=True)
class Stream:
    """Recordings that follow each other, between silences.

    lead, tail: seconds of quiet before and after, at the level of the recording's own background noise.
    """

    recordings: tuple[Recording, ...]
    condition: Condition = PLAIN
    lead: float = 0.0
    tail: float = 0.0

    @property
    def duration(self) -> float:
        """Seconds, without lead and tail."""
        return sum(one.duration for one in self.recordings)

    @property
    def is_clip(self) -> bool:
        """One word, somewhere."""
        return any(one.occurrences and not one.tracked for one in self.recordings)

    def begins(self) -> list[float]:
        """Seconds from reset at which each recording begins."""
        at, found = self.lead, []
        for one in self.recordings:
            found.append(at)
            at += one.duration
        return found

    def occurrences(self) -> list[Occurrence]:
        """All words, in seconds from reset."""
        return [
            Occurrence(word.label, at + word.start, at + word.end)
            for at, one in zip(self.begins(), self.recordings, strict=True)
            for word in one.occurrences
        ]

    def where(self, seconds: float) -> tuple[Recording, float]:
        """Which recording plays at a time from reset, and the second of its file."""
        begins = self.begins()
        index = max(0, int(np.searchsorted(begins, seconds, side="right")) - 1)
        one = self.recordings[index]
        return one, one.start + min(max(0.0, seconds - begins[index]), one.duration)

    def identity(self, surroundings: Surroundings) -> str:
        """Equal if and only if the sound is."""
        parts = [f"{content_hash(r.file)}:{r.start!r}:{r.duration!r}" for r in self.recordings]
        around = ""
        if self.condition.kind != "plain":
            around = repr((surroundings.noise, surroundings.rooms, surroundings.responses))
        return repr((parts, self.condition, self.lead, self.tail, around))


def strung(recordings: Iterable[Recording], minutes: float = 5.0) -> tuple[Stream, ...]:
    """Recordings without gaps, as streams of at least so many minutes: short ones follow each other, as the
    talk
    of a day does, so that windows lie across their borders too and none of their time goes unheard."""
    made: list[Stream] = []
    waiting: list[Recording] = []
    for one in recordings:
        waiting.append(one)
        if sum(r.duration for r in waiting) >= 60 * minutes:
            made.append(Stream(tuple(waiting)))
            waiting = []
    if waiting:
        made.append(Stream(tuple(waiting)))
    return tuple(made)


def apart(recordings: Iterable[Recording], condition: Condition, window: float) -> tuple[Stream, ...]:
    """Each recording by itself, from reset. window: seconds of the model's analysis window, which the lead
    fills."""
    return tuple(Stream((one,), condition, lead=max(1.0, window), tail=1.0) for one in recordings)


def blocks(stream: Stream, surroundings: Surroundings, rate: int) -> Iterator[Block]:
    """The sound, int16 mono at `rate`. Memory does not grow with the length of a plain stream."""
    if stream.condition.kind == "plain" and not stream.lead and not stream.tail:
        for one in stream.recordings:
            yield from _read(one, rate)
        return
    sound = np.concatenate([block for one in stream.recordings for block in _read(one, rate)])
    rng = np.random.default_rng([zlib.crc32(sound.tobytes()), zlib.crc32(repr(stream.condition).encode())])
    level = quiet_level(sound, rate)
    quiet = [
        np.rint(rng.standard_normal(round(seconds * rate)) * level) for seconds in (stream.lead, stream.tail)
    ]
    whole = np.concatenate([quiet[0], sound, quiet[1]])
    yield apply(np.clip(whole, -32768, 32767).astype(np.int16), stream.condition, surroundings, rate, rng)


def speech_ends(stream: Stream, rate: int) -> float | None:
    """Of a clip: seconds from reset until the word ends, by its energy; None where tracks say it."""
    if not stream.is_clip:
        return None
    one = stream.recordings[0]
    return stream.lead + word_end(read_audio(one.file, rate, one.start, one.start + one.duration), rate)


def _read(one: Recording, rate: int) -> Iterator[Block]:
    """A recording in blocks: exactly round(duration * rate) samples."""
    left = round(one.duration * rate)
    for block in _decoded(one, rate):
        yield block[:left]
        left -= min(left, len(block))
    if left > 0:
        yield np.zeros(left, np.int16)


def _decoded(one: Recording, rate: int) -> Iterator[Block]:
    if one.duration <= _BLOCK_SECONDS:
        yield read_audio(one.file, rate, one.start, one.start + one.duration)
        return
    import soxr

    with opened(one.file) as sound:
        own = sound.samplerate
        exact = sound.subtype == "PCM_16" and sound.channels == 1 and own == rate
        sound.seek(round(one.start * own))
        left = round(one.duration * own)
        change = None if own == rate else soxr.ResampleStream(own, rate, 1, dtype="float64", quality="HQ")
        while left > 0:
            count = min(left, round(_BLOCK_SECONDS * own))
            samples = sound.read(count, dtype="int16" if exact else "float64", always_2d=True)
            left = left - len(samples) if len(samples) == count else 0
            if exact:
                yield np.ascontiguousarray(samples[:, 0])
                continue
            mono = samples.mean(axis=1)
            yield to_int16(mono if change is None else change.resample_chunk(mono, last=left == 0))
