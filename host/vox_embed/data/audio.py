"""Decoding: any format that libsndfile reads becomes int16 PCM, mono, at the model's rate."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 1 << 18  # frames that are read at once
SKIPPING = (
    "mend or remove the file, or set `data.skip_bad_files: true` in the experiment (`train` and `data` take "
    "--skip-bad-files too)"
)
"""What helps where a file of a data set cannot be read."""
_PATH = "check the path"
_CONVERT = "take another file, or convert this one to WAV or FLAC"


@dataclass(frozen=True)
class AudioInfo:
    """What the header of a file says: rate in Hz, frames (samples of each channel), channels."""

    sample_rate: int
    frames: int
    channels: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.sample_rate


def probe(path: str | Path) -> AudioInfo:
    """Reads the header of an audio file. VoxError when it is missing, unreadable or empty."""
    import soundfile

    try:
        info = soundfile.info(str(path))
    except (RuntimeError, OSError) as error:
        raise _unreadable(path, error) from None
    if info.frames <= 0 or info.samplerate <= 0:
        raise VoxError(f"{path}: the audio file is empty", _CONVERT)
    return AudioInfo(int(info.samplerate), int(info.frames), int(info.channels))


def read_audio(
    path: str | Path, sample_rate: int, start: float = 0.0, end: float | None = None
) -> NDArray[np.int16]:
    """Audio from `start` to `end` (seconds; None or NaN: to the end) as int16 mono at `sample_rate`:
    shape [samples].

    16-bit mono at the right rate comes through bit for bit. Other channels are averaged, other rates
    converted by soxr (HQ), and the result is rounded to the nearest and saturated. Raises VoxError naming
    the file when it is missing, unreadable or empty, or has no sound between `start` and `end`.
    """
    import soundfile

    try:
        with soundfile.SoundFile(str(path)) as sound:
            rate = sound.samplerate
            first = round(start * rate)
            last = sound.frames if end is None or math.isnan(end) else min(round(end * rate), sound.frames)
            if sound.frames <= 0:
                raise VoxError(f"{path}: the audio file is empty", _CONVERT)
            if not 0 <= first < last:
                raise VoxError(
                    f"{path}: no sound from {start:g} s to {last / rate:g} s; the file has "
                    f"{sound.frames / rate:.3f} s",
                    "check the columns `start` and `end` (seconds)",
                )
            if first:
                sound.seek(first)
            exact = sound.subtype == "PCM_16" and sound.channels == 1 and rate == sample_rate
            samples = sound.read(last - first, dtype="int16" if exact else "float64", always_2d=True)
    except (RuntimeError, OSError) as error:
        raise _unreadable(path, error) from None
    if not len(samples):
        raise VoxError(f"{path}: the audio file is empty", _CONVERT)
    if exact:
        return np.ascontiguousarray(samples[:, 0])
    if not np.isfinite(samples).all():
        raise _no_numbers(path)
    return to_int16(resample(samples.mean(axis=1), rate, sample_rate))


def read_blocks(path: str | Path, frames: int = _BLOCK) -> Iterator[NDArray[np.float32]]:
    """A whole file as it is, block after block: float32 [at most `frames`, channels], full scale 1.0.

    Raises VoxError naming the file when it is missing, unreadable or empty, or holds samples that are not
    numbers.
    """
    import soundfile

    try:
        with soundfile.SoundFile(str(path)) as sound:
            if sound.frames <= 0:
                raise VoxError(f"{path}: the audio file is empty", _CONVERT)
            while len(block := sound.read(frames, dtype="float32", always_2d=True)):
                if not np.isfinite(block).all():
                    raise _no_numbers(path)
                yield block
            if not sound.tell():
                raise VoxError(f"{path}: the audio file is empty", _CONVERT)
    except (RuntimeError, OSError) as error:
        raise _unreadable(path, error) from None


def resample(samples: NDArray[np.float64], rate: int, new_rate: int) -> NDArray[np.float64]:
    """Converts float samples [n] from `rate` to `new_rate` Hz by soxr at its high quality."""
    if rate == new_rate:
        return samples
    import soxr

    converted: NDArray[np.float64] = soxr.resample(samples, rate, new_rate, quality="HQ")
    return converted


def to_int16(samples: NDArray[np.floating]) -> NDArray[np.int16]:
    """Float samples, full scale 1.0, to int16: rounded to nearest, saturated."""
    rounded: NDArray[np.int16] = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype(np.int16)
    return rounded


def content_hash(path: str | Path) -> str:
    """Hash of a file's bytes, 32 hex digits: the part of a cache key that says which sound it is."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        with Path(path).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise _unreadable(path, error) from None
    return digest.hexdigest()


def _no_numbers(path: str | Path) -> VoxError:
    return VoxError(f"{path}: holds samples that are not numbers", _CONVERT)


def _unreadable(path: str | Path, error: Exception) -> VoxError:
    if not Path(path).exists():
        return VoxError(f"{path}: no such audio file", _PATH)
    if Path(path).is_file() and Path(path).stat().st_size == 0:
        return VoxError(f"{path}: the audio file is empty", _CONVERT)
    reason = str(getattr(error, "error_string", "") or error).strip().rstrip(".")
    return VoxError(f"{path}: cannot be read as audio: {reason}", _CONVERT)
