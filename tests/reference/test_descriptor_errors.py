"""Every descriptor against float64, at several levels; the stated errors of docs/features.md."""

from __future__ import annotations

from functools import cache

import descriptors_float64 as reference
import numpy as np
import pytest
from test_logmel import LEVELS, at_level, speech_like

from vox_embed.experiment.schema.features import LLDS
from vox_embed.features import Descriptors, LogMel, NoiseReduction, Pcan

SPEECH = LogMel(16000, 320, 160, 512, 26, 20.0, 8000.0, taper="hamming")
SMALL = LogMel(8000, 200, 80, 256, 20, 60.0, 3800.0, "slaney")
WIDE = LogMel(44100, 1102, 441, 2048, 64, 0.0, 20000.0)
VOICE = {"f0", "voicing", "jitter", "shimmer", "hnr", "f1", "f2", "f3"}  # they have tests of their own
MFCC = tuple(f"mfcc_{i}" for i in range(13))

# Mean absolute and largest error in the descriptor's unit, over frames of speech-like sounds at every level.
# The last rounding alone costs a quarter and a half of 2^-q.
BARS = {
    **dict.fromkeys(MFCC, (0.02, 0.15)),
    "loudness": (0.0005, 0.002),
    "energy": (0.0007, 0.002),
    "zero_crossings": (0.00002, 0.00004),
    "centroid": (0.3, 1.0),
    **{f"rolloff_{share}": (0.6, 32.0) for share in (25, 50, 75, 85, 90, 95)},  # a bin, where two are near
    "flux": (0.0005, 0.002),
    "entropy": (0.0005, 0.002),
    "slope_0_500": (0.03, 1.5),
    "slope_500_1500": (0.008, 0.1),
    "alpha_ratio": (0.002, 0.02),
    "hammarberg": (0.002, 0.02),
    "harmonicity": (0.00003, 0.0001),
    "flatness": (0.003, 0.03),
}


def settings_of(frame):
    names = ("sample_rate", "window", "hop", "fft_size", "bands", "fmin", "fmax", "mel")
    return {name: getattr(frame, name) for name in names} | {"kind": frame.taper}


@cache
def sounds(rate):
    """One sound a level."""
    return tuple(at_level(speech_like(rate, 1.0, seed), level) for seed, level in enumerate(LEVELS.values()))


@cache
def references():
    return tuple(reference.Reference(samples, **settings_of(SPEECH)) for samples in sounds(16000))


def test_every_name_has_a_stated_error():
    assert set(BARS) == {*LLDS, *MFCC} - VOICE


@pytest.mark.parametrize("name", BARS)
def test_speech_like_sounds_at_every_level(name):
    d = Descriptors(SPEECH, (name,))
    errors = []
    for samples, theirs in zip(sounds(16000), references(), strict=True):
        expected = theirs.value(name)
        errors.append(np.abs(d.real(d.extract(samples))[:, 0] - expected))
    error = np.concatenate(errors)
    mean, largest = BARS[name]
    assert error.mean() <= mean
    assert error.max() <= largest


@pytest.mark.parametrize("frame", [SMALL, WIDE], ids=["8 kHz", "44.1 kHz"])
@pytest.mark.parametrize("lifter", [0, 22])
def test_other_rates_and_sizes(frame, lifter):
    names = (*MFCC, *(name for name in LLDS if not name.startswith("rolloff") and name not in VOICE))
    d = Descriptors(frame, names, lifter=lifter)
    samples = at_level(speech_like(frame.sample_rate), -6.0)
    ours = d.real(d.extract(samples))
    theirs = reference.Reference(samples, lifter=lifter, **settings_of(frame))
    for i, name in enumerate(names):
        error = np.abs(ours[:, i] - theirs.value(name))
        assert error.mean() <= 3 * BARS[name][0], name


def test_log_mel_bands_are_those_of_the_log_mel_front_end():
    names = tuple(f"logmel_{band}" for band in range(26))
    for samples in sounds(16000):
        assert np.array_equal(Descriptors(SPEECH, names).extract(samples), SPEECH.extract(samples))


@pytest.mark.parametrize("step", [1, 2, 5])
def test_spectrum_is_the_log_power_of_bins(step):
    frame = LogMel(8000, 240, 120, 256, 10, 300.0, 3400.0)
    d = Descriptors(frame, ("spectrum_0",), spectrum_step=step)
    d = d.with_values(tuple(f"spectrum_{i}" for i in range(min(d.groups, 128))))
    samples = at_level(speech_like(8000), -12.0)
    theirs = reference.Reference(samples, **settings_of(frame))
    ours = d.real(d.extract(samples))
    first = int(np.ceil(300 / (8000 / 256)))
    for i in range(d.bands):
        assert np.abs(ours[:, i] - theirs.spectrum(i, step, first)).mean() <= 0.02


@pytest.mark.parametrize("source", ["loudness", "mfcc_1", "energy"])
def test_deltas(source):
    d = Descriptors(SPEECH, (source, f"{source}_delta", f"{source}_delta2"))
    for samples in sounds(16000):
        frames = d.extract(samples).astype(float)
        first = reference.delta(frames[:, 0])
        second = reference.delta(frames[:, 1])
        assert np.abs(frames[:, 1] - first).max() <= 0.5
        assert np.abs(frames[:, 2] - second).max() <= 0.5


@pytest.mark.parametrize("span", [1, 3, 8])
def test_delta_spans(span):
    d = Descriptors(SPEECH, ("energy", "energy_delta"), delta_span=span)
    frames = d.extract(sounds(16000)[0]).astype(float)
    assert np.abs(frames[:, 1] - reference.delta(frames[:, 0], span)).max() <= 0.5


GAINS = {
    "noise": (NoiseReduction(), None),
    "fast noise": (NoiseReduction(0.3, 0.2), None),
    "pcan": (None, Pcan()),
    "weak pcan": (None, Pcan(0.1, 0.5, 0.25, 1.0)),
    "both": (NoiseReduction(0.01, 0.02), Pcan(0.04, 0.8, 1.0, 4096.0)),
}


@pytest.mark.parametrize("name", GAINS)
def test_gain_and_noise_reduction(name):
    noise, pcan = GAINS[name]
    names = tuple(f"logmel_{band}" for band in range(26))
    d = Descriptors(SPEECH, names, noise=noise, pcan=pcan)
    errors = []
    for samples in sounds(16000):
        theirs = reference.Reference(
            samples,
            noise=vars(noise) if noise else None,
            pcan=vars(pcan) if pcan else None,
            **settings_of(SPEECH),
        )
        errors.append(np.abs(d.real(d.extract(samples)) - theirs.logmel))
    assert np.mean(np.concatenate(errors)) <= 0.01  # octaves: 0.03 dB


def test_gain_is_warm_from_the_first_frame_on():
    """A steady sound comes out the same in every frame, whatever its level."""
    t = np.arange(16000)
    d = Descriptors(SPEECH, tuple(f"logmel_{band}" for band in range(26)), pcan=Pcan())
    for amplitude in (300, 20000):
        steady = np.round(amplitude * np.sin(2 * np.pi * t / 16)).astype(np.int16)
        frames = d.extract(steady)
        loud = SPEECH.extract(steady)[0] > 20 * 512
        assert loud.any()
        assert np.ptp(frames[:, loud], axis=0).max() <= 8


def test_silence_and_extremes_are_within_bounds():
    d = Descriptors(SPEECH, (*MFCC, *LLDS, "energy_delta"))
    silence = d.real(d.extract(np.zeros(4000, np.int16)))
    quiet = dict(zip(d.names, silence[-1], strict=True))
    for name in (
        "energy",
        "centroid",
        "rolloff_50",
        "flux",
        "entropy",
        "harmonicity",
        "alpha_ratio",
        "mfcc_0",
    ):
        assert quiet[name] == 0, name
    random = np.random.default_rng(1)
    loudest = d.real(d.extract(random.choice([-32768, 32767], 8000).astype(np.int16)))
    assert np.all(loudest[:, d.names.index("zero_crossings")] > 0.4)
    assert np.all(loudest[:, d.names.index("harmonicity")] <= 1)
    assert np.all(loudest[:, d.names.index("rolloff_95")] <= 8000)
