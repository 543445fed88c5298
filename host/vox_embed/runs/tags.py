"""The thresholds of tags: where F1 is highest on dev, unless the experiment says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.sounds import Sounds
from vox_embed.experiment import Experiment
from vox_embed.models import ClipEstimator
from vox_embed.program.vxm import with_tag_thresholds
from vox_embed.report.ranking import best_threshold
from vox_embed.runs.assemble import Assembled
from vox_embed.runs.evaluation import posteriors_of_clips
from vox_embed.runs.reporter import Reporter

DEFAULT = 0.5
_LOWEST = 1 / 256
"""A score of 0 is nothing that a model hears."""


def chosen(
    truth: NDArray[np.bool_], scores: NDArray[np.float64], labels: Sequence[str], given: Mapping[str, float]
) -> tuple[float, ...]:
    """One for each tag. truth, scores: [dev clips, labels]; a tag that all of them have, or none, gets
    0.5."""
    found = []
    for i, label in enumerate(labels):
        best = best_threshold(truth[:, i], scores[:, i]) if len(truth) else None
        found.append(given.get(label, DEFAULT if best is None else max(best, _LOWEST)))
    return tuple(found)


def choose(
    experiment: Experiment, estimator: ClipEstimator, made: Assembled | None, dev: Sounds, log: Reporter
) -> Assembled | None:
    """Chooses on dev the thresholds of the float model (`thresholds_`), and of the integer model, which gets
    them."""
    given = experiment.decision.thresholds
    scores = estimator.float_predict_clips(dev) if len(dev) else np.zeros((0, len(estimator.labels)))
    estimator.thresholds_ = chosen(dev.truth, scores.astype(np.float64), estimator.labels, given)
    if made is None:
        shown = estimator.thresholds_
    else:
        model = made.model
        shown = chosen(dev.truth, posteriors_of_clips(model, dev), estimator.labels, given)
        made = replace(made, vxm=with_tag_thresholds(made.vxm, shown))
    told = ", ".join(f"{label} {value:.2f}" for label, value in zip(estimator.labels, shown, strict=True))
    log.note(f"thresholds of tags, F1 highest on {len(dev)} dev clips: {told}")
    return made
