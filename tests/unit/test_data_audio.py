"""Decoding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.sounds import tone
from vox_embed.data import content_hash, probe, read_audio
from vox_embed.data.audio import to_int16
from vox_embed.experiment import VoxError


def test_16_bit_mono_comes_through_bit_for_bit(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).integers(-32768, 32768, 5000).astype(np.int16)
    for suffix in ("wav", "flac"):
        soundfile.write(tmp_path / f"a.{suffix}", sound, 16000)
        np.testing.assert_array_equal(read_audio(tmp_path / f"a.{suffix}", 16000), sound)


def test_start_and_end(tmp_path: Path) -> None:
    sound = np.arange(8000, dtype=np.int16)
    soundfile.write(tmp_path / "a.wav", sound, 8000)
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav", 8000, 0.25, 0.5), sound[2000:4000])
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav", 8000, 0.25), sound[2000:])
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav", 8000, 0.25, float("nan")), sound[2000:])
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav", 8000, 0.5, 99.0), sound[4000:])
    with pytest.raises(VoxError, match=r"a\.wav: no sound from 1 s"):
        read_audio(tmp_path / "a.wav", 8000, 1.0)


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = tone(300), tone(500)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], axis=1), 16000)
    expected = np.rint((left.astype(float) + right) / 2)
    assert np.abs(read_audio(tmp_path / "a.wav", 16000) - expected).max() <= 0


@pytest.mark.parametrize(
    ("suffix", "subtype"), [("wav", "PCM_24"), ("wav", "FLOAT"), ("ogg", "VORBIS"), ("aiff", "PCM_16")]
)
def test_other_formats_and_rates(tmp_path: Path, suffix: str, subtype: str) -> None:
    sound = tone(440, 0.5, 44100)
    soundfile.write(tmp_path / f"a.{suffix}", sound.astype(np.float64) / 32768, 44100, subtype=subtype)
    read = read_audio(tmp_path / f"a.{suffix}", 16000)
    assert abs(len(read) - 8000) <= 1
    spectrum = np.abs(np.fft.rfft(read[:8000].astype(float)))
    assert abs(int(spectrum.argmax()) * 2 - 440) <= 2
    assert abs(float(np.std(read)) / float(np.std(sound)) - 1) < 0.05


def test_floats_are_rounded_and_saturated(tmp_path: Path) -> None:
    np.testing.assert_array_equal(
        to_int16(np.array([0.0, 0.5 / 32768, 1.6 / 32768, 1.0, 2.0, -1.0, -3.0])),
        [0, 0, 2, 32767, 32767, -32768, -32768],
    )
    soundfile.write(tmp_path / "a.wav", np.array([1.5, -1.5, 0.25]), 16000, subtype="FLOAT")
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav", 16000), [32767, -32768, 8192])


def test_bad_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "nothing.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("not sound at all, but long enough to be a header of some kind")
    soundfile.write(tmp_path / "short.wav", np.zeros(0, np.int16), 16000)
    soundfile.write(tmp_path / "nan.wav", np.array([0.0, np.nan]), 16000, subtype="FLOAT")
    for name, words in (
        ("nothing.wav", "is empty"),
        ("short.wav", "is empty"),
        ("text.wav", "cannot be read as audio"),
        ("nan.wav", "not numbers"),
        ("absent.wav", "no such audio file"),
    ):
        with pytest.raises(VoxError) as caught:
            read_audio(tmp_path / name, 16000)
        assert name in caught.value.message and words in caught.value.message
        hint = "check the path" if name == "absent.wav" else "convert this one"
        assert hint in str(caught.value.hint)  # and nothing about data sets: the file may be any
    for name in ("nothing.wav", "short.wav", "text.wav", "absent.wav"):
        with pytest.raises(VoxError, match=name):
            probe(tmp_path / name)


def test_truncated_flac_is_named(tmp_path: Path) -> None:
    soundfile.write(
        tmp_path / "a.flac", np.random.default_rng(0).integers(-9000, 9000, 30000).astype(np.int16), 16000
    )
    data = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(data[: len(data) // 2])
    with pytest.raises(VoxError, match=r"a\.flac"):
        read_audio(tmp_path / "a.flac", 16000)


def test_content_hash_follows_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"one")
    (tmp_path / "c").write_bytes(b"two")
    assert content_hash(tmp_path / "a") == content_hash(tmp_path / "b") != content_hash(tmp_path / "c")
