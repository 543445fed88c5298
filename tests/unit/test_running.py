"""Running means: the arithmetic that docs/numerics.md gives, the same in training and in the listener."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from helpers.stream_classifier import network
from helpers.tiny_model import BANDS, FEATURES, FRAMES, LABELS, clip, tiny_model
from vox_embed.core import CoreError, Listener, Model, run_clip
from vox_embed.experiment.errors import VoxError
from vox_embed.features.running import RunningMean, running_shift
from vox_embed.models.windows import Windows
from vox_embed.program.build import build_classifier
from vox_embed.program.vxm import Decision, Normaliser, read_sections, write_container

RUNNING = RunningMean(np.linspace(2000, 9000, BANDS).astype(np.int16), 4)
STRIDE = 4


def by_hand(frames: NDArray[np.int16], start: NDArray[np.int16], shift: int) -> NDArray[np.int64]:
    """Exact integers, as the document has them."""
    means = [int(value) << 15 for value in start]
    out = np.zeros(frames.shape, np.int64)
    for i, frame in enumerate(frames):
        for b, value in enumerate(frame):
            means[b] += ((int(value) << 15) - means[b]) >> shift
            assert -(2**30) <= means[b] < 2**30
            out[i, b] = min(max(int(value) - (means[b] >> 15), -32768), 32767)
    return out


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 15), st.integers(1, 40), st.integers(1, 9))
def test_the_arithmetic(seed: int, shift: int, count: int, bands: int) -> None:
    rng = np.random.default_rng(seed)
    extremes = np.array([-32768, 32767, 0, -1, 1, 5000], np.int16)
    frames = rng.choice(extremes, (count, bands)) if seed % 2 else rng.integers(-32768, 32768, (count, bands))
    start = rng.choice(extremes, bands)
    found = RunningMean(start, shift).take_off(frames.astype(np.int16))
    np.testing.assert_array_equal(found, by_hand(frames.astype(np.int16), start, shift))


def test_it_follows_with_its_time_constant() -> None:
    frames = np.full((65, 1), 1000, np.int16)
    left = RunningMean(np.zeros(1, np.int16), 6).take_off(frames)[:, 0]
    assert left[0] == 985
    assert abs(left[63] - 1000 / np.e) < 5  # 2^6 frames
    constant = RunningMean(np.full(1, 1000, np.int16), 6).take_off(frames)
    assert not constant.any()


def test_shift_of_a_time_constant() -> None:
    assert [running_shift(ms, 20.0) for ms in (1, 40, 1000, 1280, 1e9)] == [1, 1, 6, 6, 15]


def classifier(stream: bool, gate: int = 0) -> bytes:
    program = network(3, 23, 2, stream)
    source = program.input_tensor
    return build_classifier(
        features=FEATURES,
        normaliser=Normaliser.from_statistics(
            "running", np.zeros(BANDS), np.full(BANDS, 900.0), 0.03, source.zero_point, RUNNING
        ),
        program=program,
        labels=LABELS,
        decision=Decision(23, STRIDE, len(LABELS), gate_level=gate),
        meta={},
    )


@pytest.mark.parametrize("kind", ["whole windows", "with the stream"])
def test_training_sees_what_the_listener_hears(kind: str) -> None:
    windows = Windows(FEATURES, 23, STRIDE, "running", running=RUNNING)
    sound = clip("bursts", 2.3, seed=4)
    heard = run_clip(Model(classifier(kind == "with the stream")), sound).heard
    cut = windows.cut(sound)
    assert len(cut) == len(heard.window_frames) > 20
    for window, end in zip(cut, heard.window_frames, strict=True):
        np.testing.assert_array_equal(window, heard.features[end - 23 : end])
    np.testing.assert_array_equal(windows.cut_all([sound])[0], cut)
    assert len(np.unique(heard.posteriors)) > 20


def test_whole_windows_and_the_stream_agree() -> None:
    sound = clip("bursts", 3.0, seed=5)
    whole, flowing = (run_clip(Model(classifier(stream)), sound).heard for stream in (False, True))
    np.testing.assert_array_equal(whole.posteriors, flowing.posteriors)


@pytest.mark.parametrize("stream", [False, True])
def test_the_gate_does_not_touch_them_and_reset_starts_anew(stream: bool) -> None:
    sound = clip("bursts", 2.0, seed=6)
    free, gated = Listener(Model(classifier(stream))), Listener(Model(classifier(stream, gate=9000)))
    first, held_back = free.push(sound), gated.push(sound)
    assert held_back.gated.any()
    np.testing.assert_array_equal(first.features, held_back.features)
    later = free.push(sound)
    assert (later.features[:8] != first.features[:8]).any()
    free.reset()
    np.testing.assert_array_equal(free.push(sound).features, first.features)


def test_they_start_at_the_means_of_the_training_clips() -> None:
    clips = [clip("noise", 0.3, seed=i) for i in range(3)]
    zero = RunningMean(np.zeros(BANDS, np.int16), 4)
    started = Windows(FEATURES, FRAMES, STRIDE, "running", running=zero).started(clips).running
    assert started is not None
    frames = np.concatenate([FEATURES.extract(one) for one in clips])
    np.testing.assert_array_equal(started.start, np.round(frames.mean(axis=0)).astype(np.int16))


@pytest.mark.parametrize("shift", [0, 16, 65535])
def test_open_refuses_a_time_constant(shift: int) -> None:
    data = tiny_model("dense", running=RUNNING)
    Model(data)
    sections = read_sections(data)
    norm = sections["NORM"]
    with pytest.raises(CoreError) as caught:
        Model(write_container({**sections, "NORM": norm[:-2] + struct.pack("<H", shift)}))
    assert caught.value.args[0] == -8


def test_open_refuses_tables_that_are_cut() -> None:
    sections = read_sections(tiny_model("dense", running=RUNNING))
    for left in (2, 2 + 2 * BANDS, 1):
        with pytest.raises(CoreError) as caught:
            Model(write_container({**sections, "NORM": sections["NORM"][:-left]}))
        assert caught.value.args[0] == -8


def test_open_refuses_them_for_functionals() -> None:
    data = tiny_model(features=FEATURES, functionals=("mean", "std"))
    count = 2 * BANDS
    running = RunningMean(np.zeros(count, np.int16), 4)
    norm = Normaliser.from_statistics("running", np.zeros(count), np.ones(count), 1.0, 0, running)
    with pytest.raises(CoreError) as caught:
        Model(write_container({**read_sections(data), "NORM": replace(norm, zero_point=0).section()}))
    assert caught.value.args[0] in (-8, -13)


def test_windows_want_both_or_neither() -> None:
    with pytest.raises(ValueError, match="running means"):
        Windows(FEATURES, FRAMES, STRIDE, "running")
    with pytest.raises(ValueError, match="running means"):
        Windows(FEATURES, FRAMES, STRIDE, "none", running=RUNNING)
    with pytest.raises(VoxError):
        tiny = Normaliser("running", *(np.ones(BANDS, np.int16),) * 2, 3, 0)
        program = network(3, 23, 2, True)
        build_classifier(
            features=FEATURES,
            normaliser=tiny,
            program=program,
            labels=LABELS,
            decision=Decision(23, STRIDE, len(LABELS)),
            meta={},
        )
