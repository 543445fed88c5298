"""How much two columns have to do with each other: the statistic that fits them, an effect size, an interval.

Nominal and nominal: chi-squared, Cramer's V with the correction of Bergsma (2013). A number and a nominal:
Kruskal and Wallis (1952), and Cohen's d of the pair of values furthest apart. Two numbers: Pearson's r, and
Spearman's rank correlation beside it. Sizes are called as by Cohen, "Statistical Power Analysis for the
Behavioral Sciences", 1988.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.groups import Groups
from vox_embed.explore.columns import Column

_RESAMPLES = 200
_SIZES = {"V": (0.1, 0.3, 0.5), "d": (0.2, 0.5, 0.8), "r": (0.1, 0.3, 0.5)}
_WORDS = ("no", "small", "medium", "large")
_FEWEST = 3  # values of a group whose mean is compared


@dataclass(frozen=True)
class Association:
    """Of two columns. effect: Cramer's V, Cohen's d (signed as `between` says) or Pearson's r."""

    one: str
    other: str
    statistic: str
    p: float
    """Clips count as independent. After `corrected`: of all columns that were looked at together."""
    measure: str
    """V, d or r."""
    effect: float
    ci95: tuple[float, float]
    """Groups, such as speakers, drawn again."""
    clips: int
    between: tuple[str, str] | None = None
    """Of d: the values furthest apart."""
    auc: float | None = None
    """Of a number and a nominal: how well the number alone tells the best told value from the others."""
    told: str = ""
    """That value."""

    @property
    def size(self) -> str:
        """no, small, medium or large."""
        return _WORDS[int(np.searchsorted(_SIZES[self.measure], abs(self.effect), side="right"))]

    @property
    def title(self) -> str:
        """For a picture: statistic, p, effect."""
        name = {"V": "Cramer's V", "d": "Cohen's d", "r": "Pearson's r"}[self.measure]
        p = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.3f}"
        low, high = self.ci95
        pair = "" if self.between is None else f" ({self.between[0]}, {self.between[1]})"
        return f"{self.statistic}, {p}; {name}{pair} {self.effect:.2f} ({low:.2f} to {high:.2f}): {self.size}"


def associate(one: Column, other: Column, groups: Groups, seed: int = 0) -> Association | None:
    """Of the clips in which both are known; None where fewer than two values of one of them are there.

    groups: what belongs together, of all clips.
    """
    both = one.known & other.known
    a, b = one.at(both), other.at(both)
    if both.sum() < 4 or any(len(np.unique(column.values)) < 2 for column in (a, b)):
        return None
    if a.kind == "nominal" and b.kind == "nominal":
        found, effect = _nominals(a, b)
    elif a.kind == "number" and b.kind == "number":
        found, effect = _numbers(a, b)
    else:
        number, nominal = (a, b) if a.kind == "number" else (b, a)
        mixed = _mixed(number, nominal)
        if mixed is None:
            return None
        found, effect = mixed
    members = groups.members[both]
    return replace(found, one=one.name, other=other.name, ci95=_interval(effect, members, seed))


def corrected(found: Sequence[Association]) -> tuple[Association, ...]:
    """With p of all of them together (Holm, 1979)."""
    order = np.argsort([one.p for one in found], kind="stable")
    raised, highest = [0.0] * len(found), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, found[i].p * (len(found) - rank)))
        raised[i] = highest
    return tuple(replace(one, p=p) for one, p in zip(found, raised, strict=True))


Effect = Callable[[NDArray[np.int64]], float]
"""Of clips given by their places; NaN where it is not defined."""


def _interval(effect: Effect, members: NDArray[np.int64], seed: int) -> tuple[float, float]:
    """Percentiles over groups drawn again, and the effect of all clips: a table of fewer speakers looks more
    regular than that of all, so that all draws may lie above it."""
    places = [np.flatnonzero(members == group) for group in np.unique(members)]
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(_RESAMPLES):
        chosen = random.integers(len(places), size=len(places))
        drawn.append(effect(np.concatenate([places[i] for i in chosen])))
    known = np.array(drawn)[~np.isnan(drawn)]
    if not len(known):
        return float("-inf"), float("inf")
    here = effect(np.arange(len(members)))
    low, high = np.percentile(known, (2.5, 97.5))
    return float(min(low, here)), float(max(high, here))


# ---- kinds ---------------------------------------------------------------------------------------------


def _nominals(a: Column, b: Column) -> tuple[Association, Effect]:
    from scipy.stats import chi2_contingency

    i, j = (np.unique(column.values, return_inverse=True)[1] for column in (a, b))
    shape = (int(i.max()) + 1, int(j.max()) + 1)

    def table(clips: NDArray[np.int64]) -> NDArray[np.float64]:
        counts = np.zeros(shape)
        np.add.at(counts, (i[clips], j[clips]), 1)
        return counts

    everything = np.arange(len(i))
    chi, p, freedom, _ = chi2_contingency(table(everything), correction=False)
    v = _cramers_v(table(everything))
    statistic = f"chi-squared({freedom}) = {chi:.1f}"
    found = Association("", "", statistic, float(p), "V", v, (0.0, 0.0), len(i))
    return found, lambda clips: _cramers_v(table(clips))


def _cramers_v(counts: NDArray[np.float64]) -> float:
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    rows, columns = counts.shape
    total = counts.sum()
    if min(rows, columns) < 2 or total < 2:
        return float("nan")
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / total
    phi2 = max(
        0.0, ((counts - expected) ** 2 / expected).sum() / total - (rows - 1) * (columns - 1) / (total - 1)
    )
    r, c = rows - (rows - 1) ** 2 / (total - 1), columns - (columns - 1) ** 2 / (total - 1)
    return float(np.sqrt(phi2 / max(min(r, c) - 1, 1e-9))) if phi2 else 0.0


def _numbers(a: Column, b: Column) -> tuple[Association, Effect]:
    from scipy.stats import pearsonr, spearmanr

    x, y = a.values.astype(np.float64), b.values.astype(np.float64)
    r, p = pearsonr(x, y)
    rho = spearmanr(x, y).statistic
    statistic = f"Pearson's r = {r:.2f}, Spearman's rho = {rho:.2f}"

    def effect(clips: NDArray[np.int64]) -> float:
        if x[clips].std() == 0 or y[clips].std() == 0:
            return float("nan")
        return float(np.corrcoef(x[clips], y[clips])[0, 1])

    return Association("", "", statistic, float(p), "r", float(r), (0.0, 0.0), len(x)), effect


def _mixed(number: Column, nominal: Column) -> tuple[Association, Effect] | None:
    from scipy.stats import kruskal

    values = number.values.astype(np.float64)
    names, which = np.unique(nominal.values, return_inverse=True)
    parts = [values[which == i] for i in range(len(names))]
    enough = [i for i, part in enumerate(parts) if len(part) >= _FEWEST]
    if len(enough) < 2:
        return None
    statistic, p = kruskal(*(parts[i] for i in enough))
    pairs = [(abs(_cohens_d(parts[i], parts[j])), i, j) for i in enough for j in enough if i < j]
    _, i, j = max(pairs)
    aucs = [_auc(values, which == k) for k in enough]
    best = int(np.argmax(np.abs(np.array(aucs) - 0.5)))

    def effect(clips: NDArray[np.int64]) -> float:
        drawn, labels = values[clips], which[clips]
        one, other = drawn[labels == i], drawn[labels == j]
        return _cohens_d(one, other) if min(len(one), len(other)) >= _FEWEST else float("nan")

    found = Association(
        "",
        "",
        f"Kruskal-Wallis H({len(enough) - 1}) = {statistic:.1f}",
        float(p),
        "d",
        _cohens_d(parts[i], parts[j]),
        (0.0, 0.0),
        len(values),
        (str(names[i]), str(names[j])),
        float(max(aucs[best], 1 - aucs[best])),
        str(names[enough[best]]),
    )
    return found, effect


def _cohens_d(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    spread = np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2))
    difference = a.mean() - b.mean()
    if spread == 0:
        return 0.0 if difference == 0 else float(np.copysign(99.0, difference))
    return float(np.clip(difference / spread, -99, 99))


def _auc(values: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    from scipy.stats import rankdata

    ranks = rankdata(values)
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return 0.5
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))
