"""The integer pitch against voices whose pitch is known, and against YIN in float64."""

import numpy as np
import pitch_float64 as reference
import pytest

from helpers import pitch_program

SIZES = {rate: rate * 6 // 100 for rate in (8000, 16000, 22050, 32000, 44100, 48000)}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return pitch_program.build(tmp_path_factory.mktemp("pitch"), "-O2")


def frames(program, sound, rate=16000, level=0.5):
    samples = np.round(np.asarray(sound) * level * 32767).astype(np.int16)
    return pitch_program.run(program, samples, rate, SIZES[rate], rate // 100)


def centres(count, rate):
    return np.arange(count) * (rate // 100) + SIZES[rate] // 2


@pytest.mark.parametrize("rate", SIZES)
@pytest.mark.parametrize("hz", [58.0, 71.3, 100.0, 123.4, 187.0, 261.6, 330.0, 440.0, 523.3])
def test_steady_voices_and_tones(program, rate, hz):
    for sound in (
        reference.voice(np.full(rate // 2, hz), rate),
        np.sin(2 * np.pi * hz * np.arange(rate // 2) / rate),
    ):
        got = frames(program, sound, rate)
        assert np.all(got["voicing"] >= 16384)
        assert np.abs(got["semitones"] / 256 - reference.semitones(hz)).max() < 0.08
        assert np.allclose(got["period"] / 65536, rate / hz, rtol=0.005)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_glides(program, rate):
    time = np.arange(rate) / rate
    for f0 in (100 * 2 ** (1.5 * time), 300 * 2.0**-time, 180 + 25 * np.sin(2 * np.pi * 5 * time)):
        got = frames(program, reference.voice(f0, rate), rate)
        error = got["semitones"] / 256 - reference.semitones(f0[centres(len(got["period"]), rate)])
        assert np.all(got["voicing"] >= 16384)
        assert np.abs(error).max() < 0.3


@pytest.mark.parametrize(("noise_db", "bar"), [(-20, 0.05), (-10, 0.1), (-5, 0.15)])
def test_voices_in_noise(program, noise_db, bar):
    errors = []
    for seed, hz in enumerate(np.geomspace(80, 400, 12)):
        got = frames(program, reference.voice(np.full(16000, hz), 16000, seed, noise_db))
        voiced = got["semitones"] > 0
        assert voiced.mean() > 0.95
        errors.append(got["semitones"][voiced] / 256 - reference.semitones(hz))
    assert np.mean(np.abs(np.concatenate(errors)) < 0.5) > 0.99
    assert np.median(np.abs(np.concatenate(errors))) < bar


def test_noise_silence_and_steps_are_unvoiced(program):
    rng = np.random.default_rng(1)
    assert np.mean(frames(program, 0.2 * rng.normal(size=32000))["semitones"] > 0) < 0.02
    for sound in (np.zeros(8000), np.full(8000, 0.9), np.arange(8000) >= 4000):
        assert not np.any(frames(program, sound)["semitones"])


def test_the_level_hardly_matters(program):
    f0 = 140 + 20 * np.sin(np.arange(16000) / 2000)
    sound = reference.voice(f0, 16000)
    loud = frames(program, sound, level=1.0)["semitones"]
    for level, bar in ((0.1, 0.02), (0.01, 0.05), (0.006, 0.1)):
        assert np.abs(frames(program, sound, level=level)["semitones"] - loud).max() / 256 < bar


def test_yin_agrees(program):
    rng = np.random.default_rng(4)
    f0 = np.repeat(np.exp(rng.uniform(np.log(90), np.log(300), 10)), 3200)
    f0 = np.convolve(np.pad(f0, 400, "edge"), np.hanning(801) / np.hanning(801).sum(), "valid")
    sound = reference.voice(f0, 16000, noise_db=-25)
    got = frames(program, sound)["semitones"] / 256
    # YIN looks at the front of its frame only: a width of frame - longest lag, and that again a period later.
    starts = np.arange(len(got) - 1) * 160 + 70
    yin = np.array([reference.yin(sound[start : start + SIZES[16000]], 16000) for start in starts])
    got = got[:-1]
    both = (got > 0) & (yin > 0)
    assert both.mean() > 0.7
    assert np.mean(np.abs(got[both] - reference.semitones(yin[both])) < 0.5) > 0.97
