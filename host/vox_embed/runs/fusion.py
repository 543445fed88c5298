"""Ways to put the posteriors of several models together, by the names that Nkululeko has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Posteriors = NDArray[np.float64]
"""[models, clips, labels]."""


def _entropy(posteriors: Posteriors) -> NDArray[np.float64]:
    """[models, clips] 0 (sure) .. 1 (all labels alike)."""
    p = np.clip(posteriors, 1e-12, 1)
    found = -(p * np.log(p)).sum(axis=2) / np.log(p.shape[2])
    doubt: NDArray[np.float64] = np.clip(found, 0, 1)
    return doubt


def weighted(posteriors: Posteriors, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """[clips, labels]; weights: [models, clips]. Where all are 0, all count alike."""
    weights = np.where(weights.sum(axis=0) > 0, weights, 1.0)
    found: NDArray[np.float64] = (posteriors * weights[:, :, None]).sum(axis=0) / weights.sum(axis=0)[:, None]
    return found


def _majority(posteriors: Posteriors) -> NDArray[np.float64]:
    """Votes; of as many, the higher mean posterior counts."""
    votes = np.eye(posteriors.shape[2])[posteriors.argmax(axis=2)].mean(axis=0)
    found = votes + posteriors.mean(axis=0) * 1e-3
    shares: NDArray[np.float64] = found / found.sum(axis=1, keepdims=True)
    return shares


def _surest(posteriors: Posteriors) -> NDArray[np.float64]:
    """Of each clip the model with the highest posterior."""
    model = posteriors.max(axis=2).argmax(axis=0)
    found: NDArray[np.float64] = posteriors[model, np.arange(posteriors.shape[1])]
    return found


def _certain(posteriors: Posteriors, threshold: float) -> NDArray[np.float64]:
    """The model with the lowest uncertainty where that is below the threshold, else the mean of all."""
    doubt = _entropy(posteriors)
    model = doubt.argmin(axis=0)
    clips = np.arange(posteriors.shape[1])
    sure = doubt[model, clips] < threshold
    chosen: NDArray[np.float64] = np.where(sure[:, None], posteriors[model, clips], posteriors.mean(axis=0))
    return chosen


WAYS: dict[str, Callable[[Posteriors, float], NDArray[np.float64]]] = {
    "mean": lambda p, _: p.mean(axis=0),
    "sum": lambda p, _: p.sum(axis=0),
    "max": lambda p, _: p.max(axis=0),
    "majority_voting": lambda p, _: _majority(p),
    "max_class": lambda p, _: _surest(p),
    "uncertainty_threshold": _certain,
    "uncertainty_weighted": lambda p, _: weighted(p, 1 - _entropy(p)),
    "confidence_weighted": lambda p, _: weighted(p, p.max(axis=2)),
}
"""Name -> [models, clips, labels], threshold -> [clips, labels]. `performance_weighted` needs the truth."""
PERFORMANCE = "performance_weighted"
METHODS = (*WAYS, PERFORMANCE)
