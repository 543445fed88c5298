"""k nearest neighbours among a few prototypes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator, Task
from vox_embed.models.classic.learned import Learned, Prototypes, PrototypeValues
from vox_embed.models.classic.scaling import ScaleKind
from vox_embed.spec.model_format import MAX_LABELS

_REGIONS = 5
"""A regression has so many times the prototypes that a class has."""


class Neighbours(ClassicEstimator):
    """k nearest of `prototypes` centres a class, found by k-means. A class of fewer rows stays as
    it is, and a row with no other near is a centre itself."""

    def __init__(
        self,
        k: int = 3,
        prototypes: int = 20,
        scale: ScaleKind = "standard",
        task: Task = "classification",
        seed: int = 7,
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.k = k
        self.prototypes = prototypes
        self.task = task

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.cluster import KMeans

        if self.task == "regression":
            return self._of_values(rows, target)
        centres, labels = [], []
        for c in range(self.n_classes_):
            own = rows[target == c]
            if len(own) > self.prototypes:
                own = KMeans(self.prototypes, n_init=1, random_state=self.seed).fit(own).cluster_centers_
            centres.append(own)
            labels.append(np.full(len(own), c))
        return np.concatenate(centres), np.concatenate(labels)

    def _of_values(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        """Centres of all rows, and the mean value of those that each stands for."""
        from sklearn.cluster import KMeans

        count = self.prototypes * _REGIONS
        if len(rows) <= count:
            return rows, np.asarray(target, np.float64)
        found = KMeans(count, n_init=1, random_state=self.seed).fit(rows)
        sums = np.bincount(found.labels_, target, minlength=count)
        return found.cluster_centers_, sums / np.maximum(np.bincount(found.labels_, minlength=count), 1)

    def _kind(self) -> type[Learned]:
        return PrototypeValues if self.task == "regression" else Prototypes

    def _numbers(self, trained: Any) -> Prototypes | PrototypeValues:
        prototypes, labels = trained
        if self.task == "regression":
            levels = np.unique(labels)
            if len(levels) > MAX_LABELS:  # a level for as many prototypes each
                edges = np.quantile(labels, np.linspace(0, 1, MAX_LABELS + 1)[1:-1])
                of = np.searchsorted(edges, labels, side="right")
                levels = np.array([labels[of == i].mean() for i in np.unique(of)])
                labels = levels[np.searchsorted(np.unique(of), of)]
            places = np.abs(labels[:, None] - levels).argmin(axis=1)
            return PrototypeValues(prototypes, places, levels, min(self.k, len(labels)))
        return Prototypes(prototypes, labels, self.n_classes_, min(self.k, len(labels)))
