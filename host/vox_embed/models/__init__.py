"""Estimators: fit on clips, predict; training only. The device runs what `tflite_` is lowered to."""

from __future__ import annotations

from collections.abc import Sequence

from vox_embed.experiment import Experiment
from vox_embed.features import FeatureExtractor
from vox_embed.features.cache import FeatureCache
from vox_embed.models.cnn import Cnn
from vox_embed.models.dscnn import DsCnn
from vox_embed.models.neural import Epoch, NeuralClassifier
from vox_embed.models.windows import Windows

# A new model is one file, one section of the schema, and one line here.
MODELS: dict[str, type[NeuralClassifier]] = {
    "dscnn": DsCnn,
    "cnn": Cnn,
}

__all__ = ["MODELS", "Cnn", "DsCnn", "Epoch", "NeuralClassifier", "Windows", "estimator_of"]


def estimator_of(
    experiment: Experiment,
    features: FeatureExtractor,
    labels: Sequence[str],
    cache: FeatureCache | None = None,
) -> NeuralClassifier:
    """The untrained estimator that an experiment describes; labels: of its dataset, in order."""
    windows = Windows(
        features, experiment.window_frames, experiment.stride_frames, experiment.window.normalise, cache
    )
    return MODELS[experiment.model.type](
        experiment.model, experiment.augment, windows, labels, experiment.seed
    )
