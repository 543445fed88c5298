"""How well scores rank clips, label by label: ROC and its area, average precision, equal error rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vox_embed.data.groups import FEW, Groups, single, wider

Floats = NDArray[np.float64]
_RESAMPLES = 300
_POINTS = 101
"""Of a curve, at most."""
_LEVEL = (2.5, 97.5)


@dataclass(frozen=True)
class Point:
    """What a threshold gives: a clip is taken for one with the label where its score is at or above."""

    threshold: float
    recall: float
    """Of clips with the label, the share that is found: true positives."""
    false_positives: float
    """Of clips without it, the share that is taken for it."""
    precision: float | None
    """Of what is taken for it, the share that is; None where nothing is."""


@dataclass(frozen=True)
class AtDev:
    """On test clips, with the threshold at which F1 is highest on dev."""

    threshold: float
    precision: float | None
    recall: float
    f1: float
    false_positives: float


@dataclass(frozen=True)
class Ranking:
    """One label against all others, by its scores. Figures are None where all clips have it, or none."""

    label: str
    clips: int
    positives: int
    auc: float | None
    """Area under the ROC: how often a clip with the label scores higher than one without."""
    auc_ci95: tuple[float, float] | None
    average_precision: float | None
    eer: float | None
    """Equal error rate: as many are missed as are falsely taken for it, of each kind."""
    eer_threshold: float | None
    curve: tuple[Point, ...] = ()
    """ROC, precision and recall, DET: from the highest threshold on."""
    at_dev: AtDev | None = None
    """None where there are no dev clips with and without it."""

    def to_dict(self) -> dict[str, Any]:
        """For metrics.json."""
        at = self.at_dev
        return {
            "label": self.label,
            "clips": self.clips,
            "positives": self.positives,
            "auc": self.auc,
            "auc_ci95": None if self.auc_ci95 is None else list(self.auc_ci95),
            "average_precision": self.average_precision,
            "eer": self.eer,
            "eer_threshold": self.eer_threshold,
            "at_dev_threshold": None if at is None else vars(at),
            "curve": {
                "threshold": [point.threshold for point in self.curve],
                "recall": [point.recall for point in self.curve],
                "false_positives": [point.false_positives for point in self.curve],
                "precision": [point.precision for point in self.curve],
            },
        }


def brief(rankings: Sequence[Ranking]) -> dict[str, float | None]:
    """Means over labels that have a figure: {"macro_auc": .., "macro_average_precision": .., "macro_eer":
    ..}."""
    return {f"macro_{name}": macro(rankings, name) for name in ("auc", "average_precision", "eer")}


def macro(rankings: Sequence[Ranking], name: str) -> float | None:
    """Mean of one figure; None where no label has it."""
    known = [value for one in rankings if (value := getattr(one, name)) is not None]
    return float(np.mean(known)) if known else None


def rank(
    truth: ArrayLike,
    scores: ArrayLike,
    labels: Sequence[str],
    *,
    groups: Groups | None = None,
    dev: tuple[ArrayLike, ArrayLike] | None = None,
    seed: int = 0,
    curves: bool = True,
) -> tuple[Ranking, ...]:
    """One for each label. truth: bool [clips, labels]. scores: [clips, labels]. dev: the same of dev
    clips, on
    which thresholds are chosen. curves: with the points of the curves.

    AUC: the Mann-Whitney statistic, ties counted half; intervals are percentiles of a bootstrap over
    groups of
    clips. Average precision: the mean of precision over the steps of recall, without interpolation, as
    scikit-learn has it. EER: where the ROC, drawn in straight lines, meets the line of equal errors.
    """
    here, found = np.asarray(truth, bool), np.asarray(scores, np.float64)
    if here.shape != found.shape or here.ndim != 2 or here.shape[1] != len(labels):
        raise ValueError(f"truth {here.shape}, scores {found.shape}, {len(labels)} labels")
    groups = single(len(here)) if groups is None else groups
    draws = _draws(groups, seed)
    chosen: Mapping[int, float] = {} if dev is None else dict(_best_on(dev, len(labels)))
    made = (_of_label(label, here[:, i], found[:, i], draws, chosen.get(i)) for i, label in enumerate(labels))
    return tuple(one if curves else replace(one, curve=()) for one in made)


def best_threshold(truth: NDArray[np.bool_], scores: Floats) -> float | None:
    """Where F1 is highest, midway to the next lower score; of equals the highest. None where all clips or
    none
    have the label."""
    if not truth.any() or truth.all():
        return None
    values, hits, falses = _steps(truth, scores)
    f1 = 2 * hits / (hits + falses + truth.sum())
    at = int(np.argmax(f1))
    below = values[at + 1] if at + 1 < len(values) else 0.0
    return float((values[at] + max(below, 0.0)) / 2)


def _best_on(dev: tuple[ArrayLike, ArrayLike], labels: int) -> list[tuple[int, float]]:
    truth, scores = np.asarray(dev[0], bool), np.asarray(dev[1], np.float64)
    found = [(i, best_threshold(truth[:, i], scores[:, i])) for i in range(labels)] if len(truth) else []
    return [(i, value) for i, value in found if value is not None]


def _steps(truth: NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats, Floats]:
    """Thresholds from the highest score down, and how many clips with and without the label are at or
    above."""
    order = np.argsort(-scores, kind="stable")
    values, hits = scores[order], np.cumsum(truth[order])
    last = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)
    return values[last], hits[last].astype(np.float64), (last + 1 - hits[last]).astype(np.float64)


def _of_label(
    label: str, truth: NDArray[np.bool_], scores: Floats, draws: NDArray[np.int64], chosen: float | None
) -> Ranking:
    positives = int(truth.sum())
    if positives in (0, len(truth)):
        return Ranking(label, len(truth), positives, None, None, None, None, None)
    values, hits, falses = _steps(truth, scores)
    recall, wrong = hits / positives, falses / (len(truth) - positives)
    precision = hits / (hits + falses)
    eer, at = _equal_error(values, recall, wrong)
    drawn = _aucs(truth, scores, draws)
    low, high = np.percentile(drawn, _LEVEL) if len(drawn) else (np.nan, np.nan)
    auc = float(_aucs(truth, scores, np.ones((1, len(truth)), np.int64))[0])
    return Ranking(
        label,
        len(truth),
        positives,
        auc,
        wider((float(low), float(high)), (auc, auc)) if len(drawn) else None,
        float(np.sum(np.diff(recall, prepend=0.0) * precision)),
        eer,
        at,
        _curve(values, recall, wrong, precision),
        None if chosen is None else _at(truth, scores, chosen),
    )


def _at(truth: NDArray[np.bool_], scores: Floats, threshold: float) -> AtDev:
    taken = scores >= threshold
    hits, falses = int((taken & truth).sum()), int((taken & ~truth).sum())
    return AtDev(
        threshold,
        hits / (hits + falses) if hits + falses else None,
        hits / int(truth.sum()),
        2 * hits / (hits + falses + int(truth.sum())),
        falses / int((~truth).sum()),
    )


def _equal_error(values: Floats, recall: Floats, wrong: Floats) -> tuple[float, float]:
    """The rate, and the threshold nearest to it."""
    recall, wrong = np.append(0.0, recall), np.append(0.0, wrong)
    gap = wrong - (1 - recall)  # rises from -1 to 1
    after = int(np.argmax(gap >= 0))
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    rate = wrong[after - 1] + share * (wrong[after] - wrong[after - 1])
    return float(rate), float(values[after - 1])


def _curve(values: Floats, recall: Floats, wrong: Floats, precision: Floats) -> tuple[Point, ...]:
    """At most _POINTS points, those at even steps of recall and of false positives among them."""
    kept = np.arange(len(values))
    if len(values) > _POINTS:
        grid = np.linspace(0, 1, _POINTS // 2)
        wanted = [np.searchsorted(axis, grid) for axis in (recall, wrong)]
        kept = np.unique(np.minimum(np.concatenate([*wanted, [0, len(values) - 1]]), len(values) - 1))
    return tuple(
        Point(float(values[i]), float(recall[i]), float(wrong[i]), float(precision[i])) for i in kept
    )


def _draws(groups: Groups, seed: int) -> NDArray[np.int64]:
    """[resamples, clips] how often each clip is drawn, with its group or, of few groups, also alone."""
    random = np.random.default_rng(seed)
    clips, count = len(groups.members), groups.count
    made = random.multinomial(count, np.full(count, 1 / count), _RESAMPLES)[:, groups.members]
    if count < FEW and count < clips:
        alone = random.multinomial(clips, np.full(clips, 1 / clips), _RESAMPLES)
        made = np.concatenate([made, alone])
    return np.asarray(made, np.int64)


def _aucs(truth: NDArray[np.bool_], scores: Floats, draws: NDArray[np.int64]) -> Floats:
    """Of draws that have clips of both kinds."""
    order = np.argsort(scores, kind="stable")
    starts = np.append(0, np.flatnonzero(np.diff(scores[order])) + 1)
    with_label = np.add.reduceat(draws[:, order] * truth[order], starts, axis=1).astype(np.float64)
    without = np.add.reduceat(draws[:, order] * ~truth[order], starts, axis=1).astype(np.float64)
    below = np.cumsum(without, axis=1) - without / 2
    pairs = with_label.sum(axis=1) * without.sum(axis=1)
    both = pairs > 0
    return np.asarray((with_label * below).sum(axis=1)[both] / pairs[both])
