"""Test clips through the integer model, as the device runs it, and through the float model beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import ClipRun, Model, run_clip
from vox_embed.models import ClipEstimator
from vox_embed.report.metrics import Scores, score
from vox_embed.runs.reporter import Quiet, Reporter

Clips = Sequence[NDArray[np.int16]]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a model made of the test clips."""

    scores: Scores
    predicted: NDArray[np.int64]
    """[clips] index into the labels; LABEL_UNKNOWN, LABEL_SILENCE."""
    confidence: NDArray[np.float64]
    """[clips] 0..1, of the chosen label."""
    posteriors: NDArray[np.float64]
    """[clips, labels] 0..1."""


def evaluate_integer(
    model: Model, clips: Clips, truth: NDArray[np.int64], reporter: Reporter | None = None
) -> Evaluation:
    """Each clip from reset to verdict through the C library: front end, program, windows, decision."""
    with (
        (reporter or Quiet()).task("Evaluating the integer model", "clips") as advance,
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
    ):
        runs: list[ClipRun] = []
        for run in pool.map(lambda samples: run_clip(model, samples), clips):
            runs.append(run)
            advance(len(runs), len(clips))
    predicted = np.array([run.label for run in runs], np.int64)
    return Evaluation(
        score(truth, predicted, model.labels),
        predicted,
        np.array([run.score / 32768 for run in runs]),
        np.array([run.scores / 32768 for run in runs]).reshape(len(runs), len(model.labels)),
    )


def evaluate_float(estimator: ClipEstimator, clips: Clips, truth: NDArray[np.int64]) -> Evaluation:
    """The float model on the same windows; the highest mean posterior decides."""
    posteriors = estimator.float_predict_clips(clips).astype(np.float64)
    predicted = posteriors.argmax(axis=1).astype(np.int64)
    confidence = posteriors[np.arange(len(predicted)), predicted]
    return Evaluation(score(truth, predicted, estimator.labels), predicted, confidence, posteriors)
