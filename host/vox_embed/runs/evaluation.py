"""Test clips through the integer model, as the device runs it, and through the float model beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
from vox_embed.report.ranking import rank
from vox_embed.report.tag_scores import TagScores, score_tags
from vox_embed.runs.reporter import Quiet, Reporter

Clips = Sequence[NDArray[np.int16]]


@dataclass(frozen=True, eq=False)
class Ranked:
    """Asks for the ranking of each label. dev: clips on which thresholds are chosen."""

    dev: Sounds | None = None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a model made of the test clips."""

    scored: Callable[[], Scores | Fit | TagScores]
    """Gives `scores`: their intervals take time, and not everybody wants them."""
    predicted: NDArray[np.int64]
    """[clips] index into the labels, of a regression the nearest one; LABEL_UNKNOWN, LABEL_SILENCE."""
    confidence: NDArray[np.float64]
    """[clips] 0..1, of the chosen label."""
    posteriors: NDArray[np.float64]
    """[clips, labels] 0..1."""
    values: NDArray[np.float64] | None = None
    """[clips] of a regression; NaN for a clip that the gate held back."""
    tags: NDArray[np.bool_] | None = None
    """[clips, labels] where labels are tags: which each clip is said to have."""

    @cached_property
    def scores(self) -> Scores | Fit | TagScores:
        """With intervals."""
        return self.scored()


def evaluate_integer(
    model: Model,
    clips: Clips,
    truth: NDArray[Any],
    reporter: Reporter | None = None,
    *,
    regression: bool = False,
    ranked: Ranked | None = None,
) -> Evaluation:
    """Each clip from reset to verdict through the C library: front end, program, windows, decision.

    truth: [clips] indices of labels; of a regression the numbers; of tags bool [clips, labels].
    ranked: with AUC, average precision and the like of each label; thresholds are chosen on its dev clips.
    """
    runs = _runs(model, clips, reporter)
    predicted = np.array([label for label, _, _ in runs], np.int64)
    confidence = np.array([score / 32768 for _, score, _ in runs])
    posteriors = np.array([scores / 32768 for _, _, scores in runs]).reshape(len(runs), len(model.labels))
    from vox_embed.program.vxm import tag_thresholds

    thresholds = tag_thresholds(model.data)
    if (thresholds is not None) != (np.ndim(truth) == 2):
        raise VoxError(
            "the model is one of tags, the experiment is not" if thresholds else "the model is none of tags",
            "train the experiment again, or name the model that belongs to it",
        )
    if thresholds is not None:
        return _of_tags(clips, truth, posteriors, model.labels, thresholds)
    if not regression:
        labels = model.labels
        if ranked is None:
            return Evaluation(
                lambda: score(truth, predicted, labels, groups=_groups(clips)),
                predicted,
                confidence,
                posteriors,
            )
        scores = score(truth, predicted, labels, groups=_groups(clips))
        if ranked is not None:
            dev = None
            if ranked.dev is not None and len(ranked.dev):
                dev = (_one_hot(ranked.dev.truth, model.labels), posteriors_of_clips(model, ranked.dev))
            scores = _ranked(scores, clips, truth, posteriors, dev)
        return Evaluation(lambda: scores, predicted, confidence, posteriors)
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


def _runs(
    model: Model, clips: Clips, reporter: Reporter | None = None
) -> list[tuple[int, int, NDArray[Any]]]:
    """Label, score and scores of each clip, from reset to verdict."""
    with (reporter or Quiet()).task("Evaluating the integer model", "clips") as advance:
        runs: list[tuple[int, int, NDArray[Any]]] = []
        for run in in_threads(lambda samples: _verdict(run_clip(model, samples)), clips):
            runs.append(run)
            advance(len(runs), len(clips))
    return runs


def posteriors_of_clips(model: Model, clips: Clips) -> NDArray[np.float64]:
    """[clips, labels] 0..1 of the integer model."""
    found = [scores / 32768 for _, _, scores in _runs(model, clips)]
    return np.array(found, np.float64).reshape(len(clips), len(model.labels))


def _one_hot(truth: NDArray[Any], labels: Sequence[str]) -> NDArray[np.bool_]:
    return np.asarray(np.eye(len(labels), dtype=bool)[np.asarray(truth)])


def _ranked(
    scores: Scores,
    clips: Clips,
    truth: NDArray[Any],
    posteriors: NDArray[np.float64],
    dev: tuple[NDArray[np.bool_], NDArray[np.float64]] | None,
    *,
    curves: bool = True,
) -> Scores:
    """The scores with the ranking of each label."""
    here = _one_hot(truth, scores.labels)
    rankings = rank(here, posteriors, scores.labels, groups=_groups(clips), dev=dev, curves=curves)
    return replace(scores, rankings=rankings)


def _of_tags(
    clips: Clips,
    truth: NDArray[Any],
    posteriors: NDArray[np.float64],
    labels: Sequence[str],
    thresholds: Sequence[float],
) -> Evaluation:
    tags = posteriors >= np.asarray(thresholds)
    best = posteriors.argmax(axis=1).astype(np.int64)
    scores = score_tags(truth, tags, posteriors, labels, thresholds, groups=_groups(clips))
    return Evaluation(lambda: scores, best, posteriors.max(axis=1), posteriors, tags=tags)


def evaluate_float(
    estimator: ClipEstimator,
    clips: Clips,
    truth: NDArray[Any],
    *,
    ranked: Ranked | None = None,
    curves: bool = False,
) -> Evaluation:
    """The float model on the same windows; the highest mean posterior decides. Of a regression the mean of
    the windows' values, which may lie beyond the labels. ranked: as in `evaluate_integer`; curves: with the
    points of its curves."""
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
    if estimator.tags:
        return _of_tags(clips, truth, posteriors, estimator.labels, estimator.thresholds_)
    predicted = posteriors.argmax(axis=1).astype(np.int64)
    confidence = posteriors[np.arange(len(predicted)), predicted]
    labels = estimator.labels
    if ranked is None:
        return Evaluation(
            lambda: score(truth, predicted, labels, groups=_groups(clips)), predicted, confidence, posteriors
        )
    scores = score(truth, predicted, labels, groups=_groups(clips))
    if ranked is not None:
        dev = None
        if ranked.dev is not None and len(ranked.dev):
            found = estimator.float_predict_clips(ranked.dev).astype(np.float64)
            dev = (_one_hot(ranked.dev.truth, estimator.labels), found)
        scores = _ranked(scores, clips, truth, posteriors, dev, curves=curves)
    return Evaluation(lambda: scores, predicted, confidence, posteriors)


def _groups(clips: Clips) -> Groups | None:
    """Which clips belong together, where it is known whose they are."""
    return groups_of(clips.rows) if isinstance(clips, Sounds) else None
