"""Test clips through the integer model, as the device runs it, and through the float model beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import ClipRun, Model, run_clip
from vox_embed.core.grid import grid_of, nearest, posteriors_of, values_of
from vox_embed.data.groups import Groups, groups_of
from vox_embed.data.sounds import Sounds
from vox_embed.data.threads import in_threads
from vox_embed.experiment.errors import VoxError
from vox_embed.models import ClipEstimator
from vox_embed.report.fit import Fit, fit
from vox_embed.report.metrics import Scores, score
from vox_embed.runs.reporter import Quiet, Reporter

Clips = Sequence[NDArray[np.int16]]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a model made of the test clips."""

    scored: Callable[[], Scores | Fit]
    """Gives `scores`: their intervals take time, and not everybody wants them."""
    predicted: NDArray[np.int64]
    """[clips] index into the labels, of a regression the nearest one; LABEL_UNKNOWN, LABEL_SILENCE."""
    confidence: NDArray[np.float64]
    """[clips] 0..1, of the chosen label."""
    posteriors: NDArray[np.float64]
    """[clips, labels] 0..1."""
    values: NDArray[np.float64] | None = None
    """[clips] of a regression; NaN for a clip that the gate held back."""

    @cached_property
    def scores(self) -> Scores | Fit:
        """With intervals."""
        return self.scored()


def evaluate_integer(
    model: Model,
    clips: Clips,
    truth: NDArray[Any],
    reporter: Reporter | None = None,
    *,
    regression: bool = False,
) -> Evaluation:
    """Each clip from reset to verdict through the C library: front end, program, windows, decision.

    truth: [clips] indices of labels; of a regression the numbers.
    """
    with (reporter or Quiet()).task("Evaluating the integer model", "clips") as advance:
        runs: list[tuple[int, int, NDArray[Any]]] = []
        for run in in_threads(lambda samples: _verdict(run_clip(model, samples)), clips):
            runs.append(run)
            advance(len(runs), len(clips))
    predicted = np.array([label for label, _, _ in runs], np.int64)
    confidence = np.array([score / 32768 for _, score, _ in runs])
    posteriors = np.array([scores / 32768 for _, _, scores in runs]).reshape(len(runs), len(model.labels))
    if not regression:
        labels = model.labels
        return Evaluation(
            lambda: score(truth, predicted, labels, groups=_groups(clips)), predicted, confidence, posteriors
        )
    grid = grid_of(model.labels)
    if grid is None:
        raise VoxError(
            f"the model's labels ({', '.join(model.labels)}) are no numbers in rising order, but the "
            "experiment is a regression",
            "train the experiment again, or name the model that belongs to it",
        )
    values = values_of(posteriors, grid)
    return Evaluation(
        lambda: fit(truth, values, model.labels, groups=_groups(clips)),
        predicted,
        confidence,
        posteriors,
        values,
    )


def _verdict(run: ClipRun) -> tuple[int, int, NDArray[Any]]:
    """Of a clip; its frames and windows are let go."""
    return run.label, run.score, np.array(run.scores)


def evaluate_float(estimator: ClipEstimator, clips: Clips, truth: NDArray[Any]) -> Evaluation:
    """The float model on the same windows; the highest mean posterior decides. Of a regression the mean of
    the windows' values, which may lie beyond the labels."""
    if estimator.grid is not None:
        values = estimator.float_values(clips)
        posteriors = posteriors_of(values, estimator.grid)
        predicted = nearest(values, estimator.grid)
        return Evaluation(
            lambda: fit(truth, values, estimator.labels, groups=_groups(clips)),
            predicted,
            posteriors.max(axis=1),
            posteriors,
            values,
        )
    posteriors = estimator.float_predict_clips(clips).astype(np.float64)
    predicted = posteriors.argmax(axis=1).astype(np.int64)
    confidence = posteriors[np.arange(len(predicted)), predicted]
    return Evaluation(
        lambda: score(truth, predicted, estimator.labels, groups=_groups(clips)),
        predicted,
        confidence,
        posteriors,
    )


def _groups(clips: Clips) -> Groups | None:
    """Which clips belong together, where it is known whose they are."""
    return groups_of(clips.rows) if isinstance(clips, Sounds) else None
