"""Models that look back only: trained, and then the same with the stream as over whole windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from helpers.sounds import tone
from vox_embed.core import Model
from vox_embed.core.listener import run_clip
from vox_embed.experiment import VoxError, schema
from vox_embed.features import LogMel
from vox_embed.features.running import RunningMean
from vox_embed.models import MODELS, NeuralClassifier, Windows
from vox_embed.models.training.along import EachWindow, Running
from vox_embed.program.build import build_classifier
from vox_embed.program.schedule import stream_program
from vox_embed.program.tflite import lower_tflite
from vox_embed.program.vxm import Decision, Normaliser

pytest.importorskip("tensorflow", reason="training needs TensorFlow (extra `train`)")

RATE = 8000
FEATURES = LogMel(sample_rate=RATE, window=200, hop=200, fft_size=256, bands=16, fmin=60.0, fmax=3800.0)
LABELS = ("low", "high")
FRAMES = 24
SMALL: dict[str, dict[str, Any]] = {
    "stream_cnn": {"width": 8, "kernels": [3, 5], "first_kernel": 4},
    "stream_dscnn": {"width": 8, "blocks": 2, "kernel": [3, 3], "first_kernel": [5, 4]},
}
SECTIONS = {"stream_cnn": schema.StreamCnn, "stream_dscnn": schema.StreamDsCnn}


def estimator(kind: str, frames: int = FRAMES, normalise: Any = "none", **more: Any) -> NeuralClassifier:
    section = SECTIONS[kind](**{"epochs": 6, "batch_size": 8, "learning_rate": 0.02, **SMALL[kind], **more})
    running = RunningMean(np.zeros(16, np.int16), 5) if normalise == "running" else None
    windows = Windows(FEATURES, frames, 4, normalise, running=running)
    return MODELS[kind](section, schema.Augment(), windows, LABELS, 7, 1)


@pytest.mark.parametrize("kind", sorted(SMALL))
def test_windows_in_a_row_share_what_they_have_in_common(kind: str) -> None:
    y = np.arange(24) % 2
    clips = [tone([400, 1800][c], 0.7, RATE, 50 + i) for i, c in enumerate(y)]
    fitted = estimator(kind).fit(clips, y)
    frames = np.concatenate([FEATURES.extract(tone(300 + 70 * i, 2.3, RATE, i)) for i in range(24)])
    predict = fitted.predictor(fitted.network_)
    assert isinstance(predict, Running)
    for stride in (2, 4, 3):
        one_by_one = EachWindow.along(predict, frames, stride)
        assert len(one_by_one) == (len(frames) - FRAMES) // stride + 1
        np.testing.assert_allclose(predict.along(frames, stride), one_by_one, atol=2e-5)
    assert np.ptp(one_by_one) > 0.5
    assert predict.along(frames[: FRAMES - 1], 2).shape == (0, 2)


@pytest.mark.parametrize(("kind", "normalise"), [("stream_cnn", "none"), ("stream_dscnn", "running")])
def test_a_trained_model_gives_the_same_with_the_stream(kind: str, normalise: str) -> None:
    y = np.arange(24) % 2
    clips = [tone([400, 1800][c], 0.7, RATE, 50 + i) for i, c in enumerate(y)]
    fitted = estimator(kind, normalise=normalise).fit(clips, y)
    kept = estimator(kind, normalise=normalise).load_bytes(fitted.to_bytes())
    np.testing.assert_array_equal(kept.float_predict_clips(clips), fitted.float_predict_clips(clips))
    program = lower_tflite(fitted.tflite_)
    stream = stream_program(program, fitted.model.stride)
    assert stream.input_tensor.shape[1] == 2
    assert stream.arena_size < program.arena_size
    source = program.input_tensor
    normaliser = Normaliser.from_statistics(
        normalise, fitted.mean_, fitted.std_, source.scale, source.zero_point, kept.windows.running
    )
    sound = np.concatenate([tone(f, 0.5, RATE, 3 + f) for f in (400, 1800, 900, 400)])
    heard = [
        run_clip(
            Model(
                build_classifier(
                    features=FEATURES,
                    normaliser=normaliser,
                    program=one,
                    labels=LABELS,
                    decision=Decision(FRAMES, 4, len(LABELS)),
                    meta={},
                )
            ),
            sound,
        ).heard
        for one in (program, stream)
    ]
    assert len(heard[0].posteriors) > 10
    assert len(np.unique(heard[0].posteriors)) > 5
    np.testing.assert_array_equal(heard[0].posteriors, heard[1].posteriors)
    np.testing.assert_array_equal(heard[0].window_frames, heard[1].window_frames)


@pytest.mark.parametrize("kind", sorted(SMALL))
def test_a_window_that_is_too_short_is_refused(kind: str) -> None:
    with pytest.raises(VoxError, match="look back on"):
        estimator(kind, frames=6).network(6, 16, 2, 7)


def test_bands_that_run_out_are_refused() -> None:
    with pytest.raises(VoxError, match="nothing is left in block"):
        estimator("stream_dscnn").network(FRAMES, 5, 2, 7)
