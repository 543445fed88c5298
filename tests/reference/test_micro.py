"""The micro front end: bit for bit what pymicro-features gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.micro import reference_features
from helpers.tiny_model import tiny_model
from vox_embed.core import CoreError, Frontend, Model
from vox_embed.data.audio import read_audio
from vox_embed.features import Micro
from vox_embed.spec.model_format import MAX_BANDS

RATE = 16000
SECONDS = 4
COUNT = SECONDS * RATE


def voiced(rng: np.random.Generator) -> NDArray[np.float64]:
    """Something sung at many levels, with pauses."""
    t = np.arange(COUNT) / RATE
    phase = 2 * np.pi * np.cumsum(120 + 60 * np.sin(3 * t)) / RATE
    sung = sum(np.sin(h * phase) / h for h in range(1, 30))
    level = 10.0 ** rng.uniform(0, 4.3, 2 * SECONDS).repeat(RATE // 2)
    return np.asarray(level * sung * (np.sin(8 * t) > 0) + rng.normal(0, 3, COUNT))


SOUNDS = {
    "voice": voiced,
    "noise at full scale": lambda rng: rng.integers(-32768, 32768, COUNT),
    "noise that grows": lambda rng: rng.normal(size=COUNT) * 10.0 ** np.linspace(-1, 4.5, COUNT),
    "noise of one bit": lambda rng: rng.integers(-1, 2, COUNT),
    "silence": lambda rng: np.zeros(COUNT),
    "lowest value": lambda rng: np.full(COUNT, -32768),
    "square": lambda rng: np.where(np.arange(COUNT) // 37 % 2, 32767, -32768),
    "extremes": lambda rng: rng.choice([-32768, 32767], COUNT),
    "impulses": lambda rng: np.where(np.arange(COUNT) % 1000 == 0, -32768, 0),
    "steps": lambda rng: rng.integers(-32768, 32768, COUNT // 800).repeat(800),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_equal_to_pymicro_features(name: str) -> None:
    sound = np.clip(np.round(SOUNDS[name](np.random.default_rng(6))), -32768, 32767).astype(np.int16)
    features = Micro().extract(sound)
    assert features.shape == (1 + (COUNT - 480) // 160, 40)
    np.testing.assert_array_equal(features, reference_features(sound))
    assert name == "silence" or len(np.unique(features)) > 2


def test_recorded_talk(vox_data: Path, full: bool) -> None:
    """30 seconds; an hour with --full."""
    wanted, parts = (3600 if full else 30) * RATE, list[NDArray[np.int16]]()
    files = sorted((vox_data / "negatives").rglob("*.ogg"))
    assert files
    while sum(map(len, parts)) < wanted:
        parts.append(read_audio(files[len(parts) % len(files)], RATE))
    sound = np.concatenate(parts)[:wanted]
    features = Micro().extract(sound)
    assert len(features) == 1 + (wanted - 480) // 160
    np.testing.assert_array_equal(features, reference_features(sound))


def test_streams_and_whole_clips_are_equal_and_a_reset_forgets_the_noise() -> None:
    rng = np.random.default_rng(2)
    sound = rng.normal(0, 500, RATE).astype(np.int16)
    whole, stream = Micro().extract(sound), Micro().stream()
    for chunk in (1, 7, 160, 999):
        pieces = [stream.push(sound[i : i + chunk]) for i in range(0, len(sound), chunk)]
        np.testing.assert_array_equal(np.concatenate(pieces), whole)
        stream.reset()
    later = Micro().extract(sound[8000:])
    assert (later != whole[-len(later) :]).mean() > 0.5, "noise is followed from the stream's start"


def test_level_is_that_of_log_mel() -> None:
    """A gate means the same: within 0.1 octaves where the sound is well above a step of 16 bits."""
    sound = np.random.default_rng(3).normal(0, 1000, RATE).astype(np.int16)
    _, micro = Frontend(Micro().section()).extract_with_levels(sound)
    _, logmel = Frontend(Micro().frame.section()).extract_with_levels(sound)
    assert np.abs(micro.astype(int) - logmel).max() < 51


@pytest.mark.parametrize(
    ("at", "value"),
    [(40, 16385), (42, 65535), (44, 16385), (46, 1), (16, 256), (48, 17)],
    ids=["even bands", "odd bands", "least", "reserved", "fft_size", "gain_offset"],
)
def test_parameters_out_of_range_are_refused(at: int, value: int) -> None:
    section = bytearray(Micro().section())
    section[at : at + 2] = value.to_bytes(2, "little")
    with pytest.raises(CoreError):
        Frontend(bytes(section))


def test_a_model_of_it_opens() -> None:
    model = Model(tiny_model("dense", features=Micro()))
    assert (model.bands, model.sample_rate, model.hop) == (40, RATE, 160)
    assert model.bands <= MAX_BANDS
