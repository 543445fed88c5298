"""Recordings as feature frames: as they are, or again in rooms, through microphones, at other levels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import content_hash, read_audio
from vox_embed.data.rooms import Float, read_responses
from vox_embed.data.synth import acoustics
from vox_embed.experiment.kept import Kept
from vox_embed.features import LogMel
from vox_embed.models.augment import change_speed

Way = Literal["plain", "near", "room", "speed"]
"""plain: as it is. near: between quiet. room: rendered, between quiet. speed: rendered, at another speed."""

_VERSION = 1
"""Rises when the same piece would give other frames."""
_MOST_BYTES = 1 << 30
_REVERBERATION = (0.12, 0.2, 0.3, 0.45, 0.7)


@dataclass(frozen=True)
class Piece:
    """A part of a recording, and what becomes of it.

    start, duration: seconds in the file. word: begin and end of the phrase, in seconds from the piece's
    begin. seed: of what is drawn.
    """

    file: Path
    start: float
    duration: float
    way: Way
    seed: tuple[int, ...]
    word: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Work:
    """Some pieces. rooms: folder of responses. folder: of what is kept; None: nothing is."""

    pieces: tuple[Piece, ...]
    front: LogMel
    rooms: Path | None
    folder: Path | None

    @property
    def key(self) -> str:
        """Equal if and only if the frames are."""
        digest = hashlib.sha256(f"{_VERSION}:{self.front.identity}".encode())
        for file in sorted(self.rooms.rglob("*")) if self.rooms is not None else ():
            if file.is_file():
                digest.update(content_hash(file).encode())
        for p in self.pieces:
            values = (content_hash(p.file), p.start, p.duration, p.way, p.seed, p.word)
            digest.update(repr(values).encode())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Rendered:
    """Frames of pieces in a row, int16. counts: of each piece. words: [pieces, 2] begin and end in frames."""

    frames: NDArray[np.int16]
    counts: NDArray[np.int64]
    words: NDArray[np.float64]


def rendered(work: Work) -> Rendered:
    """The frames, from what is kept where it is; the same in any process."""
    kept = Kept(work.folder)
    key = work.key
    found = kept.get(key, _MOST_BYTES)
    if found is not None and {"frames", "counts", "words"} <= set(found):
        return Rendered(found["frames"], found["counts"], found["words"])
    parts = [_frames_of(piece, work) for piece in work.pieces]
    made = Rendered(
        np.concatenate([frames for frames, _ in parts]),
        np.array([len(frames) for frames, _ in parts], np.int64),
        np.array([word for _, word in parts], np.float64).reshape(-1, 2),
    )
    kept.put(key, {"frames": made.frames, "counts": made.counts, "words": made.words})
    return made


def sound_of(
    piece: Piece, rate: int, rooms: Path | None = None
) -> tuple[NDArray[np.int16], tuple[float, float]]:
    """int16 samples, and where the word lies in them, in samples."""
    sound = read_audio(piece.file, rate, piece.start, piece.start + piece.duration)
    rng = np.random.default_rng([0x3E5D, *piece.seed])
    word = piece.word[0] * rate, piece.word[1] * rate
    if piece.way == "plain":
        return sound, word
    if piece.way == "near":
        lead, tail = int(1.5 * rate), rate // 2
        quiet = np.rint(rng.standard_normal(lead + tail) * _quiet(sound, rate)).astype(np.int16)
        return np.concatenate([quiet[:lead], sound, quiet[lead:]]), (word[0] + lead, word[1] + lead)
    if piece.way == "speed":
        other = change_speed(sound.astype(np.float32), rng.uniform(0.85, 1.18))
        return _render(other, 0, 0, rate, rooms, rng), word
    lead, tail = int(rate * rng.uniform(0.7, 1.2)), int(rate * rng.uniform(0.4, 0.6))
    made = _render(sound.astype(np.float32), lead, tail, rate, rooms, rng)
    return made, (word[0] + lead, word[1] + lead)


def _frames_of(piece: Piece, work: Work) -> tuple[NDArray[np.int16], tuple[float, float]]:
    front = work.front
    sound, word = sound_of(piece, front.sample_rate, work.rooms)
    if len(sound) < front.window:
        sound = np.pad(sound, (0, front.window - len(sound)))
    return front.extract(sound), (word[0] / front.hop, word[1] / front.hop)


def _render(  # noqa: PLR0917
    sound: Float, lead: int, tail: int, rate: int, rooms: Path | None, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Room, microphone, overload, noise and level, drawn at random."""
    from scipy.fft import next_fast_len

    size = int(next_fast_len(len(sound) + lead + tail))
    size += size % 2
    signal = np.zeros(size, np.float32)
    signal[lead : lead + len(sound)] = sound / np.float32(32768)
    responses = []
    if rng.random() >= 0.3:
        responses = [_response(rate, rooms, rng)[:size]]
    if rng.random() < 0.9:
        signal = acoustics.filtered(signal, responses, acoustics.microphone(rng, size + 1, rate), size)
    elif responses:
        signal = acoustics.filtered(signal, responses, None, size)
    if rng.random() < 0.12:
        signal = np.tanh(signal / max(float(np.abs(signal).max()), 1e-9) * np.float32(rng.uniform(1.2, 4)))
    signal = signal / max(float(np.abs(signal).max()), 1e-9)
    noise = rng.standard_normal(size).astype(np.float32)
    signal += noise * np.float32(0.2 * 10 ** (-rng.uniform(25, 65) / 20))
    signal *= np.float32(10 ** (-min(30.0, float(rng.gamma(1.6, 4.5))) / 20))
    signal /= max(1.0, float(np.abs(signal).max()) * 1.001)
    return np.clip(np.rint(signal * 32767), -32768, 32767).astype(np.int16)


def _response(rate: int, rooms: Path | None, rng: np.random.Generator) -> Float:
    if rooms is not None and rng.random() < 0.5:
        measured = read_responses(rooms, rate)
        return measured[int(rng.integers(len(measured)))][1]
    return acoustics.room(rng, rate, float(rng.choice(_REVERBERATION)) * rng.uniform(0.8, 1.2))


def _quiet(sound: NDArray[np.int16], rate: int) -> float:
    size = rate // 50
    parts = sound[: len(sound) // size * size].reshape(-1, size).astype(np.float64)
    return max(1.0, float(np.quantile(np.sqrt((parts**2).mean(axis=1)), 0.1))) if len(parts) else 1.0
