"""Training must see the windows that the device hears."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.tiny_model import FEATURES, FRAMES, tiny_model
from vox_embed.core import Model, run_clip
from vox_embed.models.windows import Windows, clip_means

STRIDE = 5
MODEL = Model(tiny_model(gate_level=0))
WINDOWS = Windows(FEATURES, FRAMES, STRIDE)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 3 * WINDOWS.samples), st.integers(0, 9))
def test_windows_are_those_of_the_listener(samples: int, seed: int) -> None:
    clip = np.random.default_rng(seed).integers(-8000, 8000, samples).astype(np.int16)
    heard = run_clip(MODEL, clip).heard
    cut = WINDOWS.cut(clip)
    assert len(cut) == len(heard.window_frames) == WINDOWS.count(samples)
    for window, end in zip(cut, heard.window_frames, strict=True):
        np.testing.assert_array_equal(window, heard.features[end - FRAMES : end])


def test_cut_all_keeps_order_and_owner() -> None:
    clips = [np.full(n, n % 100, np.int16) for n in (10, WINDOWS.samples, 2 * WINDOWS.samples)]
    cut, owner = WINDOWS.cut_all(clips)
    assert owner.tolist() == [0, 1] + [2] * WINDOWS.count(len(clips[2]))
    for i, clip in enumerate(clips):
        np.testing.assert_array_equal(cut[owner == i], WINDOWS.cut(clip))
    empty, nobody = WINDOWS.cut_all([])
    assert empty.shape == (0, FRAMES, FEATURES.bands)
    assert not len(nobody)


def test_centre() -> None:
    window = np.array([[[10, 20], [13, 40]]], np.int16)
    assert Windows(FEATURES, 2, 1, "none").centre(window).tolist() == [[[10, 20], [13, 40]]]
    # means: 20.75 of all; 11.5 and 30 of the bands; floored as on the device
    assert Windows(FEATURES, 2, 1, "mean").centre(window).tolist() == [[[-10, 0], [-7, 20]]]
    assert Windows(FEATURES, 2, 1, "band_mean").centre(window).tolist() == [[[-1, -10], [2, 10]]]


def test_centring_takes_the_level_off() -> None:
    window = np.random.default_rng(1).integers(3000, 9000, (4, FRAMES, 16)).astype(np.int16)
    for mode in ("mean", "band_mean"):
        windows = Windows(FEATURES, FRAMES, STRIDE, mode)  # type: ignore[arg-type]
        np.testing.assert_array_equal(windows.centre(window), windows.centre(window + np.int16(1024)))


def test_clip_means() -> None:
    posteriors = np.array([[1, 0], [0, 1], [0.5, 0.5]], np.float32)
    means = clip_means(posteriors, np.array([0, 0, 1]), 2)
    np.testing.assert_allclose(means, [[0.5, 0.5], [0.5, 0.5]])


@pytest.mark.parametrize(("frames", "stride"), [(4, 0), (4, 5)])
def test_stride_out_of_range(frames: int, stride: int) -> None:
    with pytest.raises(ValueError, match="stride"):
        Windows(FEATURES, frames, stride)
