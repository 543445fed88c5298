"""Scores of a classifier on test clips: accuracy, UAR with their intervals, per class, confusion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import LABEL_SILENCE, LABEL_UNKNOWN
from vox_embed.data.groups import FEW, Groups, resampled, single, wider
from vox_embed.experiment.errors import VoxError
from vox_embed.report.ranking import Ranking
from vox_embed.report.ranking import brief as ranking_brief

UNKNOWN = LABEL_UNKNOWN
"""Predicted index of a clip whose best score was below the unknown threshold."""
SILENCE = LABEL_SILENCE
"""Predicted index of a clip that the energy gate held back."""

VERDICTS = {UNKNOWN: "unknown", SILENCE: "silence"}
"""What they are called in reports and tables."""
_LEVEL = (2.5, 97.5)  # percentiles of a 95 % interval


@dataclass(frozen=True)
class ClassScore:
    """One class. Shares are 0..1, and None where they are a division by zero; the note then says why."""

    label: str
    precision: float | None
    """Right among the clips predicted as this class; None if there are none."""
    recall: float | None
    """Right among the clips of this class; None if there are none."""
    f1: float | None
    """Harmonic mean of both; None if the class has no test clips."""
    support: int
    """Test clips of this class."""
    predicted: int
    """Test clips predicted as this class."""
    note: str | None = None


@dataclass(frozen=True)
class Scores:
    """What a classifier reached on the test clips. Shares are 0..1, intervals are (low, high)."""

    labels: tuple[str, ...]
    columns: tuple[str, ...]
    """The labels, then "unknown" and "silence" where such verdicts occur.

    A verdict stands in brackets where a label has its name.
    """
    clips: int
    accuracy: float
    accuracy_ci95: tuple[float, float]
    uar: float
    """Unweighted average recall: the mean recall of all classes that have test clips."""
    uar_ci95: tuple[float, float]
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Clips, [labels][columns]: a row per true class, a column per prediction."""
    resampled: Mapping[str, int] = field(default_factory=dict)
    """What was drawn again for the intervals, and how many of each: {"speaker": 10}."""
    rankings: tuple[Ranking, ...] = ()
    """Each class against the others by its scores; empty where there are no scores."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures has to know, class by class."""
        return tuple(f"{one.label}: {one.note}" for one in self.per_class if one.note)

    def brief(self) -> dict[str, Any]:
        """The figures: plain lists and numbers."""
        return {
            "accuracy": self.accuracy,
            "accuracy_ci95": list(self.accuracy_ci95),
            "uar": self.uar,
            "uar_ci95": list(self.uar_ci95),
            "ci95_resampled": dict(self.resampled),
            **(ranking_brief(self.rankings) if self.rankings else {}),
        }

    def to_dict(self) -> dict[str, Any]:
        """For metrics.json: plain lists, numbers, text and None."""
        return {
            "clips": self.clips,
            "labels": list(self.labels),
            **self.brief(),
            "per_class": [asdict(one) for one in self.per_class],
            "ranking": [one.to_dict() for one in self.rankings],
            "confusion": {
                "truth": list(self.labels),
                "predicted": list(self.columns),
                "clips": [list(row) for row in self.confusion],
            },
            "notes": list(self.notes),
        }


def score(
    truth: Sequence[str] | Sequence[int] | NDArray[Any],
    predicted: Sequence[int] | NDArray[Any],
    labels: Sequence[str],
    *,
    groups: Groups | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Scores:
    """Score predictions against the truth.

    truth: [clips] labels, or their indices. predicted: [clips] indices 0..len(labels) - 1, UNKNOWN or
    SILENCE; these two count as wrong, whatever the class is called. labels: the classes in the model's
    order, no name twice.

    Intervals are percentiles of a bootstrap over groups of clips, such as speakers (Efron & Tibshirani, "An
    Introduction to the Bootstrap", 1993; Field & Welsh, "Bootstrapping clustered data", 2007): `resamples`
    draws, the same for the same seed and counts, whatever the order of the clips. A class that a draw misses
    is left out of that draw's UAR. Of fewer than 10 groups, the interval is at least that over clips.
    groups: None for clips that have nothing in common.

    Raises VoxError if there are no clips or a true label is not among the labels; ValueError or TypeError
    if the arrays do not fit together.
    """
    names = tuple(labels)
    _check_labels(names)
    rows = _truth_indices(truth, names)
    answers = _prediction_indices(predicted, len(names))
    if len(rows) != len(answers):
        raise ValueError(f"{len(rows)} true labels for {len(answers)} predictions")
    if not len(rows):
        raise VoxError("there are no test clips to score", "give some rows to the test split")

    # One column for every index -2..n-1: the labels, then unknown, then silence.
    verdicts = [verdict_name(verdict, names) for verdict in VERDICTS]
    width = len(names) + len(verdicts)
    counts = np.zeros((len(names), width), dtype=np.int64)
    np.add.at(counts, (rows, np.where(answers < 0, len(names) - 1 - answers, answers)), 1)
    seen = [j for j in range(width) if j < len(names) or counts[:, j].any()]
    columns = tuple((*names, *verdicts)[j] for j in seen)

    hits, support = np.diagonal(counts), counts.sum(axis=1)
    recalls = hits[support > 0] / support[support > 0]
    groups = single(len(rows)) if groups is None else groups
    intervals = _bootstrap(hits, support, resamples, seed)
    if groups.count < len(rows):
        drawn = _group_bootstrap(rows, rows == answers, groups, len(names), resamples=resamples, seed=seed)
        few = groups.count < FEW
        intervals = (
            (wider(intervals[0], drawn[0]), wider(intervals[1], drawn[1])) if few else (drawn[0], drawn[1])
        )
    accuracy_ci95, uar_ci95 = intervals
    return Scores(
        labels=names,
        columns=columns,
        clips=len(rows),
        accuracy=float(hits.sum() / len(rows)),
        accuracy_ci95=accuracy_ci95,
        uar=float(recalls.mean()),
        uar_ci95=uar_ci95,
        per_class=tuple(
            _class_score(name, int(hits[i]), int(support[i]), int(counts[:, i].sum()))
            for i, name in enumerate(names)
        ),
        confusion=tuple(tuple(int(n) for n in row[seen]) for row in counts),
        resampled=groups.kinds,
    )


def points_lost(integer: float, reference: float) -> float:
    """Percentage points by which the integer share (0..1) is below the float one; negative: above."""
    return 100.0 * (reference - integer)


def _check_labels(names: tuple[str, ...]) -> None:
    if not names:
        raise ValueError("no labels")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"label {twice[0]!r} occurs twice")


def _truth_indices(
    truth: Sequence[str] | Sequence[int] | NDArray[Any], names: tuple[str, ...]
) -> NDArray[np.int64]:
    values = np.asarray(truth)
    if values.ndim != 1:
        raise ValueError(f"truth must be one-dimensional, not {values.ndim}-dimensional")
    if values.dtype.kind in "iu":
        outside = np.flatnonzero((values < 0) | (values >= len(names)))
        if len(outside):
            raise ValueError(
                f"true class {values[outside[0]]} of clip {outside[0]} is not in 0..{len(names) - 1}"
            )
        return values.astype(np.int64)
    index = {name: i for i, name in enumerate(names)}
    found = np.empty(len(values), dtype=np.int64)
    for row, label in enumerate(values.tolist()):
        if label not in index:
            raise VoxError(
                f"true label {label!r} of test clip {row} is not a class of the model",
                f"the classes are {', '.join(names)}; add it to labels, map it, or filter it out",
            )
        found[row] = index[label]
    return found


def _prediction_indices(predicted: Sequence[int] | NDArray[Any], classes: int) -> NDArray[np.int64]:
    values = np.asarray(predicted)
    if values.ndim != 1:
        raise ValueError(f"predictions must be one-dimensional, not {values.ndim}-dimensional")
    if len(values) and values.dtype.kind not in "iu":
        raise TypeError(f"predictions must be class indices, not {values.dtype}")
    values = values.astype(np.int64)
    outside = np.flatnonzero((values < SILENCE) | (values >= classes))
    if len(outside):
        raise ValueError(
            f"prediction {values[outside[0]]} of clip {outside[0]} is not in {SILENCE}..{classes - 1}"
        )
    return values


def answer_names(labels: Sequence[str]) -> dict[int, str]:
    """What each prediction is called, UNKNOWN and SILENCE too: all different, whatever the labels are."""
    verdicts = {verdict: verdict_name(verdict, labels) for verdict in VERDICTS}
    return {**verdicts, **dict(enumerate(labels))}


def verdict_name(verdict: int, names: Collection[str]) -> str:
    """What UNKNOWN or SILENCE is called beside labels of these names: in brackets where a label has its
    name."""
    name = VERDICTS[verdict]
    while name in names:
        name = f"({name})"
    return name


def _class_score(label: str, hits: int, support: int, predicted: int) -> ClassScore:
    note = None
    if not support:
        note = "no test clips, left out of the UAR"
    elif not predicted:
        note = "never predicted"
    return ClassScore(
        label=label,
        precision=hits / predicted if predicted else None,
        recall=hits / support if support else None,
        f1=2 * hits / (support + predicted) if support else None,
        support=support,
        predicted=predicted,
        note=note,
    )


def _bootstrap(
    hits: NDArray[np.int64], support: NDArray[np.int64], resamples: int, seed: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Intervals of accuracy and UAR.

    Both depend on a resample only through the number of right and wrong clips of each class. Drawing n
    clips with replacement makes these counts multinomial, so they are drawn as such: the same
    distribution, without indices.
    """
    clips = int(support.sum())
    cells = np.concatenate([hits, support - hits])
    draws = np.random.default_rng(seed).multinomial(clips, cells / clips, size=resamples)
    right, wrong = draws[:, : len(hits)], draws[:, len(hits) :]
    drawn = right + wrong
    recalls = np.divide(right, drawn, out=np.full(right.shape, np.nan), where=drawn > 0)
    return _interval(right.sum(axis=1) / clips), _interval(np.nanmean(recalls, axis=1))


def _group_bootstrap(
    rows: NDArray[np.int64],
    right: NDArray[np.bool_],
    groups: Groups,
    classes: int,
    *,
    resamples: int,
    seed: int,
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The same, of groups that are drawn whole."""
    of_class = np.eye(classes)[rows]
    draws = resampled(np.concatenate([of_class * right[:, None], of_class], axis=1), groups, resamples, seed)
    hits, drawn = draws[:, :classes], draws[:, classes:]
    recalls = np.divide(hits, drawn, out=np.full(hits.shape, np.nan), where=drawn > 0)
    return _interval(hits.sum(axis=1) / drawn.sum(axis=1)), _interval(np.nanmean(recalls, axis=1))


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, _LEVEL)
    return float(low), float(high)
