"""Networks: they learn, give the same bytes again, stop cleanly, and become int8 the device can run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.sounds import tone
from vox_embed.experiment import VoxError, schema
from vox_embed.features import LogMel
from vox_embed.models import MODELS, Cnn, DsCnn, Epoch, NeuralClassifier, Windows
from vox_embed.models.classic import CLASSIC
from vox_embed.models.convert import OPERATORS, convert, operators

pytest.importorskip("tensorflow", reason="training needs TensorFlow (extra `train`)")

RATE = 8000
FEATURES = LogMel(sample_rate=RATE, window=200, hop=200, fft_size=256, bands=16, fmin=60.0, fmax=3800.0)
WINDOWS = Windows(FEATURES, 16, 8)
LABELS = ("low", "middle", "high")
AUGMENT: dict[str, Any] = {
    "shift_ms": 50,
    "gain_db": [-6, 6],
    "noise_snr_db": [10, 30],
    "babble": True,
    "speed": [0.95, 1.05],
    "time_mask": 3,
    "freq_mask": 2,
    "mixup": 0.2,
}


def clips(count: int, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    y = np.arange(count) % 3
    rng = np.random.default_rng(seed)
    return [
        tone([300, 900, 2400][c] * rng.uniform(0.9, 1.1), rng.uniform(0.2, 0.8), RATE, seed + i)
        for i, c in enumerate(y)
    ], y


TRAIN, DEV = clips(60, 100), clips(24, 900)


def dscnn(seed: int = 7, augment: dict[str, Any] | None = None, **model: Any) -> DsCnn:
    settings = {"width": 8, "blocks": 2, "first_kernel": [4, 4], "epochs": 20, "batch_size": 12, **model}
    section = schema.DsCnn(
        **{"learning_rate": 0.01, "average_decay": 0.9, "strides": [[2, 2], [1, 2]], **settings}
    )
    return DsCnn(section, schema.Augment(**(AUGMENT if augment is None else augment)), WINDOWS, LABELS, seed)


@dataclass
class Stop:
    after: int

    def __call__(self, epoch: Epoch) -> None:
        if epoch.epoch == self.after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def fitted() -> NeuralClassifier:
    return dscnn().fit(*TRAIN, *DEV)


def int8_predict(data: bytes, estimator: NeuralClassifier, features: np.ndarray) -> np.ndarray:
    interpreter_module = pytest.importorskip("ai_edge_litert.interpreter")
    interpreter = interpreter_module.Interpreter(
        model_content=data,
        experimental_op_resolver_type=interpreter_module.OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    (source,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert source["shape"].tolist() == [1, WINDOWS.frames, FEATURES.bands, 1]
    assert source["dtype"] is result["dtype"] is np.int8
    scale, zero = source["quantization"]
    scaled = (WINDOWS.centre(features) - estimator.mean_) / estimator.std_
    posteriors = []
    for window in np.clip(np.rint(scaled / scale) + zero, -128, 127).astype(np.int8):
        interpreter.set_tensor(source["index"], window[None, :, :, None])
        interpreter.invoke()
        posteriors.append((interpreter.get_tensor(result["index"])[0].astype(np.float32) + 128) / 256)
    return np.array(posteriors)


def test_learns_in_float_and_int8(fitted: NeuralClassifier) -> None:
    test, y = clips(30, 5000)
    cut, _ = WINDOWS.cut_all(test)
    posteriors = fitted.float_predict(cut)
    np.testing.assert_allclose(posteriors.sum(axis=1), 1, rtol=1e-5)
    assert (fitted.float_predict_clips(test).argmax(axis=1) == y).mean() >= 0.9
    int8 = int8_predict(fitted.tflite_, fitted, cut)
    assert (int8.argmax(axis=1) == posteriors.argmax(axis=1)).mean() >= 0.95
    assert np.abs(int8 - posteriors).mean() < 0.03


def test_what_is_known_after_fit(fitted: NeuralClassifier) -> None:
    assert fitted.mean_.shape == fitted.std_.shape == (FEATURES.bands,)
    assert (fitted.std_ > 0).all()
    best = min(fitted.history_, key=lambda e: e.dev_loss)
    assert fitted.best_epoch_ == best.epoch
    assert [e.epoch for e in fitted.history_] == list(range(1, len(fitted.history_) + 1))
    convolutions = 4 * 4 * 8 + 8 + 2 * (9 * 8 + 8 + 8 * 8 + 8)
    assert fitted.parameters_ == convolutions + 8 * 3 + 3
    assert set(operators(fitted.tflite_)) <= OPERATORS


def test_the_kept_weights_are_those_of_the_best_epoch(fitted: NeuralClassifier) -> None:
    accuracy = (fitted.float_predict_clips(DEV[0]).argmax(axis=1) == DEV[1]).mean()
    assert accuracy == pytest.approx(fitted.history_[fitted.best_epoch_ - 1].dev_accuracy)


def test_same_seed_same_bytes(fitted: NeuralClassifier) -> None:
    again = dscnn().fit(*TRAIN, *DEV)
    assert again.to_bytes() == fitted.to_bytes()
    assert again.tflite_ == fitted.tflite_
    assert again.history_ == fitted.history_


def test_another_seed_another_model(fitted: NeuralClassifier) -> None:
    assert dscnn(seed=8, epochs=1).fit(*TRAIN, *DEV).to_bytes() != fitted.to_bytes()


def test_float_model_comes_back(fitted: NeuralClassifier) -> None:
    back = dscnn().load_bytes(fitted.to_bytes())
    cut, _ = WINDOWS.cut_all(DEV[0])
    np.testing.assert_array_equal(back.float_predict(cut), fitted.float_predict(cut))
    with pytest.raises(VoxError, match="does not fit"):
        dscnn(width=9).load_bytes(fitted.to_bytes())
    with pytest.raises(VoxError, match="does not fit"):
        dscnn().load_bytes(b"no model")


def test_interrupted_training_leaves_nothing_and_resumes_to_the_same_bytes(
    fitted: NeuralClassifier, tmp_path: Path
) -> None:
    stopped = dscnn()
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(*TRAIN, *DEV, progress=Stop(3), checkpoint=tmp_path)
    assert not hasattr(stopped, "network_")
    epochs: list[int] = []
    resumed = dscnn().fit(*TRAIN, *DEV, progress=lambda e: epochs.append(e.epoch), checkpoint=tmp_path)
    assert epochs[0] == 4
    assert resumed.to_bytes() == fitted.to_bytes()
    assert resumed.tflite_ == fitted.tflite_


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        dscnn().fit(*TRAIN, *DEV, progress=Stop(1), checkpoint=tmp_path)
    for other, dev in ((dscnn(seed=8), DEV), (dscnn(), clips(24, 901))):
        with pytest.raises(VoxError, match="other settings or other data"):
            other.fit(*TRAIN, *dev, checkpoint=tmp_path)


def test_stops_early_and_says_so() -> None:
    # A rate this small changes nothing, so the first epoch stays the best or nearly so.
    estimator = dscnn(epochs=30, patience=2, learning_rate=1e-9, average_decay=0.0)
    estimator.fit(*TRAIN, *DEV)
    assert len(estimator.history_) < 30
    assert f"epoch {estimator.best_epoch_} is kept" in estimator.stopped_
    assert "did not improve for 2 epochs" in estimator.stopped_


def test_without_dev_the_last_epoch_is_kept() -> None:
    estimator = dscnn(epochs=2).fit(*TRAIN)
    assert estimator.best_epoch_ == 2
    assert np.isnan(estimator.history_[-1].dev_accuracy)


def test_class_weights_and_smoothing_reach_the_targets() -> None:
    from vox_embed.models.neural import _Batches

    sound, y = clips(40, 1)
    y = np.where(np.arange(40) < 30, 0, 1)
    estimator = dscnn(augment={}, class_weight=True, label_smoothing=0.3, batch_size=40)
    estimator.mean_, estimator.std_ = np.zeros(FEATURES.bands), np.ones(FEATURES.bands)
    with ThreadPoolExecutor(1) as pool:
        ((_, targets),) = _Batches(estimator, sound, y).of_epoch(1, pool)
    sums = {round(float(t.sum()), 4): t for t in targets}
    assert sorted(sums) == [round(40 / (2 * 30), 4), 2.0]
    np.testing.assert_allclose(sums[2.0], 2.0 * np.array([0.1, 0.8, 0.1]), rtol=1e-5)


def test_noise_from_labels_and_folder(tmp_path: Path) -> None:
    with pytest.raises(VoxError, match="no audio files"):
        dscnn(augment={"noise_snr_db": [0, 10], "noise_path": str(tmp_path)}).fit(*TRAIN, *DEV)
    import soundfile

    soundfile.write(tmp_path / "noise.wav", tone(50, 1.0, RATE), RATE)
    settings = {"noise_snr_db": [0, 10], "noise_path": str(tmp_path), "noise_labels": ["low"]}
    dscnn(augment=settings, epochs=1).fit(*TRAIN, *DEV)
    with pytest.raises(VoxError, match="noise_labels"):
        dscnn(augment={"noise_snr_db": [0, 10], "noise_labels": ["hush"]}).fit(*TRAIN, *DEV)


def test_cnn() -> None:
    section = schema.Cnn(
        widths=[4, 8, 8], dense=16, epochs=30, batch_size=12, learning_rate=0.01, average_decay=0.9
    )
    estimator = Cnn(section, schema.Augment(**AUGMENT), WINDOWS, LABELS).fit(*TRAIN, *DEV)
    assert max(e.dev_accuracy for e in estimator.history_) >= 0.9
    assert {"MAX_POOL_2D", "CONV_2D", "FULLY_CONNECTED"} <= set(operators(estimator.tflite_)) <= OPERATORS


def test_cnn_refuses_pools_that_leave_nothing() -> None:
    section = schema.Cnn(pool=[4, 2])
    with pytest.raises(VoxError, match=r"model\.pool"):
        Cnn(section, schema.Augment(), WINDOWS, LABELS).fit(*TRAIN, *DEV)


def test_labels_must_be_known() -> None:
    with pytest.raises(ValueError, match="from 0 to 2"):
        dscnn().fit(TRAIN[0], TRAIN[1] + 1)
    with pytest.raises(ValueError, match="labels"):
        dscnn().fit(TRAIN[0], TRAIN[1][:-1])


def test_conversion_refuses_what_the_device_cannot_run() -> None:
    import keras

    start = keras.Input((4, 4, 1))
    network = keras.Model(start, keras.layers.Activation("tanh")(keras.layers.Flatten()(start)))
    with pytest.raises(VoxError, match="TANH"):
        convert(network, np.random.default_rng(1).standard_normal((8, 4, 4)).astype(np.float32))


def test_every_model_of_the_schema_has_an_estimator() -> None:
    from typing import get_args

    union = get_args(schema.Model)[0]
    known = set(MODELS) | set(CLASSIC) | {"finetune"}  # a transformer, on the host
    assert {section.model_fields["type"].default for section in get_args(union)} == known
