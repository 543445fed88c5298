"""Scores of a regression on test clips: MAE, RMSE, Pearson's r, CCC, with their intervals."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vox_embed.data.groups import FEW, Groups, resampled, single, wider
from vox_embed.experiment.errors import VoxError

Interval = tuple[float, float]
FIGURES = (("MAE", "mae"), ("RMSE", "rmse"), ("Pearson r", "pearson"), ("CCC", "ccc"))
"""Names as people read them, and the fields."""

_LEVEL = (2.5, 97.5)  # percentiles of a 95 % interval


@dataclass(frozen=True)
class Fit:
    """What a regression reached on the test clips. MAE and RMSE are in the unit of the target; intervals are
    (low, high)."""

    labels: tuple[str, ...]
    """The grid that the device answers on."""
    clips: int
    silent: int
    """Clips without a value, because the energy gate held all of each back: left out of the figures."""
    mae: float
    """Mean absolute error."""
    mae_ci95: Interval
    rmse: float
    """Root of the mean squared error."""
    rmse_ci95: Interval
    pearson: float | None
    """Correlation of truth and value; None where one of them does not vary."""
    pearson_ci95: Interval | None
    ccc: float | None
    """Concordance correlation coefficient: 1 only where every value is the truth."""
    ccc_ci95: Interval | None
    resampled: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """What was drawn again for the intervals, and how many of each: {"speaker": 10}."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures has to know."""
        found = []
        if self.silent:
            found.append(
                f"{self.silent} of {self.clips} test clips have no value: the energy gate held them back"
            )
        if self.pearson is None:
            found.append("no correlation: the truth or the value is the same in all test clips")
        return tuple(found)

    def brief(self) -> dict[str, Any]:
        """The figures: plain lists, numbers and None."""
        found: dict[str, Any] = {}
        for _, field in FIGURES:
            interval = getattr(self, f"{field}_ci95")
            found |= {
                field: getattr(self, field),
                f"{field}_ci95": None if interval is None else list(interval),
            }
        return {**found, "ci95_resampled": dict(self.resampled)}

    def to_dict(self) -> dict[str, Any]:
        """For metrics.json."""
        return {
            "clips": self.clips,
            "silent": self.silent,
            "labels": list(self.labels),
            **self.brief(),
            "notes": list(self.notes),
        }


def fit(
    truth: ArrayLike,
    values: ArrayLike,
    labels: Sequence[str],
    *,
    groups: Groups | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Fit:
    """Score values against the truth, both [clips]; a value that is NaN is a clip without one.

    CCC: Lin, "A concordance correlation coefficient to evaluate reproducibility", Biometrics 45, 1989, with
    moments over n. Intervals are those of a bootstrap over groups of clips, as `metrics.score` has it:
    `resamples` draws, the same for the same seed and clips, whatever their order. Draws in which a
    coefficient is not defined are left out of its interval.

    Raises VoxError if there are no clips, or none with a value.
    """
    true, found = np.asarray(truth, np.float64), np.asarray(values, np.float64)
    if true.shape != found.shape or true.ndim != 1:
        raise ValueError(f"{true.shape} true numbers for {found.shape} values")
    if not len(true):
        raise VoxError("there are no test clips to score", "give some rows to the test split")
    heard = ~np.isnan(found)
    if not heard.any():
        raise VoxError(
            "all test clips were held back by the energy gate: there is no value to score",
            "lower decision.gate_dbfs",
        )
    groups = single(len(true)) if groups is None else groups
    kept = groups if heard.all() else groups.at(np.flatnonzero(heard))
    rows = np.stack([true[heard], found[heard]], axis=1)
    # The coefficients do not depend on where zero is; from moments about a point among the clips they are
    # exact enough.
    centred = rows - np.sort(rows[:, 0]).mean()
    t, v = centred.T
    moments = np.stack([np.abs(t - v), t, v, t * t, v * v, t * v, np.ones(len(t))], axis=1)
    ordered = moments[np.lexsort(rows.T)]
    whole = figures_of(ordered.mean(axis=0)[None])[0]
    drawn = figures_of(_means(resampled(moments, kept, resamples, seed)))
    intervals = [_interval(column) for column in drawn.T]
    if kept.count < min(FEW, len(rows)):
        alone = figures_of(_means(resampled(moments, single(len(rows)), resamples, seed)))
        intervals = [_both(one, _interval(column)) for one, column in zip(intervals, alone.T, strict=True)]
    mae, rmse, pearson, ccc = (None if np.isnan(one) else float(one) for one in whole)
    assert mae is not None and rmse is not None and intervals[0] is not None and intervals[1] is not None
    return Fit(
        labels=tuple(labels),
        clips=len(true),
        silent=int((~heard).sum()),
        mae=mae,
        mae_ci95=intervals[0],
        rmse=rmse,
        rmse_ci95=intervals[1],
        pearson=pearson,
        pearson_ci95=None if pearson is None else intervals[2],
        ccc=ccc,
        ccc_ci95=None if ccc is None else intervals[3],
        resampled=kept.kinds,
    )


def _means(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums and, last, the number of clips -> means."""
    means: NDArray[np.float64] = sums / sums[:, -1:]
    return means


def _both(one: Interval | None, other: Interval | None) -> Interval | None:
    return one or other if one is None or other is None else wider(one, other)


def figures_of(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean |t - v|, t, v, t^2, v^2, t v, 1 [n, 7] -> MAE, RMSE, r, CCC [n, 4]; NaN where not defined."""
    mae, t, v, tt, vv, tv, _ = moments.T
    squared = np.maximum(tt - 2 * tv + vv, 0.0)
    # What rounding leaves of a constant is no variance.
    least = 1e-12 * np.maximum(tt + vv, 1e-300)
    var_t, var_v, cov = tt - t * t, vv - v * v, tv - t * v
    var_t, var_v = (np.where(var > least, var, 0.0) for var in (var_t, var_v))
    varies = (var_t > 0) & (var_v > 0)
    product = np.sqrt(np.where(varies, var_t * var_v, 1.0))
    spread = var_t + var_v + (t - v) ** 2
    pearson = np.where(varies, np.clip(cov / product, -1.0, 1.0), np.nan)
    ccc = np.where(spread > 0, np.where(varies, 2.0 * cov, 0.0) / np.where(spread > 0, spread, 1.0), np.nan)
    return np.stack([mae, np.sqrt(squared), pearson, ccc], axis=1)


def _interval(values: NDArray[np.float64]) -> Interval | None:
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, high = np.percentile(known, _LEVEL)
    return float(low), float(high)
