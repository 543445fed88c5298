"""Functionals in float64, from their definitions (docs/numerics.md), frame by frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def _runs(above: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    lengths: tuple[list[int], list[int]] = ([], [])
    start = 0
    for i in range(1, len(above) + 1):
        if i == len(above) or above[i] != above[start]:
            lengths[int(above[start])].append(i - start)
            start = i
    return lengths


def _percentile(values: NDArray[np.float64], percent: float) -> float:
    return float(np.percentile(values, percent, method="inverted_cdf"))


def functional(  # noqa: PLR0911
    name: str, column: NDArray[np.int16], counts: NDArray[np.bool_], rate: float
) -> float:
    """The statistic `name` of a feature. counts: the frames that count; rate: frames a second."""
    gaps, segments = _runs(column > 0)
    if name == "segments":
        return 256 * len(segments) * rate / max(len(column), 1)
    if name in ("segment_mean", "segment_std", "gap_mean", "gap_std"):
        lengths = segments if name.startswith("segment") else gaps
        if not lengths:
            return 0.0
        return 1000 / rate * float(np.mean(lengths) if name.endswith("mean") else np.std(lengths))
    times = np.flatnonzero(counts)
    values = column[counts].astype(np.float64)
    if name in ("rise", "fall"):
        following = np.diff(times) == 1
        steps = np.diff(values)[following] * (1 if name == "rise" else -1)
        return float(np.mean(steps[steps > 0])) * rate / 10 if (steps > 0).any() else 0.0
    if not len(values):
        return 0.0
    if name == "cv":
        mean = abs(values.sum())
        return 4096 * len(values) * float(np.std(values)) / mean if mean else 0.0
    if name == "slope":
        centred = times - times.mean()
        return float((centred * values).sum() / (centred**2).sum() * rate) if len(values) > 1 else 0.0
    if name == "p20_80":
        return _percentile(values, 80) - _percentile(values, 20)
    if name.startswith("p"):
        return _percentile(values, float(name[1:]))
    simple = {"mean": np.mean, "std": np.std, "min": np.min, "max": np.max, "range": np.ptp}
    return float(simple[name](values))
