"""Anomaly detectors: what is unlike the rows they were trained on."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.models.classic.learned import Envelope, Isolation, Trees
from vox_embed.models.classic.scaling import ScaleKind


class IsolationForest(ClassicEstimator):
    """Isolation forest (Liu et al. 2008): rows that random splits part early from the others.

    contamination: share of the training rows that are called anomalies; "auto": the paper's threshold.
    """

    task = "anomaly"
    learns = Isolation

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

    def _numbers(self, trained: Any) -> Isolation:
        trees = []
        for member, columns in zip(trained.estimators_, trained.estimators_features_, strict=True):
            tree = member.tree_
            feature = np.asarray(columns)[np.maximum(tree.feature, 0)]
            lengths = (_nodes_above(tree) + 1.0) + average_path(tree.n_node_samples) - 1.0
            trees.append((feature, tree.threshold, tree.children_left, tree.children_right, lengths[:, None]))
        mean = float(average_path(np.array([trained.max_samples_]))[0])
        return Isolation(Trees.make(trees), self.n_features_in_, mean, -float(trained.offset_))


def average_path(rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean depth of an unsuccessful search in a tree of so many rows (Liu et al. 2008)."""
    n = np.maximum(rows, 3).astype(np.float64)
    path = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return np.where(rows <= 1, 0.0, np.where(rows == 2, 1.0, path))


def _nodes_above(tree: Any) -> NDArray[np.float64]:
    """Of each node of scikit-learn's tree."""
    above = np.zeros(tree.node_count)
    for node in range(tree.node_count):
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                above[child] = above[node] + 1
    return above


class Mahalanobis(ClassicEstimator):
    """Distance from the mean by the covariance of the normal rows.

    robust: the elliptic envelope, whose covariance is that of the most compact half (Rousseeuw 1999);
    otherwise all rows, shrunk (Ledoit & Wolf 2004). contamination: share of the training rows outside.
    """

    task = "anomaly"
    learns = Envelope

    def __init__(
        self,
        robust: bool = False,
        contamination: float = 0.05,
        scale: ScaleKind = "standard",
        seed: int = 7,
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.robust = robust
        self.contamination = contamination

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn import covariance

        if self.robust:
            fitted = covariance.EllipticEnvelope(
                contamination=self.contamination, random_state=self.seed
            ).fit(rows)
            return fitted.location_, fitted.precision_, -float(fitted.offset_)
        shrunk = covariance.LedoitWolf().fit(rows)
        distances = Envelope(shrunk.location_, shrunk.precision_, 0.0).distances(rows)
        return shrunk.location_, shrunk.precision_, float(np.quantile(distances, 1.0 - self.contamination))

    def _numbers(self, trained: Any) -> Envelope:
        return Envelope(*trained)
