"""Whether a model is as good for all: its answers by every column that is known of the test clips."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.groups import Groups, resampled
from vox_embed.explore.columns import Column
from vox_embed.report.content import PartScore

_PARTS = 4
_MOST_PARTS = 12
_FEWEST = 8
"""Clips of a part whose figure is told."""
_PERMUTATIONS = 999
_RESAMPLES = 500
_SURE = 0.05


@dataclass(frozen=True)
class Bias:
    """A column. p: how often as large a difference between its parts comes about by chance, with classes
    made equal; corrected for the number of columns."""

    column: str
    parts: tuple[PartScore, ...]
    p: float
    errors: bool
    """Figures are errors: the lower the better."""

    @property
    def differs(self) -> bool:
        """Beyond chance."""
        return self.p <= _SURE

    @property
    def sentence(self) -> str:
        """What to know of it."""
        best, worst = sorted(self.parts, key=lambda part: -part.figure)[:: len(self.parts) - 1]
        if self.errors:
            best, worst = worst, best
        what = "mean error" if self.errors else "right"
        text = (
            f"`{self.column}`: {what} {best.figure:.3g} for {best.name} ({best.clips} clips), "
            f"{worst.figure:.3g} for {worst.name} ({worst.clips}), p = {self.p:.3f}"
        )
        return text + (": the model is not as good for all" if self.differs else "")


def biases(
    columns: Iterable[Column],
    quality: NDArray[np.float64],
    classes: NDArray[np.int64],
    groups: Groups,
    *,
    errors: bool,
) -> tuple[Bias, ...]:
    """By each column with two or more parts of enough clips; the least likely by chance first.

    quality: [clips] 1 for right and 0 for wrong, or absolute errors. classes: [clips] of which the mean
    quality is taken off before parts are compared, so that a part with harder classes is no worse for that.
    """
    found = []
    for column in columns:
        parts = _parts(column)
        if parts is None or column.name == "speaker":
            continue
        names, which = parts
        told = [i for i in range(len(names)) if (which == i).sum() >= _FEWEST]
        if len(told) < 2:
            continue
        p = _chance(quality, classes, which, groups)
        made = tuple(_part(names[i], which == i, quality, groups) for i in told)
        found.append(Bias(column.name, made, p, errors))
    order = sorted(range(len(found)), key=lambda i: found[i].p)
    highest, adjusted = 0.0, []
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, found[i].p * (len(found) - rank)))
        adjusted.append(replace(found[i], p=highest))
    return tuple(adjusted)


def _parts(column: Column) -> tuple[list[str], NDArray[np.int64]] | None:
    """Names, and for each clip the number of its part; -1 where nothing is known."""
    known = column.known
    which = np.full(len(known), -1)
    if column.kind == "nominal":
        names, which[known] = np.unique(column.values[known], return_inverse=True)
        return ([str(name) for name in names], which) if 2 <= len(names) <= _MOST_PARTS else None
    values = column.values.astype(np.float64)
    if not known.any():
        return None
    edges = np.unique(np.quantile(values[known], np.arange(1, _PARTS) / _PARTS))
    which[known] = np.searchsorted(edges, values[known], side="right")
    low, high = values[known].min(), values[known].max()
    bounds = [low, *edges, high]
    return [f"{a:.3g} to {b:.3g}" for a, b in pairwise(bounds)], which


def _part(name: str, chosen: NDArray[np.bool_], quality: NDArray[np.float64], groups: Groups) -> PartScore:
    own = quality[chosen]
    some = groups.at(np.flatnonzero(chosen))
    sums = np.stack([own, np.ones(len(own))], axis=1)
    drawn = resampled(sums, some, _RESAMPLES, 0)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], (2.5, 97.5))
    return PartScore(name, len(own), float(own.mean()), (float(low), float(high)))


def _chance(
    quality: NDArray[np.float64], classes: NDArray[np.int64], which: NDArray[np.int64], groups: Groups
) -> float:
    """Permutation test: parts exchange groups where all clips of each are in one part, else clips."""
    known = which >= 0
    members = np.unique(groups.members[known], return_inverse=True)[1]
    rest, parts = quality[known].astype(np.float64), which[known]
    own = classes[known]
    means = np.bincount(own, rest) / np.maximum(np.bincount(own), 1)
    rest -= means[own]
    count = int(members.max()) + 1
    first = np.array([parts[members == group][0] for group in range(count)])
    whole = bool((first[members] == parts).all())
    random = np.random.default_rng(0)

    def between(some: NDArray[np.int64]) -> float:
        clips = np.bincount(some, minlength=int(parts.max()) + 1)
        sums = np.bincount(some, rest, minlength=len(clips))
        return float((sums[clips > 0] ** 2 / clips[clips > 0]).sum())

    seen = between(parts) - 1e-12
    drawn = (
        between(random.permutation(first)[members] if whole else random.permutation(parts))
        for _ in range(_PERMUTATIONS)
    )
    return (1 + sum(value >= seen for value in drawn)) / (1 + _PERMUTATIONS)
