"""k nearest neighbours among a few prototypes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.models.classic.learned import Prototypes
from vox_embed.models.classic.scaling import ScaleKind


class Neighbours(ClassicEstimator):
    """k nearest of `prototypes` centres a class, found by k-means. A class of fewer rows stays as
    it is, and a row with no other near is a centre itself."""

    learns = Prototypes

    def __init__(
        self, k: int = 3, prototypes: int = 20, scale: ScaleKind = "standard", seed: int = 7
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.k = k
        self.prototypes = prototypes

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.cluster import KMeans

        centres, labels = [], []
        for c in range(self.n_classes_):
            own = rows[target == c]
            if len(own) > self.prototypes:
                own = KMeans(self.prototypes, n_init=1, random_state=self.seed).fit(own).cluster_centers_
            centres.append(own)
            labels.append(np.full(len(own), c))
        return np.concatenate(centres), np.concatenate(labels)

    def _numbers(self, trained: Any) -> Prototypes:
        prototypes, labels = trained
        return Prototypes(prototypes, labels, self.n_classes_, min(self.k, len(labels)))
