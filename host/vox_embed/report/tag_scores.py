"""Scores of tags, of which a clip may have any number: F1, average precision and AUC of each, and their
means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vox_embed.data.groups import FEW, Groups, resampled, single, wider
from vox_embed.experiment.errors import VoxError
from vox_embed.report.ranking import Ranking, brief, macro, rank

FIGURES = (("macro F1", "macro_f1"), ("micro F1", "micro_f1"), ("all tags right", "exact"))
"""Names as people read them, and the fields."""
_LEVEL = (2.5, 97.5)


@dataclass(frozen=True)
class TagScore:
    """One tag. Shares are 0..1, None where they are a division by zero."""

    label: str
    threshold: float
    """At or above it a clip has the tag."""
    precision: float | None
    recall: float | None
    f1: float | None
    """None if no test clip has the tag."""
    support: int
    """Test clips that have it."""
    predicted: int
    """Test clips that are said to have it."""


@dataclass(frozen=True)
class TagScores:
    """What a model of tags reached on the test clips. Intervals are (low, high)."""

    labels: tuple[str, ...]
    clips: int
    macro_f1: float
    """Mean of the F1 of all tags that a test clip has."""
    macro_f1_ci95: tuple[float, float]
    micro_f1: float
    """Of all tags of all clips together."""
    micro_f1_ci95: tuple[float, float]
    exact: float
    """Share of clips of which every tag is right."""
    exact_ci95: tuple[float, float]
    per_tag: tuple[TagScore, ...]
    rankings: tuple[Ranking, ...]
    resampled: Mapping[str, int] = field(default_factory=dict)
    """What was drawn again for the intervals, and how many of each."""

    @property
    def macro_average_precision(self) -> float | None:
        """Mean over tags: mAP."""
        return macro(self.rankings, "average_precision")

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures has to know, tag by tag."""
        lost = [
            f"{one.label}: no test clip has it, left out of the means"
            for one in self.per_tag
            if not one.support
        ]
        never = [f"{one.label}: never found" for one in self.per_tag if one.support and not one.predicted]
        return (*lost, *never)

    def brief(self) -> dict[str, Any]:
        """The figures: plain lists and numbers."""
        found: dict[str, Any] = {}
        for _, name in FIGURES:
            found |= {name: getattr(self, name), f"{name}_ci95": list(getattr(self, f"{name}_ci95"))}
        return found | brief(self.rankings) | {"ci95_resampled": dict(self.resampled)}

    def to_dict(self) -> dict[str, Any]:
        """For metrics.json: plain lists, numbers, text and None."""
        return {
            "clips": self.clips,
            "labels": list(self.labels),
            **self.brief(),
            "per_tag": [vars(one) for one in self.per_tag],
            "ranking": [one.to_dict() for one in self.rankings],
            "notes": list(self.notes),
        }


def score_tags(
    truth: ArrayLike,
    predicted: ArrayLike,
    scores: ArrayLike,
    labels: Sequence[str],
    thresholds: Sequence[float],
    *,
    groups: Groups | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> TagScores:
    """Score tags against the truth; truth, predicted: bool [clips, labels], scores: [clips, labels].

    Intervals as in `metrics.score`. Raises VoxError if there are no clips.
    """
    true, found = np.asarray(truth, bool), np.asarray(predicted, bool)
    if true.shape != found.shape or true.ndim != 2 or true.shape[1] != len(labels):
        raise ValueError(f"truth {true.shape}, predicted {found.shape}, {len(labels)} labels")
    if not len(true):
        raise VoxError("there are no test clips to score", "give some rows to the test split")
    groups = single(len(true)) if groups is None else groups
    cells = np.concatenate([true & found, true, found, (true == found).all(axis=1)[:, None]], axis=1)
    figures = _figures(cells.sum(axis=0, dtype=np.float64)[None], len(true), len(labels))
    intervals = _intervals(cells, groups, len(labels), resamples, seed)
    values = {name: (float(figures[i][0]), intervals[i]) for i, (_, name) in enumerate(FIGURES)}
    return TagScores(
        labels=tuple(labels),
        clips=len(true),
        **{name: value for name, (value, _) in values.items()},  # type: ignore[arg-type]
        **{f"{name}_ci95": interval for name, (_, interval) in values.items()},  # type: ignore[arg-type]
        per_tag=tuple(
            _of_tag(label, float(thresholds[i]), true[:, i], found[:, i]) for i, label in enumerate(labels)
        ),
        rankings=rank(true, scores, labels, groups=groups, seed=seed),
        resampled=groups.kinds,
    )


def _of_tag(label: str, threshold: float, true: NDArray[np.bool_], found: NDArray[np.bool_]) -> TagScore:
    hits, support, predicted = int((true & found).sum()), int(true.sum()), int(found.sum())
    return TagScore(
        label,
        threshold,
        hits / predicted if predicted else None,
        hits / support if support else None,
        2 * hits / (support + predicted) if support else None,
        support,
        predicted,
    )


def _figures(sums: NDArray[np.float64], clips: int, tags: int) -> tuple[NDArray[np.float64], ...]:
    """sums: [draws, cells] -> each figure [draws]."""
    hits, support, predicted = (sums[:, i * tags : (i + 1) * tags] for i in range(3))
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = np.where(support > 0, 2 * hits / (support + predicted), np.nan)
        every = support.sum(axis=1) + predicted.sum(axis=1)
        micro = np.where(every > 0, 2 * hits.sum(axis=1) / every, 1.0)
    known = ~np.isnan(f1).all(axis=1)
    mean = np.zeros(len(f1))
    mean[known] = np.nanmean(f1[known], axis=1)
    return mean, micro, sums[:, -1] / clips


def _intervals(
    cells: NDArray[np.bool_], groups: Groups, tags: int, resamples: int, seed: int
) -> list[tuple[float, float]]:
    """Of each figure, over groups; of few groups at least those over clips."""
    whole = np.concatenate([cells, np.ones((len(cells), 1), bool)], axis=1).astype(np.float64)
    kinds = [groups] + ([single(len(cells))] if groups.count < min(FEW, len(cells)) else [])
    found: list[tuple[float, float]] = []
    for kind in kinds:
        drawn = resampled(whole, kind, resamples, seed)
        sums, clips = drawn[:, :-1], drawn[:, -1]
        mean, micro, _ = _figures(sums, 1, tags)
        limits = [
            (float(low), float(high))
            for low, high in (np.percentile(one, _LEVEL) for one in (mean, micro, sums[:, -1] / clips))
        ]
        found = [wider(a, b) for a, b in zip(found, limits, strict=True)] if found else limits
    return found
