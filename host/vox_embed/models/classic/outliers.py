"""Anomaly detectors: what is unlike the rows they were trained on."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator


class IsolationForest(ClassicEstimator):
    """Isolation forest (Liu et al. 2008): rows that random splits part early from the others.

    contamination: share of the training rows that are called anomalies; "auto": the paper's threshold.
    """

    task = "anomaly"

    def __init__(
        self,
        trees: int = 100,
        max_samples: int = 256,
        contamination: float | Literal["auto"] = "auto",
        seed: int = 7,
    ) -> None:
        super().__init__(seed=seed)
        self.trees = trees
        self.max_samples = max_samples
        self.contamination = contamination

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.ensemble import IsolationForest as Trained

        return Trained(
            n_estimators=self.trees,
            max_samples=min(self.max_samples, len(rows)),
            contamination=self.contamination,
            random_state=self.seed,
        ).fit(rows)
