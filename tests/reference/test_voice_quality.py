"""Jitter, shimmer and the harmonics-to-noise ratio of pulse trains and voices for which they are known."""

import numpy as np
import pitch_float64 as reference
import pytest

from helpers import pitch_program


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return pitch_program.build(tmp_path_factory.mktemp("quality"), "-O2")


def frames(program, sound, rate=16000, window=960):
    samples = np.round(sound * 16000 / np.abs(sound).max()).astype(np.int16)
    got = pitch_program.run(program, samples, rate, window, rate // 100)
    voiced = got["semitones"] > 0
    assert voiced.mean() > 0.9
    return {name: values[voiced] for name, values in got.items()}


@pytest.mark.parametrize("f0", [100, 130, 200, 300])
@pytest.mark.parametrize("jitter", [0.0, 0.005, 0.015])
@pytest.mark.parametrize("shimmer", [0.0, 0.05, 0.15])
def test_jitter_and_shimmer_of_pulses(program, f0, jitter, shimmer):
    sound, periods, amplitudes = reference.pulses(f0, 16000, 2 * jitter, 2 * shimmer)
    got = frames(program, sound)
    expected = np.abs(np.diff(periods)).mean() / periods.mean()
    assert abs(got["jitter"].mean() / 32768 - expected) < 0.003 + 0.15 * expected
    expected = np.abs(np.diff(amplitudes)).mean() / amplitudes.mean()
    assert abs(got["shimmer"].mean() / 32768 - expected) < 0.01 + 0.15 * expected


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_the_ratio_of_harmonics_to_noise(program, rate):
    medians = []
    for below in (25, 15, 5):
        rng = np.random.default_rng(2)
        time = np.arange(rate) / rate
        voice = sum(np.cos(2 * np.pi * 125 * k * time + k) / k for k in range(1, 13))  # to 1.5 kHz
        noise = reference.low_passed(rng.normal(size=rate), rate, 1500.0)
        noise *= np.sqrt(np.mean(voice**2) / np.mean(noise**2)) * 10 ** (-below / 20)
        medians.append(np.median(frames(program, voice + noise, rate, rate // 20)["hnr"]) / 256)
    assert np.abs(np.array(medians) - [25, 15, 5]).max() < 2.5
    assert medians[0] > medians[1] > medians[2]


def test_unvoiced_frames_have_none(program):
    samples = np.random.default_rng(0).integers(-3000, 3000, 8000).astype(np.int16)
    got = pitch_program.run(program, samples, 16000, 640, 160)
    unvoiced = got["semitones"] == 0
    assert unvoiced.any()
    for name in ("hnr", "jitter", "shimmer"):
        assert not got[name][unvoiced].any()
