"""The integer log-mel against float64 numpy, and that reference against librosa."""

import os
from pathlib import Path

import logmel_float64 as reference
import numpy as np
import pytest

from vox_embed.core import Frontend
from vox_embed.features import LogMel

DB = reference.DB_PER_OCTAVE
LEVELS = {"0 dB": 0.0, "-18 dB": -18.0, "-36 dB": -36.0, "rms 2": None}
# Mean absolute error in dB over all frames and bands. The last rounding alone costs 0.0015 dB.
BARS = {"0 dB": 0.005, "-18 dB": 0.005, "-36 dB": 0.004, "rms 2": 0.003}
SPEECH = LogMel(16000, 480, 320, 512, 40, 20, 8000)


def settings_of(logmel):
    names = ("sample_rate", "window", "hop", "fft_size", "bands", "fmin", "fmax", "mel")
    return {name: getattr(logmel, name) for name in names} | {"kind": logmel.taper}


def speech_like(rate, seconds=2.0, seed=0):
    """float64: a gliding harmonic voice through three moving resonances, with fricatives and pauses."""
    rng = np.random.default_rng(seed)
    n = int(rate * seconds)
    t = np.arange(n) / rate
    pitch = 110 * 2 ** (0.4 * np.sin(2 * np.pi * 0.7 * t + seed))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    sound = np.zeros(n)
    for harmonic in range(1, 40):
        hz = harmonic * pitch
        centres = (500 + 200 * np.sin(3 * t), 1500 + 500 * np.sin(2 * t), 2600 + 200 * np.sin(5 * t))
        gain = sum(1 / (1 + ((hz - centre) / 120) ** 2) for centre in centres) / harmonic
        sound += np.where(hz < rate / 2, gain, 0) * np.sin(harmonic * phase)
    voiced = np.clip(3 * np.sin(2 * np.pi * 1.9 * t), 0, 1)
    hiss = np.clip(3 * np.sin(2 * np.pi * 1.3 * t + 2), 0, 1)
    return sound * voiced + 0.03 * np.diff(rng.normal(size=n + 1)) * hiss + 1e-4 * rng.normal(size=n)


def at_level(sound, level):
    """int16: peak-normalised to full scale and lowered by `level` dB, or to an rms of 2 for None."""
    if level is None:
        scaled = sound * (2.0 / np.sqrt(np.mean(sound**2)))
    else:
        scaled = sound * (32767.0 / np.abs(sound).max() * 10 ** (level / 20))
    return np.clip(np.round(scaled), -32768, 32767).astype(np.int16)


def error_db(logmel, samples):
    expected = reference.logmel(samples, **settings_of(logmel))
    return np.abs(logmel.extract(samples) / 512 - expected) * DB


def data_clips():
    """Speech of VOX_DATA at 16 kHz: words and acted sentences, without their tails of zeros."""
    soundfile, soxr = pytest.importorskip("soundfile"), pytest.importorskip("soxr")
    root = Path(os.environ["VOX_DATA"])
    paths = sorted((root / "commands" / "audio").rglob("*.*"))[::40]
    paths += sorted((root / "emodb" / "audio").rglob("*.*"))[::10]
    for path in paths:
        sound, rate = soundfile.read(path)
        sound = soxr.resample(sound, rate, 16000)
        loud = np.flatnonzero(np.abs(sound) > 1e-5)
        if len(loud) > 480:
            yield sound[: loud[-1] + 1]


@pytest.mark.parametrize("mel", ["htk", "slaney"])
@pytest.mark.parametrize(
    ("rate", "size", "bands", "fmin", "fmax"),
    [
        (16000, 512, 40, 20, 8000),
        (8000, 256, 32, 60, 3800),
        (44100, 2048, 128, 0, 22050),
        (22050, 1024, 64, 0, 8000),
    ],
)
def test_reference_mel_matrix_is_librosas(*, rate, size, bands, fmin, fmax, mel):
    filters = pytest.importorskip("librosa.filters")
    theirs = filters.mel(
        sr=rate, n_fft=size, n_mels=bands, fmin=fmin, fmax=fmax, htk=mel == "htk", norm=None, dtype=np.float64
    )
    np.testing.assert_allclose(
        reference.mel_matrix(rate, size, bands, fmin, fmax, mel=mel), theirs, atol=1e-9
    )


@pytest.mark.parametrize("level", LEVELS)
def test_speech_like_sounds_at_every_level(level):
    errors = [error_db(SPEECH, at_level(speech_like(16000, seed=seed), LEVELS[level])) for seed in range(5)]
    assert np.mean(np.concatenate(errors)) <= BARS[level]


@pytest.mark.skipif("VOX_DATA" not in os.environ, reason="VOX_DATA does not name the folder of recordings")
@pytest.mark.parametrize("level", LEVELS)
def test_real_speech_at_every_level(level):
    errors = np.concatenate([error_db(SPEECH, at_level(clip, LEVELS[level])) for clip in data_clips()])
    assert len(errors) > 5000
    assert errors.mean() <= BARS[level]


@pytest.mark.parametrize("mel", ["htk", "slaney"])
@pytest.mark.parametrize("taper", ["hann", "hamming"])
@pytest.mark.parametrize(
    ("rate", "window", "hop", "size", "bands", "fmin", "fmax"),
    [
        (8000, 16, 1, 64, 2, 0, 4000),
        (8000, 64, 64, 64, 6, 300, 3400),
        (8000, 200, 80, 256, 24, 60, 3800),
        (8000, 97, 50, 128, 10, 100, 4000),
        (16000, 512, 256, 512, 40, 0, 8000),
        (16000, 401, 160, 512, 40, 20, 8000),
        (16000, 400, 160, 1024, 80, 20, 7600),
        (22050, 1024, 256, 1024, 64, 0, 11025),
        (32000, 2000, 640, 2048, 64, 50, 14000),
        (44100, 1764, 882, 2048, 40, 9000, 21000),
        (48000, 4096, 1920, 4096, 128, 0, 24000),
        (48000, 33, 33, 4096, 100, 100, 24000),
    ],
)
def test_all_sizes_rates_and_windows(*, rate, window, hop, size, bands, fmin, fmax, taper, mel):
    logmel = LogMel(rate, window, hop, size, bands, fmin, fmax, mel, taper)
    rng = np.random.default_rng(3)
    samples = np.round(rng.normal(0, 3000, window + 9 * hop)).astype(np.int16)
    errors = error_db(logmel, samples)
    assert errors.shape == (10, bands)
    assert errors.mean() <= 0.006
    assert errors.max() <= 0.1


def hostile(name, count):
    rng = np.random.default_rng(7)
    n = np.arange(count)
    values = {
        "constant": np.full(count, 32767),
        "negative constant": np.full(count, -32768),
        "minus one": np.full(count, -1),
        "square": np.where(n // 8 % 2, 32767, -32768),
        "nyquist": np.where(n % 2, 32767, -32768),
        "impulse": np.where(n == 240, -32768, 0),
        "least impulse": np.where(n == 240, 1, 0),
        "extremes": rng.choice([-32768, 32767], count),
        "white": rng.integers(-32768, 32768, count),
        "sine": np.round(32767 * np.sin(2 * np.pi * 440 * n / 16000)),
        "loud in quiet": np.where(n < 500, 1, 30000) * rng.choice([-1, 1], count),
    }
    return values[name].astype(np.int16)


@pytest.mark.parametrize(
    "name", ["constant", "negative constant", "minus one", "square", "nyquist", "impulse"]
)
@pytest.mark.parametrize("size", [64, 512, 1024, 4096])
def test_errors_stay_below_the_loudest(name, size):
    check_floor(hostile(name, 4 * size), LogMel(16000, size, size // 2, size, 4, 0, 8000))


@pytest.mark.parametrize("name", ["least impulse", "extremes", "white", "sine", "loud in quiet"])
def test_errors_stay_below_the_loudest_band(name):
    check_floor(hostile(name, 4000), SPEECH)


def check_floor(samples, logmel):
    """No band's amplitude is off by more than 85 dB below the frame's whole spectrum (and 1/512 octave)."""
    expected = reference.energies(samples, **settings_of(logmel))
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(float), logmel.window)[:: logmel.hop]
    weighted = frames * reference.taper(logmel.window, logmel.taper)
    whole = logmel.fft_size * (weighted**2).sum(axis=1, keepdims=True)
    features = logmel.extract(samples)
    measured = 2.0 ** (features / 512.0)
    error = np.abs(np.sqrt(measured) - np.sqrt(np.maximum(expected, 1.0)))
    assert np.all(error <= 10 ** (-85 / 20) * np.sqrt(whole) + 0.0012 * np.sqrt(np.maximum(expected, 1.0)))


def test_level_is_the_sum_of_the_bands():
    samples = at_level(speech_like(16000), -6.0)
    _, levels = Frontend(SPEECH.section()).extract_with_levels(samples)
    total = reference.energies(samples, **settings_of(SPEECH)).sum(axis=1)
    assert np.abs(levels / 512 - np.log2(np.maximum(total, 1.0))).max() * DB <= 0.01
