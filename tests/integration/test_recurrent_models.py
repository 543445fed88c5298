"""Recurrent models: trained, quantised by this package, and the same with the stream as in one long run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from helpers.sounds import tone
from vox_embed.core import Model
from vox_embed.core.listener import run_clip
from vox_embed.device.measure.layers import layers_of
from vox_embed.experiment import VoxError, schema
from vox_embed.features import LogMel
from vox_embed.models import MODELS, RecurrentClassifier, Windows
from vox_embed.models.learned import LearnedClassifier
from vox_embed.program.build import build_classifier, build_network
from vox_embed.program.learned import lower_learned
from vox_embed.program.program import Program
from vox_embed.program.recurrent import lower_recurrent
from vox_embed.program.schedule import stream_program
from vox_embed.program.vxm import Decision, Normaliser

pytest.importorskip("tensorflow", reason="training needs TensorFlow (extra `train`)")

RATE = 8000
FEATURES = LogMel(sample_rate=RATE, window=200, hop=200, fft_size=256, bands=16, fmin=60.0, fmax=3800.0)
LABELS = ("low", "high")
FRAMES = 25
SMALL: dict[str, dict[str, Any]] = {
    "gru": {"units": [6, 8]},
    "lstm": {"units": [8]},
    "crnn": {"units": [8], "width": 6, "cell": "lstm", "first_kernel": 4},
    "learned": {
        "units": [8, 8],
        "encoder_epochs": 12,
        "encoder_learning_rate": 0.01,
        "epochs": 30,
        "learning_rate": 0.1,
    },
}
SMALL["learned, mlp"] = {**SMALL["learned"], "head": "mlp", "hidden": 12, "learning_rate": 0.02}
SMALL["learned, svm"] = {**SMALL["learned"], "head": "svm"}
SECTIONS = {"gru": schema.Gru, "lstm": schema.Lstm, "crnn": schema.Crnn, "learned": schema.Learned}


def estimator(kind: str, frames: int = FRAMES, **more: Any) -> RecurrentClassifier:
    of = kind.partition(",")[0]
    section = SECTIONS[of](**{"epochs": 6, "batch_size": 8, "learning_rate": 0.02, **SMALL[kind], **more})
    windows = Windows(FEATURES, frames, 4, "none")
    made = MODELS[of](section, schema.Augment(), windows, LABELS, 7, 1)
    assert isinstance(made, RecurrentClassifier)
    return made


def model_of(fitted: RecurrentClassifier, program: Program) -> Model:
    source = program.input_tensor
    normaliser = Normaliser.from_statistics(
        "none", fitted.mean_, fitted.std_, source.scale, source.zero_point
    )
    return Model(
        build_classifier(
            features=FEATURES,
            normaliser=normaliser,
            program=program,
            labels=LABELS,
            decision=Decision(FRAMES, 4, len(LABELS)),
            meta={},
        )
    )


@pytest.mark.parametrize("kind", sorted(SMALL))
def test_a_trained_model_says_the_same_in_integers_and_with_the_stream(kind: str) -> None:
    y = np.arange(32) % 2
    clips = [tone([400, 1800][c], 0.9, RATE, 50 + i) for i, c in enumerate(y)]
    fitted = estimator(kind).fit(clips, y)
    program = lower_learned(fitted) if isinstance(fitted, LearnedClassifier) else lower_recurrent(fitted)
    streaming = stream_program(program, fitted.model.stride)
    stream = model_of(fitted, streaming)
    counted = [(row.op, row.macs) for row in layers_of(build_network(streaming, {}))]
    known = [(row.kind, 0 if row.kind == "linear" else row.macs) for row in streaming.describe()]
    assert counted == known
    assert sum(macs for op, macs in counted if op in ("gru", "lstm")) > 0
    whole = model_of(fitted, program)
    assert stream.arena_size < whole.arena_size
    sound = np.concatenate([tone(f, 0.5, RATE, 3 + f) for f in (400, 1800, 900, 400)])
    heard = [run_clip(model, sound).heard for model in (whole, stream)]
    assert len(heard[1].posteriors) > 10
    assert len(np.unique(heard[1].posteriors)) > (1 if "svm" in kind else 5)  # a vote or none
    np.testing.assert_array_equal(heard[0].window_frames, heard[1].window_frames)
    np.testing.assert_array_equal(heard[0].posteriors[0], heard[1].posteriors[0])  # later ones know more
    exact = fitted.float_predict_clips(clips)
    rounded = np.array([run_clip(stream, clip).scores for clip in clips]) / 32768
    assert np.abs(exact - rounded).max() < 0.08
    assert (exact.argmax(axis=1) == y).mean() > 0.9


def test_a_clips_later_windows_know_its_earlier_ones() -> None:
    y = np.arange(16) % 2
    clips = [tone([400, 1800][c], 0.7, RATE, 50 + i) for i, c in enumerate(y)]
    fitted = estimator("gru", epochs=1).fit(clips, y)
    one, two = clips[0][: FRAMES * 200], clips[1][: 12 * 200]
    both = fitted.float_predict_clips([one, np.concatenate([one, two])])
    network, windows = fitted.network_, fitted.windows
    frames = fitted.scaled(windows.features.extract(np.concatenate([one, two])))
    ends = [np.asarray(network(frames[None, :end, :, None]))[0] for end in range(FRAMES, len(frames) + 1, 4)]
    np.testing.assert_allclose(both[0], ends[0], atol=1e-5)
    np.testing.assert_allclose(both[1], np.mean(ends, axis=0), atol=1e-5)


def test_training_is_the_same_twice_and_is_kept() -> None:
    y = np.arange(16) % 2
    clips = [tone([400, 1800][c], 0.7, RATE, 50 + i) for i, c in enumerate(y)]
    first, second = (estimator("lstm", epochs=2).fit(clips, y) for _ in range(2))
    assert first.to_bytes() == second.to_bytes()
    again = estimator("lstm").load_bytes(first.to_bytes())
    again.representative_ = first.representative_
    assert lower_recurrent(again).sections() == lower_recurrent(first).sections()


def test_the_encoder_learns_without_labels_and_stays() -> None:
    """Its layers are the same whatever the labels are; the classifier is not."""
    y = np.arange(16) % 2
    clips = [tone([400, 1800][c], 0.7, RATE, 50 + i) for i, c in enumerate(y)]
    first, second = (estimator("learned", epochs=2).fit(clips, labels) for labels in (y, 1 - y))
    assert isinstance(first, LearnedClassifier)
    assert first.reconstruction_[1] < first.reconstruction_[0]
    for a, b in zip(first.trained_.cells, second.trained_.cells, strict=True):
        np.testing.assert_array_equal(a.kernel, b.kernel)
        np.testing.assert_array_equal(a.recurrent, b.recurrent)
    assert np.abs(first.trained_.dense - second.trained_.dense).max() > 0
    with pytest.raises(ValueError, match="as many units each"):
        schema.Learned(units=[8, 9])


@pytest.mark.parametrize("head", ["mlp", "svm"])
def test_heads_are_kept(head: str) -> None:
    y = np.arange(16) % 2
    clips = [tone([400, 1800][c], 0.7, RATE, 50 + i) for i, c in enumerate(y)]
    fitted = estimator(f"learned, {head}").fit(clips, y)
    assert f"head `{head}` learned from" in fitted.stopped_
    again = estimator(f"learned, {head}").load_bytes(fitted.to_bytes())
    np.testing.assert_array_equal(again.float_predict_clips(clips), fitted.float_predict_clips(clips))
    assert again.parameters_ == fitted.parameters_
    windows, _ = fitted.windows.cut_all(clips)
    assert (fitted.float_predict(windows).argmax(axis=1) == y.repeat(len(windows) // 16)).mean() > 0.9
    for other in ("learned", "learned, svm" if head == "mlp" else "learned, mlp"):
        with pytest.raises(VoxError, match="does not fit"):
            estimator(other).load_bytes(fitted.to_bytes())


def test_keys_of_another_head_are_refused() -> None:
    with pytest.raises(ValueError, match="`head: svm` has none"):
        schema.Learned(head="svm", hidden=12)
    assert schema.Learned(units=32).units == (32,)


def test_a_window_that_is_too_short_is_refused() -> None:
    with pytest.raises(VoxError, match="look back on 6 frames"):
        estimator("crnn", frames=4, first_kernel=6).network(4, 16, 2, 7)
