"""Two models on the same clips: is one better, or was it luck?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.groups import Groups
from vox_embed.report.fit import figures_of

Floats = NDArray[np.float64]
Figures = Callable[[Floats], Floats]
"""Sums over clips [draws, sums] -> figures [draws, figures]; NaN where one is not defined."""

_LEVEL = (2.5, 97.5)  # percentiles of a 95 % interval
_ALL_SWAPS = 14
"""Up to so many groups, every way of swapping is tried."""


@dataclass(frozen=True)
class Difference:
    """Of one figure, B less A."""

    name: str
    a: float
    b: float
    difference: float
    ci95: tuple[float, float]
    """Of the difference, from groups drawn again with replacement."""
    p: float
    """How often a difference as large comes about where A and B are swapped at random, group by group."""


@dataclass(frozen=True)
class McNemar:
    """Clips that one model alone has right."""

    only_a: int
    only_b: int
    p: float
    """Of as uneven a division, if each had an even chance (exact, two-sided). Clips count as independent."""


@dataclass(frozen=True)
class Paired:
    """What two models' answers on the same clips tell of their difference."""

    clips: int
    resampled: Mapping[str, int]
    """What was drawn again and swapped, and how many of each: {"speaker": 10}."""
    differences: tuple[Difference, ...]
    mcnemar: McNemar | None
    """None of regressions."""

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "clips": self.clips,
            "resampled": dict(self.resampled),
            "differences": {
                one.name: {key: value for key, value in asdict(one).items() if key != "name"}
                for one in self.differences
            },
            "mcnemar": None if self.mcnemar is None else asdict(self.mcnemar),
        }


def paired_classes(
    truth: NDArray[np.int64],
    a: NDArray[np.bool_],
    b: NDArray[np.bool_],
    groups: Groups,
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> Paired:
    """Accuracy and UAR. truth: [clips] index of the class. a, b: [clips] whether each model is right."""
    classes = int(truth.max()) + 1
    each = np.eye(classes)[truth]

    def sums(right: NDArray[np.bool_]) -> Floats:
        return np.concatenate([each * right[:, None], each], axis=1)

    def figures(totals: Floats) -> Floats:
        hits, clips = totals[:, :classes], totals[:, classes:]
        recalls = np.where(clips > 0, hits / np.maximum(clips, 1), 0.0)
        accuracy = hits.sum(axis=1) / np.maximum(clips.sum(axis=1), 1)
        return np.stack([accuracy, recalls.sum(axis=1) / np.maximum((clips > 0).sum(axis=1), 1)], axis=1)

    found = _compare(("accuracy", "uar"), (sums(a), sums(b)), figures, groups, (resamples, seed))
    return Paired(len(truth), groups.kinds, found, mcnemar(int((a & ~b).sum()), int((b & ~a).sum())))


def paired_values(
    truth: Floats, a: Floats, b: Floats, groups: Groups, *, resamples: int = 10_000, seed: int = 0
) -> Paired:
    """MAE, RMSE, Pearson's r and CCC of two regressions: [clips]."""
    centre = float(truth.mean())
    t = truth - centre

    def sums(values: Floats) -> Floats:
        v = values - centre
        return np.stack([np.abs(t - v), t, v, t * t, v * v, t * v, np.ones(len(t))], axis=1)

    def figures(totals: Floats) -> Floats:
        return figures_of(totals / totals[:, -1:])

    names = ("mae", "rmse", "pearson", "ccc")
    return Paired(
        len(truth),
        groups.kinds,
        _compare(names, (sums(a), sums(b)), figures, groups, (resamples, seed)),
        None,
    )


def paired_tags(
    truth: NDArray[np.bool_],
    a: NDArray[np.bool_],
    b: NDArray[np.bool_],
    groups: Groups,
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> Paired:
    """Macro and micro F1, and the share of clips of which every tag is right: [clips, tags]."""
    tags = truth.shape[1]

    def sums(said: NDArray[np.bool_]) -> Floats:
        right = (truth == said).all(axis=1)[:, None]
        whole = np.ones((len(truth), 1), bool)
        return np.concatenate([truth & said, truth, said, right, whole], axis=1).astype(np.float64)

    def figures(totals: Floats) -> Floats:
        hits, there, said = (totals[:, i * tags : (i + 1) * tags] for i in range(3))
        f1 = np.where(there > 0, 2 * hits / np.maximum(there + said, 1), 0.0)
        macro = f1.sum(axis=1) / np.maximum((there > 0).sum(axis=1), 1)
        every = (there + said).sum(axis=1)
        micro = np.where(every > 0, 2 * hits.sum(axis=1) / np.maximum(every, 1), 1.0)
        return np.stack([macro, micro, totals[:, -2] / np.maximum(totals[:, -1], 1)], axis=1)

    names = ("macro_f1", "micro_f1", "exact")
    found = _compare(names, (sums(a), sums(b)), figures, groups, (resamples, seed))
    right = [(truth == said).all(axis=1) for said in (a, b)]
    uneven = mcnemar(int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum()))
    return Paired(len(truth), groups.kinds, found, uneven)


def mcnemar(only_a: int, only_b: int) -> McNemar:
    """The exact test of McNemar, "Note on the sampling error of the difference between correlated
    proportions", Psychometrika 12, 1947."""
    from scipy.stats import binomtest

    both = only_a + only_b
    return McNemar(only_a, only_b, 1.0 if not both else float(binomtest(only_a, both).pvalue))


def _compare(
    names: Sequence[str],
    sums: tuple[Floats, Floats],
    figures: Figures,
    groups: Groups,
    drawing: tuple[int, int],
) -> tuple[Difference, ...]:
    resamples, seed = drawing
    a, b = (_by_group(one, groups) for one in sums)
    rng = np.random.default_rng(seed)
    whole = [figures(one.sum(axis=0, keepdims=True))[0] for one in (a, b)]
    drawn = rng.multinomial(groups.count, np.full(groups.count, 1 / groups.count), resamples).astype(float)
    spread = figures(drawn @ b) - figures(drawn @ a)
    swaps = _swaps(groups.count, resamples, rng)
    swapped = figures(swaps @ a + (1 - swaps) @ b) - figures(swaps @ b + (1 - swaps) @ a)
    made = []
    for i, name in enumerate(names):
        difference = float(whole[1][i] - whole[0][i])
        low, high = np.nanpercentile(spread[:, i], _LEVEL)
        least = abs(difference) - 1e-12
        p = (1 + int((np.abs(swapped[:, i]) >= least).sum())) / (1 + len(swapped))
        made.append(
            Difference(name, float(whole[0][i]), float(whole[1][i]), difference, (float(low), float(high)), p)
        )
    return tuple(made)


def _swaps(groups: int, resamples: int, rng: np.random.Generator) -> Floats:
    """Which groups are swapped [draws, groups], 0 or 1: all ways but none at all, or as many as are drawn."""
    if groups <= _ALL_SWAPS:
        return (np.arange(1, 2**groups)[:, None] >> np.arange(groups) & 1).astype(float)
    return rng.integers(2, size=(resamples, groups)).astype(float)


def _by_group(sums: Floats, groups: Groups) -> Floats:
    totals = np.zeros((groups.count, sums.shape[1]))
    np.add.at(totals, groups.members, sums)
    return totals
