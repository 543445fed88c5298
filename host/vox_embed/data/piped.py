"""Sound that another program writes into a pipe while it plays: WAV, or bare samples."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import to_int16
from vox_embed.data.microphone import BLOCK_MS
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.limits import AUDIO_CHANNELS, AUDIO_RATES

_NAME = "standard input"
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_TYPES = {(_PCM, 16): "<i2", (_PCM, 32): "<i4", (_FLOAT, 32): "<f4"}
_FULL = {"<i2": 32768.0, "<i4": 2147483648.0, "<f4": 1.0}
_MOST_BEFORE = 1 << 20
"""Bytes of other chunks before the samples of a WAV."""


@dataclass(frozen=True)
class _Format:
    rate: int
    channels: int
    type: str


def of_pipe(pipe: BinaryIO, rate: int) -> Iterator[NDArray[np.int16]]:
    """int16 mono at `rate`, in blocks of a few milliseconds, until the pipe ends.

    A stream that begins with RIFF is a WAV, whatever length its header claims: channels are averaged, other
    rates converted. Anything else are samples: 16 bits, little endian, mono, at `rate`. VoxError for a WAV
    that is none.
    """
    head = _exactly(pipe, 12)
    if not head:
        raise VoxError(f"{_NAME}: there is no sound", "arecord -q -t raw -f S16_LE -r 16000 | vox-embed ...")
    bare = head[:4] != b"RIFF" or head[8:12] != b"WAVE"
    form = _Format(rate, 1, "<i2") if bare else _format(pipe)
    blocks = _blocks(pipe, form, head if bare else b"")
    if form == _Format(rate, 1, "<i2"):
        yield from (block[:, 0] for block in blocks)
        return
    yield from _converted(blocks, form, rate)


def _converted(blocks: Iterator[NDArray[Any]], form: _Format, rate: int) -> Iterator[NDArray[np.int16]]:
    import soxr

    stream = None if form.rate == rate else soxr.ResampleStream(form.rate, rate, 1, "float64", quality="HQ")
    for block in blocks:
        mono = block.astype(np.float64).mean(axis=1) / _FULL[form.type]
        if not np.isfinite(mono).all():
            raise VoxError(f"{_NAME}: holds samples that are not numbers")
        yield to_int16(mono if stream is None else stream.resample_chunk(mono))
    if stream is not None:
        yield to_int16(stream.resample_chunk(np.zeros(0), last=True))


def _blocks(pipe: BinaryIO, form: _Format, begun: bytes) -> Iterator[NDArray[Any]]:
    """[frames, channels]; the last bytes that are no whole frame are left out."""
    kind = np.dtype(form.type)
    frame = kind.itemsize * form.channels
    size = frame * (form.rate * BLOCK_MS // 1000)
    while data := begun + _exactly(pipe, size - len(begun)):
        whole = len(data) // frame
        if not whole:
            return
        yield np.frombuffer(data, kind, whole * form.channels).reshape(whole, form.channels)
        begun = b""


def _format(pipe: BinaryIO) -> _Format:
    """What the header says, up to the samples."""
    found, before = None, 0
    while len(head := _exactly(pipe, 8)) == 8:
        name, size = head[:4], int(struct.unpack("<I", head[4:])[0])
        if name == b"data":
            if found is None:
                break
            return found
        before += size
        if before > _MOST_BEFORE:
            break
        body = _exactly(pipe, size + size % 2)
        if name == b"fmt " and len(body) >= 16:
            found = _of_chunk(body)
    raise VoxError(f"{_NAME}: the header of the WAV is damaged", "ffmpeg -i sound -f wav - | vox-embed ...")


def _of_chunk(body: bytes) -> _Format:
    code, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
    if code == _EXTENSIBLE and len(body) >= 26:
        code = struct.unpack("<H", body[24:26])[0]
    kind = _TYPES.get((code, bits))
    if kind is None:
        raise VoxError(
            f"{_NAME}: WAV of kind {code} with {bits} bits", "16 or 32 bits, or floats: ffmpeg -c:a pcm_s16le"
        )
    lowest, highest = AUDIO_RATES
    if not (lowest <= rate <= highest and 1 <= channels <= AUDIO_CHANNELS):
        raise VoxError(f"{_NAME}: {channels} channels at {rate:,} Hz: no recording has that")
    return _Format(rate, channels, kind)


def _exactly(pipe: BinaryIO, count: int) -> bytes:
    """So many bytes, or what is left of them."""
    found = b""
    while len(found) < count and (more := pipe.read(count - len(found))):
        found += more
    return found
