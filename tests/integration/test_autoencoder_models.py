"""Detectors by reconstruction: faults of a machine found by the integer model, which says what the float one
says; every network of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.autoencoder import NETWORKS, random_detector, random_inputs, random_layers, windows
from helpers.machines import FAULTS, RATE, machine
from vox_embed.core import Model
from vox_embed.core.listener import run_clip
from vox_embed.experiment import VoxError, schema
from vox_embed.features import LogMel
from vox_embed.models import MODELS, AutoencoderDetector, Windows
from vox_embed.models.training.epoch import Epoch
from vox_embed.program.autoencoder import lower_autoencoder, lower_errors
from vox_embed.program.build import build_classifier, build_network
from vox_embed.program.ops import Kind
from vox_embed.program.program import Program
from vox_embed.program.vxm import Decision, Normaliser

FEATURES = LogMel(sample_rate=RATE, window=512, hop=256, fft_size=512, bands=32, fmin=30.0, fmax=3900.0)
LABELS = ("anomaly", "normal")
Clips = list[NDArray[np.int16]]


def detector(network: str, **more: Any) -> AutoencoderDetector:
    pytest.importorskip("tensorflow", reason="training needs TensorFlow (extra `train`)")
    section = schema.Autoencoder(**{"network": network, "learning_rate": 4e-3, **more})
    made = MODELS["autoencoder"](section, schema.Augment(), Windows(FEATURES, 16, 8, "mean"), LABELS, 7, 1)
    assert isinstance(made, AutoencoderDetector)
    return made


def model_of(fitted: AutoencoderDetector, program: Program) -> bytes:
    source = program.input_tensor
    return build_classifier(
        features=FEATURES,
        normaliser=Normaliser.from_statistics(
            "mean", fitted.mean_, fitted.std_, source.scale, source.zero_point
        ),
        program=program,
        labels=LABELS,
        decision=Decision(16, 8, len(LABELS)),
        meta={},
    )


def area(normal: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Under the ROC curve: how often another's score is above a normal one's."""
    return float(((other[:, None] > normal).mean() + (other[:, None] >= normal).mean()) / 2)


@pytest.mark.parametrize("network", NETWORKS)
def test_faults_of_a_machine_are_found_in_integers(network: str, full: bool) -> None:
    """AUC; without --full of the dense network alone, the others are trained a little."""
    proven = full or network == "dense"
    clips = [machine(i) for i in range(60 if proven else 12)]
    # Faults among the training clips would teach what they sound like: they are left out by their label.
    labels = np.array([1] * len(clips) + [0] * 5)
    dev = [machine(1000 + i) for i in range(12)]
    epochs = {"dense": 30}.get(network, 120) if proven else 2
    fitted = detector(network, epochs=epochs).fit(
        [*clips, *(machine(5000 + i, "leak") for i in range(5))], labels, dev, np.ones(len(dev), int)
    )
    assert f"of {len(clips)} clips of `normal`" in fitted.stopped_
    assert "of 12 normal dev clips" in fitted.stopped_
    program = lower_autoencoder(fitted)
    data = model_of(fitted, program)
    assert len(data) <= 64_000
    tested = [machine(2000 + i) for i in range(20)]
    faulty = {fault: [machine(3000 + i, fault) for i in range(8)] for fault in FAULTS}
    model = Model(data)

    def scores(some: Clips) -> NDArray[np.float64]:
        return np.array([run_clip(model, one).scores[0] / 32768 for one in some])

    normal, others = scores(tested), scores([one for some in faulty.values() for one in some])
    floats = fitted.float_predict_clips([*tested, *(one for some in faulty.values() for one in some)])[:, 0]
    integers = np.concatenate([normal, others])
    assert np.corrcoef(integers, floats)[0, 1] > 0.98
    assert ((integers > 0.5) == (floats > 0.5)).mean() >= 0.95
    if proven:
        assert area(normal, others) >= 0.95
        assert (normal > 0.5).mean() <= 0.15


@pytest.mark.parametrize("network", NETWORKS)
def test_integers_rebuild_what_floats_do(network: str) -> None:
    """Random weights: sums of squares, of both."""
    layers, made = random_layers(network), windows(60)
    program = lower_errors(layers, made)
    assert program.output_tensor.kind is Kind.S32
    source = program.input_tensor
    integers = np.clip(np.round(made / source.scale) + source.zero_point, -128, 127).astype(np.int8)
    scores = (
        Model(build_network(program, {})).run(integers.reshape(60, -1))[:, 0] * program.output_tensor.scale
    )
    exact = rebuilt_errors(network, layers, made)
    assert np.abs(scores / exact - 1).max() < 0.05
    assert np.corrcoef(scores, exact)[0, 1] > 0.99


def rebuilt_errors(network: str, layers: Any, made: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sums of squares of the float network that Keras makes of the layers."""
    pytest.importorskip("tensorflow", reason="Keras is the reference (extra `train`)")
    import keras

    from vox_embed.models.autoencoder import ConvLayer, DenseLayer, Double, Repeat, Rows

    _, frames, bands = made.shape
    x = start = keras.Input((frames, bands, 1))
    weights = []
    for i, layer in enumerate(layers):
        match layer:
            case Rows():
                x = keras.layers.Reshape((frames // layer.together, layer.together * bands))(x)
            case DenseLayer():
                flat = x if network in ("gru", "lstm") else keras.layers.Flatten()(x)
                x = keras.layers.Dense(layer.kernel.shape[1], activation="relu" if layer.relu else None)(flat)
                weights += [layer.kernel, layer.bias]
            case ConvLayer():
                x = keras.layers.Conv2D(
                    layer.kernel.shape[3],
                    layer.kernel.shape[:2],
                    layer.stride,
                    "same",
                    activation="relu" if layer.relu else None,
                )(x)
                weights += [layer.kernel, layer.bias]
            case Double():
                x = keras.layers.UpSampling2D()(x)
            case Repeat():
                x = keras.layers.RepeatVector(layer.rows)(x)
            case _:
                kind = keras.layers.GRU if layer.kind == "gru" else keras.layers.LSTM
                every = not isinstance(layers[i + 1], Repeat)
                x = kind(layer.units, return_sequences=every)(x)
                bias = np.stack([layer.bias, layer.back]) if layer.kind == "gru" else layer.bias
                weights += [layer.kernel, layer.recurrent, bias]
    reference = keras.Model(start, x)
    reference.set_weights(weights)
    rebuilt = np.asarray(reference(made[..., None])).reshape(made.shape).astype(np.float64)
    total: NDArray[np.float64] = ((rebuilt - made) ** 2).sum(axis=(1, 2))
    return total


def test_both_answers_are_given() -> None:
    for network in NETWORKS:
        posteriors = Model(build_network(random_detector(network), {})).run(random_inputs(40))
        assert (np.abs(posteriors.sum(axis=1) - 32767) <= 1).all()
        assert len(np.unique(posteriors[:, 0])) > 5


def test_what_was_learned_is_kept_and_stays_the_same_when_taken_up(tmp_path: Any) -> None:
    clips = [machine(i, seconds=1.0) for i in range(6)]
    normal = np.ones(6, int)
    whole = detector("dense", epochs=4).fit(clips, normal)
    assert "as there are none in dev" in whole.stopped_

    class StoppedError(Exception):
        pass

    def stop(epoch: Epoch) -> None:
        if epoch.epoch == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        detector("dense", epochs=4).fit(clips, normal, progress=stop, checkpoint=tmp_path)
    again = detector("dense", epochs=4).fit(clips, normal, checkpoint=tmp_path)
    assert again.to_bytes() == whole.to_bytes()
    other = detector("dense", epochs=4).load_bytes(whole.to_bytes())
    some, _ = whole.windows.cut_all(clips)
    np.testing.assert_array_equal(other.float_predict(some), whole.float_predict(some))
    with pytest.raises(VoxError, match="does not fit"):
        detector("dense", epochs=4, hidden=(8,)).load_bytes(whole.to_bytes())


def test_what_cannot_be_learned_is_refused() -> None:
    clips = [machine(0, seconds=1.0)]
    with pytest.raises(VoxError, match="no clips to train on"):
        detector("dense").fit(clips, np.zeros(1, int))
    made = detector("dense")
    made.labels = ("a", "b", "normal")
    with pytest.raises(VoxError, match="tells 'normal' from everything else"):
        made.fit(clips, np.ones(1, int))
