"""Estimators: fit on clips, predict; training only. The device runs what they are lowered to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vox_embed.experiment import Experiment, schema
from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.features import FeatureExtractor
from vox_embed.features.cache import FeatureCache
from vox_embed.features.host import Inputs
from vox_embed.features.running import RunningMean, running_shift
from vox_embed.models.autoencoder import AutoencoderDetector
from vox_embed.models.classic import CLASSIC
from vox_embed.models.cnn import Cnn
from vox_embed.models.dscnn import DsCnn
from vox_embed.models.estimator import ClipEstimator
from vox_embed.models.finetuned import FinetunedTransformer
from vox_embed.models.host_rows import rows_of
from vox_embed.models.learned import LearnedClassifier
from vox_embed.models.neural import NeuralClassifier
from vox_embed.models.recurrent import RecurrentClassifier
from vox_embed.models.stream_cnn import StreamCnn
from vox_embed.models.stream_dscnn import StreamDsCnn
from vox_embed.models.training.epoch import Epoch
from vox_embed.models.vectors import VectorClassifier
from vox_embed.models.windows import Windows

# A new network is one file, one section of the schema, and one line here.
# Classic models are listed in classic/__init__.py.
MODELS: dict[str, type[NeuralClassifier]] = {
    "dscnn": DsCnn,
    "cnn": Cnn,
    "stream_cnn": StreamCnn,
    "stream_dscnn": StreamDsCnn,
    "gru": RecurrentClassifier,
    "lstm": RecurrentClassifier,
    "crnn": RecurrentClassifier,
    "learned": LearnedClassifier,
    "autoencoder": AutoencoderDetector,
}

__all__ = [
    "MODELS",
    "AutoencoderDetector",
    "ClipEstimator",
    "Cnn",
    "DsCnn",
    "Epoch",
    "FinetunedTransformer",
    "LearnedClassifier",
    "NeuralClassifier",
    "RecurrentClassifier",
    "StreamCnn",
    "StreamDsCnn",
    "VectorClassifier",
    "Windows",
    "estimator_of",
    "need_packages_of",
]


def need_packages_of(experiment: Experiment) -> None:
    """VoxError where a package that training takes is not installed: the model, and what it learns from.
    Features ask for theirs where they are made, before any sound is read."""
    for what, modules in _packages_of(experiment):
        need_packages(what, modules)


def _packages_of(experiment: Experiment) -> Iterator[tuple[str, Sequence[str]]]:
    """What the experiment names -> modules that it takes."""
    model = experiment.model
    if isinstance(model, schema.Finetune):
        yield f"model.type: {model.type}", FinetunedTransformer.needs
    else:
        yield f"model.type: {model.type}", (MODELS.get(model.type) or CLASSIC[model.type]).needs
    balancing = getattr(model, "balancing", "none")
    if balancing in schema.SYNTHESIZING:
        yield f"model.balancing: {balancing}", EXTRAS["balance"]
    if experiment.augment.audiomentations:
        yield "augment.audiomentations", EXTRAS["augment"]
    if experiment.tuning is not None and experiment.tuning.method == "optuna":
        yield "tuning.method: optuna", EXTRAS["optuna"]


def estimator_of(
    experiment: Experiment,
    inputs: Inputs,
    labels: Sequence[str],
    cache: FeatureCache | None = None,
) -> ClipEstimator:
    """The untrained estimator that an experiment describes; labels: of its dataset, in order."""
    if isinstance(experiment.model, schema.Finetune):
        return FinetunedTransformer(experiment.model, inputs.sample_rate, labels, experiment.seed)
    if experiment.model.type not in MODELS:
        rows = rows_of(
            inputs,
            experiment.window.functionals,
            experiment.window_frames,
            experiment.stride_frames,
            cache,
            experiment.memory_bytes,
        )
        return VectorClassifier(
            experiment.model,
            rows,
            labels,
            experiment.seed,
            augment=experiment.augment,
            sample_rate=inputs.sample_rate,
            tags=experiment.tags,
        )
    assert inputs.for_device is not None  # the schema refuses networks on anything else
    windows = Windows(
        inputs.for_device,
        experiment.window_frames,
        experiment.stride_frames,
        experiment.window.normalise,
        cache,
        _running(experiment, inputs.for_device),
        experiment.memory_bytes,
    )
    return MODELS[experiment.model.type](
        experiment.model, experiment.augment, windows, labels, experiment.seed, tags=experiment.tags
    )


def _running(experiment: Experiment, features: FeatureExtractor) -> RunningMean | None:
    """Where `window.normalise` asks for it; it starts where the training clips say."""
    if experiment.window.normalise != "running":
        return None
    hop_ms = 1000 * features.hop / features.sample_rate
    start = np.zeros(len(features.names), np.int16)
    return RunningMean(start, running_shift(experiment.window.normalise_ms, hop_ms))
