"""k nearest neighbours among a few prototypes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator, ScaleKind


class Neighbours(ClassicEstimator):
    """k nearest of `prototypes` centres a class, found by k-means; a class of fewer rows stays as it is."""

    def __init__(
        self, k: int = 3, prototypes: int = 20, scale: ScaleKind = "standard", seed: int = 7
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.k = k
        self.prototypes = prototypes

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.cluster import KMeans
        from sklearn.neighbors import KNeighborsClassifier

        centres, labels = [], []
        for c in range(self.classes_):
            own = rows[target == c]
            if len(own) > self.prototypes:
                own = KMeans(self.prototypes, n_init=1, random_state=self.seed).fit(own).cluster_centers_
            centres.append(own)
            labels.append(np.full(len(own), c))
        self.prototypes_ = np.concatenate(centres)
        self.labels_ = np.concatenate(labels)
        return KNeighborsClassifier(min(self.k, len(self.labels_)), algorithm="brute").fit(
            self.prototypes_, self.labels_
        )
