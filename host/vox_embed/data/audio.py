"""Decoding: any format that libsndfile reads becomes int16 PCM, mono, at the model's rate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import check_regular, native_name
from vox_embed.gate.limits import AUDIO_CHANNELS, AUDIO_FRAMES, AUDIO_RATES, AUDIO_RATIO, AUDIO_UNPACKED

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from soundfile import SoundFile

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
    """Reads the header of an audio file. VoxError when it is missing, unreadable, empty, or no sound that
    is taken: see `opened`."""
    with opened(path) as sound:
        return AudioInfo(int(sound.samplerate), int(sound.frames), int(sound.channels))


@contextmanager
def opened(path: str | Path) -> Iterator[SoundFile]:
    """An audio file, open for reading; what goes wrong while it is read becomes a VoxError too.

    Refused before anything is decoded: what is no regular file (a pipe would be waited for), rates and
    numbers of channels that no recording has, and small files that unpack to very much sound.
    """
    import soundfile

    try:
        size = check_regular(path)
        with soundfile.SoundFile(native_name(path)) as sound:
            _check_header(path, sound, size)
            yield sound
    except (RuntimeError, OSError, TypeError, UnicodeEncodeError) as error:
        raise _unreadable(path, error) from None


def _check_header(path: str | Path, sound: SoundFile, size: int) -> None:
    if sound.frames <= 0 or sound.samplerate <= 0:
        raise VoxError(f"{path}: the audio file is empty", _CONVERT)
    lowest, highest = AUDIO_RATES
    if not lowest <= sound.samplerate <= highest:
        raise VoxError(f"{path}: a rate of {sound.samplerate:,} Hz, not {lowest:,} to {highest:,}", _CONVERT)
    if sound.channels > AUDIO_CHANNELS:
        raise VoxError(f"{path}: {sound.channels} channels; at most {AUDIO_CHANNELS} are read", _CONVERT)
    unpacked = 2 * sound.frames * sound.channels
    if unpacked > max(AUDIO_UNPACKED, AUDIO_RATIO * size):
        raise VoxError(
            f"{path}: {size:,} bytes that unpack to {unpacked:,}: no recording is packed that tightly",
            _CONVERT,
        )


def read_audio(
    path: str | Path, sample_rate: int, start: float = 0.0, end: float | None = None
) -> NDArray[np.int16]:
    """Audio from `start` to `end` (seconds; None or NaN: to the end) as int16 mono at `sample_rate`:
    shape [samples].

    16-bit mono at the right rate comes through bit for bit. Other channels are averaged, other rates
    converted by soxr (HQ), and the result is rounded to the nearest and saturated. Raises VoxError naming
    the file when it is missing, unreadable or empty, or has no sound between `start` and `end`, or more than
    is held at once.
    """
    with opened(path) as sound:
        rate, frames = sound.samplerate, sound.frames
        first = min(round(min(start, frames / rate + 1) * rate), frames + 1)
        last = frames if end is None or not end < frames / rate else round(end * rate)
        if not 0 <= first < last:
            raise VoxError(
                f"{path}: no sound from {start:g} s to {last / rate:g} s; the file has {frames / rate:.3f} s",
                "check the columns `start` and `end` (seconds)",
            )
        if max(last - first, (last - first) * sample_rate / rate) > AUDIO_FRAMES:
            raise VoxError(
                f"{path}: {(last - first) / rate:,.0f} s of sound in one piece; at most "
                f"{AUDIO_FRAMES / max(rate, sample_rate):,.0f} s of it are held at once",
                "cut it into rows with `start` and `end`",
            )
        if first:
            sound.seek(first)
        if sound.subtype == "PCM_16" and sound.channels == 1 and rate == sample_rate:
            samples = sound.read(last - first, dtype="int16", always_2d=True)
            if not len(samples):
                raise VoxError(f"{path}: the audio file is empty", _CONVERT)
            return np.ascontiguousarray(samples[:, 0])
        mono = _mixed(path, sound, last - first)
    return to_int16(resample(mono, rate, sample_rate))


def _mixed(path: str | Path, sound: SoundFile, frames: int) -> NDArray[np.float64]:
    """So many frames, fewer where the file ends before, as the mean of all channels."""
    blocks = []
    while frames > 0:
        block = sound.read(min(frames, _BLOCK), dtype="float64", always_2d=True)
        if not len(block):
            break
        if not np.isfinite(block).all():
            raise no_numbers(path)
        blocks.append(block.mean(axis=1))
        frames -= len(block)
    if not blocks:
        raise VoxError(f"{path}: the audio file is empty", _CONVERT)
    return np.concatenate(blocks)


def read_blocks(path: str | Path, frames: int = _BLOCK) -> Iterator[NDArray[np.float32]]:
    """A whole file as it is, block after block: float32 [at most `frames`, channels], full scale 1.0.

    Raises VoxError naming the file when it is missing, unreadable or empty, or holds samples that are not
    numbers.
    """
    with opened(path) as sound:
        while len(block := sound.read(frames, dtype="float32", always_2d=True)):
            if not np.isfinite(block).all():
                raise no_numbers(path)
            yield block
        if not sound.tell():
            raise VoxError(f"{path}: the audio file is empty", _CONVERT)


def resample(samples: NDArray[np.float64], rate: int, new_rate: int) -> NDArray[np.float64]:
    """Converts float samples [n] from `rate` to `new_rate` Hz by soxr at its high quality."""
    if rate == new_rate:
        return samples
    import soxr

    converted: NDArray[np.float64] = soxr.resample(samples, rate, new_rate, quality="HQ")
    return converted


def to_int16(samples: NDArray[np.floating]) -> NDArray[np.int16]:
    """Float samples, full scale 1.0, to int16: rounded to nearest, saturated."""
    rounded = np.empty(len(samples), np.int16)
    for at in range(0, len(samples), _BLOCK):
        piece = samples[at : at + _BLOCK]
        rounded[at : at + _BLOCK] = np.clip(np.rint(piece * 32768.0), -32768, 32767)
    return rounded


def content_hash(path: str | Path) -> str:
    """Hash of a file's bytes, 32 hex digits: the part of a cache key that says which sound it is."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        check_regular(path)
        with Path(path).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise _unreadable(path, error) from None
    return digest.hexdigest()


def no_numbers(path: str | Path) -> VoxError:
    """What is said of samples that are NaN or infinite."""
    return VoxError(f"{path}: holds samples that are not numbers", _CONVERT)


def _unreadable(path: str | Path, error: Exception) -> VoxError:
    if not Path(path).exists():
        return VoxError(f"{path}: no such audio file", _PATH)
    if Path(path).is_file() and Path(path).stat().st_size == 0:
        return VoxError(f"{path}: the audio file is empty", _CONVERT)
    reason = (
        str(getattr(error, "error_string", "") or getattr(error, "strerror", "") or error).strip().rstrip(".")
    )
    return VoxError(f"{path}: cannot be read as audio: {reason}", _CONVERT)
