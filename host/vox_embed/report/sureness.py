"""How sure a model is, and how often it is right then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_BINS, _CLIPS = 10, 10
"""Most bins, and the fewest clips of one."""
_Z = 1.96


@dataclass(frozen=True)
class Bin:
    """Clips with about the same score: its mean, the share that is right, and that share's 95 % interval
    (Wilson)."""

    score: float
    right: float
    ci95: tuple[float, float]
    clips: int


@dataclass(frozen=True)
class Sureness:
    """Of the answers to test clips. error: how far scores are from shares of right answers, mean over clips
    (expected calibration error). auc: how often a right answer has a higher score than a wrong one; None
    where all are right, or all wrong. kept: [clips] shares of right answers among the surest 1, 2, ... clips;
    of equal scores all at once.
    """

    bins: tuple[Bin, ...]
    error: float
    auc: float | None
    kept: tuple[float, ...]

    def right_of(self, share: float) -> float:
        """Of the surest `share` of the clips, the share that is right."""
        return self.kept[max(1, round(share * len(self.kept))) - 1]


def sureness(scores: ArrayLike, correct: ArrayLike) -> Sureness | None:
    """scores: [clips] of the chosen class, 0..1. correct: [clips] bool. None of fewer than 20 clips.

    Bins hold equally many clips, as far as equal scores stay together.
    """
    values, right = np.asarray(scores, np.float64), np.asarray(correct, bool)
    if values.shape != right.shape or values.ndim != 1:
        raise ValueError(f"scores of shape {values.shape} for answers of shape {right.shape}")
    if len(values) < 2 * _CLIPS:
        return None
    order = np.argsort(-values, kind="stable")
    values, right = values[order], right[order]
    bins = _bins(values, right)
    error = sum(one.clips * abs(one.score - one.right) for one in bins) / len(values)
    last = np.searchsorted(-values, -values, side="right")  # clips at least as sure as this one
    kept = np.cumsum(right)[last - 1] / last
    return Sureness(bins, error, _auc(values, right), tuple(kept.tolist()))


def _bins(values: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    count = min(_BINS, len(values) // _CLIPS)
    ends = [len(values) * (i + 1) // count for i in range(count)]
    ends = [int(np.searchsorted(-values, -values[end - 1], side="right")) for end in ends]
    made, start = [], 0
    for end in sorted(set(ends)):
        share = float(right[start:end].mean())
        made.append(Bin(float(values[start:end].mean()), share, _wilson(share, end - start), end - start))
        start = end
    return tuple(reversed(made))


def _wilson(share: float, count: int) -> tuple[float, float]:
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z * np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2)) / (1 + _Z**2 / count)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _auc(values: NDArray[np.float64], right: NDArray[np.bool_]) -> float | None:
    good, bad = values[right], np.sort(values[~right])
    if not (len(good) and len(bad)):
        return None
    lower, upper = (np.searchsorted(bad, good, side=side) for side in ("left", "right"))
    return float((lower + upper).sum() / (2 * len(good) * len(bad)))
