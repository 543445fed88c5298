"""Sound from a pipe: the samples of the file, whatever its header claims and however the bytes come."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from vox_embed.data.audio import read_audio
from vox_embed.data.piped import of_pipe
from vox_embed.experiment.errors import VoxError

RATE = 16000


class Slow(io.RawIOBase):
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def read(self, count: int = -1) -> bytes:
        begin, self._at = self._at, self._at + min(7, count)
        return self._data[begin : self._at]


def sound(channels: int = 1, rate: int = RATE) -> np.ndarray:
    t = np.arange(rate // 2)[:, None] / rate
    return (0.4 * np.sin(2 * np.pi * 440 * t) * np.linspace(1, 0.5, channels)).astype(np.float64)


def wav(samples: np.ndarray, rate: int = RATE, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype=subtype)
    return file.getvalue()


def heard(data: bytes) -> np.ndarray:
    return np.concatenate(list(of_pipe(Slow(data), RATE)))  # type: ignore[arg-type]


def test_samples_come_through_bit_for_bit() -> None:
    data = wav(sound())
    samples = np.frombuffer(data[44:], "<i2")
    np.testing.assert_array_equal(heard(data), samples)
    np.testing.assert_array_equal(heard(samples.tobytes()), samples)
    np.testing.assert_array_equal(heard(samples.tobytes() + b"\x01"), samples)
    streamed = data[:4] + b"\xff" * 4 + data[8:40] + b"\xff" * 4 + data[44:]
    np.testing.assert_array_equal(heard(streamed), samples)
    extra = data[:36] + b"LIST" + (5).to_bytes(4, "little") + b"hello\0" + data[36:]
    np.testing.assert_array_equal(heard(extra), samples)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_32", "FLOAT"])
@pytest.mark.parametrize(("channels", "rate"), [(2, RATE), (1, 44100), (3, 8000)])
def test_other_formats_become_what_files_become(subtype: str, channels: int, rate: int, tmp_path) -> None:  # type: ignore[no-untyped-def]
    data = wav(sound(channels, rate), rate, subtype)
    (tmp_path / "x.wav").write_bytes(data)
    expected = read_audio(tmp_path / "x.wav", RATE)
    found = heard(data)
    assert abs(len(found) - len(expected)) <= 1
    count = min(len(found), len(expected))
    assert np.abs(found[:count].astype(int) - expected[:count]).max() <= 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "there is no sound"),
        (wav(sound())[:30], "header of the WAV is damaged"),
        (wav(sound(), subtype="PCM_24"), "WAV of kind 1 with 24 bits"),
        (wav(sound())[:24] + b"\0\0\0\0" + wav(sound())[28:], "at 0 Hz"),
        (wav(np.full((100, 1), np.nan), subtype="FLOAT"), "not numbers"),
    ],
)
def test_what_is_no_sound_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(VoxError, match=said):
        heard(data)
