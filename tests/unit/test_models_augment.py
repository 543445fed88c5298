"""Augmentation: what is promised about each change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from vox_embed.experiment import schema
from vox_embed.models.augment import (
    AudioAugmenter,
    Noises,
    change_speed,
    coloured_noise,
    mask,
    mixup,
    place,
    responses_for,
)

RATE = 8000


def sine(frequency: float, seconds: float = 1.0) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def peak_hz(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))).argmax() * RATE / len(samples))


def augmenter(samples: int = RATE, voices: tuple[np.ndarray, ...] = (), **settings: object) -> AudioAugmenter:
    return AudioAugmenter(
        schema.Augment(**settings),
        Noises.create(RATE, (), voices, 3),
        samples,
        RATE,  # type: ignore[arg-type]
        responses_for(schema.Augment(**settings), RATE, 3),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.25])
def test_speed_moves_length_and_pitch(factor: float) -> None:
    changed = change_speed(sine(500), factor)
    assert len(changed) == round(RATE / factor)
    assert peak_hz(changed) == pytest.approx(500 * factor, abs=2)
    exact = 8000 * np.sin(2 * np.pi * 500 * factor * np.arange(len(changed)) / RATE)
    assert np.abs(changed - exact)[100:-100].max() < 8


def test_speed_lets_nothing_fold_back() -> None:
    """3.5 kHz played 1.25 times as fast is above half the rate: nothing is left, and not 3.6 kHz instead."""
    changed = change_speed(sine(3500), 1.25)
    assert np.abs(changed[200:-200]).max() < 40


@pytest.mark.parametrize("length", [1, 2, 3, 100])
def test_speed_of_short_clips(length: int) -> None:
    for factor in (0.25, 0.9, 1.1, 4.0):
        changed = change_speed(np.ones(length, np.float32), factor)
        assert len(changed) == max(1, round(length / factor)) and changed.dtype == np.float32


@given(st.integers(1, 300), st.integers(0, 80), st.integers(0, 99))
def test_place_loses_no_more_than_the_shift(length: int, shift: int, seed: int) -> None:
    window = place(np.arange(1, length + 1, dtype=np.float32), 200, shift, np.random.default_rng(seed))
    assert window.shape == (200,)
    kept = window[window > 0]
    np.testing.assert_array_equal(np.diff(kept), 1)  # one unbroken piece of the clip
    lost = min(length, 200) - len(kept)
    assert 0 <= lost <= max(0, shift - max(0, 200 - length))


def test_place_moves_both_ways() -> None:
    rng = np.random.default_rng(1)
    firsts = {int(np.flatnonzero(place(np.ones(200, np.float32), 200, 50, rng))[0]) for _ in range(2000)}
    ends = {int(np.flatnonzero(place(np.ones(200, np.float32), 200, 50, rng))[-1]) for _ in range(2000)}
    assert max(firsts) == 50
    assert min(ends) == 149


@pytest.mark.parametrize("colour", [0.0, 1.0, 2.0])
def test_noise_has_its_colour(colour: float) -> None:
    power = np.abs(np.fft.rfft(coloured_noise(1 << 16, colour, np.random.default_rng(1)))) ** 2
    low, high = power[256:512].mean(), power[4096:8192].mean()
    assert np.log2(low / high) == pytest.approx(4 * colour, abs=0.4)  # four octaves apart


def test_noise_is_at_its_level() -> None:
    clip = sine(440).astype(np.int16)
    noisy = augmenter(noise_snr_db=[10, 10], noise_probability=1.0)(clip, np.random.default_rng(1))
    noise = noisy.astype(float) - clip
    snr = 10 * np.log10(np.mean(clip.astype(float) ** 2) / np.mean(noise**2))
    assert snr == pytest.approx(10, abs=0.05)


def test_babble_comes_from_the_voices() -> None:
    clip = sine(440).astype(np.int16)
    make = augmenter(voices=(sine(1300).astype(np.int16),), noise_snr_db=[6, 6], noise_probability=1.0)
    crowds = [peak_hz(make(clip, np.random.default_rng(seed)).astype(float) - clip) for seed in range(12)]
    assert any(peak == pytest.approx(1300, abs=2) for peak in crowds)


def test_gain() -> None:
    clip = sine(440).astype(np.int16)
    quiet = augmenter(gain_db=[-20, -20])(clip, np.random.default_rng(1))
    assert np.abs(quiet - clip / 10).max() <= 0.51
    loud = augmenter(gain_db=[60, 60])(clip, np.random.default_rng(1))
    assert loud.max() == 32767
    assert loud.min() == -32768


def test_silence_stays_silent() -> None:
    made = augmenter(noise_snr_db=[0, 10], noise_probability=1.0, speed=[0.9, 1.1])(
        np.zeros(100, np.int16), np.random.default_rng(1)
    )
    assert made.shape == (RATE,)
    assert not made.any()


def test_rooms_ring_on_and_keep_the_level(tmp_path: Path) -> None:
    clip = np.concatenate([sine(700, 0.3), np.zeros(RATE // 2, np.float32)]).astype(np.int16)
    dry = augmenter()(clip, np.random.default_rng(1)).astype(float)
    heard = [augmenter(room=1.0)(clip, np.random.default_rng(s)).astype(float) for s in range(8)]
    assert len({one.tobytes() for one in heard}) > 4
    loud = np.flatnonzero(np.abs(dry) > 100)
    for one in heard:
        assert np.sqrt(np.mean(one**2)) == pytest.approx(np.sqrt(np.mean(dry**2)), rel=0.02)
    assert np.median([np.abs(one[loud[-1] + 200 : loud[-1] + 1000]).mean() for one in heard]) > 5
    impulse = np.zeros(800, np.int16)
    impulse[[100, 500]] = 16000, 16000
    soundfile.write(tmp_path / "echo.wav", impulse, RATE, subtype="PCM_16")
    made = augmenter(room=1.0, room_path=str(tmp_path))(clip, np.random.default_rng(1)).astype(float)
    echo = dry.copy()
    echo[400:] += dry[:-400]
    assert np.corrcoef(made, echo)[0, 1] > 0.999
    some = augmenter(room=0.5)
    kept = sum((some(clip, np.random.default_rng(s)) == dry).all() for s in range(40))
    assert 8 <= kept <= 32
    with pytest.raises(ValueError, match="no clip is put into a room"):
        schema.Augment(room_path="rooms")


def test_same_seed_same_samples() -> None:
    everything = augmenter(
        shift_ms=100,
        gain_db=[-6, 6],
        noise_snr_db=[0, 20],
        speed=[0.8, 1.2],
        voices=(sine(300).astype(np.int16),),
    )
    clip = sine(440, 0.7).astype(np.int16)
    one, same, other = (everything(clip, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_masks_are_no_wider_than_asked() -> None:
    settings = schema.Augment(time_mask=4, freq_mask=3)
    widths = set()
    for seed in range(200):
        window = np.ones((20, 10), np.float32)
        mask(window, settings, np.random.default_rng(seed))
        frames, bands = (window == 0).all(axis=1).sum(), (window == 0).all(axis=0).sum()
        assert (window == 0).sum() == frames * 10 + bands * 20 - frames * bands
        widths.add((int(frames), int(bands)))
    assert {f for f, _ in widths} == {0, 1, 2, 3, 4}
    assert {b for _, b in widths} == {0, 1, 2, 3}


def test_mixup_mixes_windows_and_targets_alike() -> None:
    rng = np.random.default_rng(1)
    targets = np.eye(8, dtype=np.float32)
    windows = np.repeat(targets, 3, axis=1).reshape(8, 1, 24)
    mixed, mixed_targets = mixup(windows, targets, 0.4, rng)
    np.testing.assert_array_equal(mixed[:, 0, ::3], mixed_targets)
    np.testing.assert_allclose(mixed_targets.sum(axis=1), 1, rtol=1e-6)
    assert (mixed_targets.argmax(axis=1) == np.arange(8)).all()
    assert (mixed_targets.max(axis=1) < 1).any()
