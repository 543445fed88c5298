"""A trained model that no device runs, asked about single sounds: the float model, on this computer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vox_embed.data import load_dataset
from vox_embed.experiment import VoxError
from vox_embed.experiment.results import Found
from vox_embed.features.host import inputs_of
from vox_embed.models import estimator_of
from vox_embed.runs.classified import Classified
from vox_embed.runs.stored import read_floats, stored_labels


class HostedModel:
    """Used as `api.Model` is, of an experiment with features of a PC. found: its results. VoxError where it
    was not trained."""

    def __init__(self, found: Found) -> None:
        path = found.float_model
        if path is None or not path.is_file():
            raise VoxError(f"`{found.name}` has not been trained", f"vox-embed train {found.experiment}")
        experiment = found.need_experiment()
        # Those of a regression are the grid of the numbers that it learned from.
        labels = stored_labels(path) or load_dataset(experiment).labels
        inputs = inputs_of(experiment.features)
        self._estimator = estimator_of(experiment, inputs, labels).load_bytes(read_floats(path))
        self.sample_rate: int = inputs.sample_rate
        self.tags: bool = experiment.tags

    def classify(self, samples: NDArray[np.int16]) -> Classified:
        """One clip at `sample_rate`. Of a regression the label is the number itself."""
        estimator = self._estimator
        if estimator.grid is not None:
            value = float(estimator.float_values([samples])[0])
            return Classified(f"{value:.6g}", 1.0, {}, ())
        row = estimator.float_predict_clips([samples])[0].astype(np.float64)
        scores = dict(zip(estimator.labels, row.tolist(), strict=True))
        best = max(scores, key=lambda label: scores[label])
        found: tuple[str, ...] = (best,)
        if self.tags:
            limits = zip(estimator.labels, estimator.thresholds_, strict=True)
            found = tuple(label for label, limit in limits if scores[label] >= limit)
        return Classified(best, scores[best], scores, found)
