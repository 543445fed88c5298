"""Anomaly detectors: what is unlike the rows they were trained on."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator, ScaleKind


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


class Envelope:
    """A Gaussian around the normal rows: centre, precision, and the squared distance of its border."""

    def __init__(
        self, centre: NDArray[np.float64], precision: NDArray[np.float64], limit: float | None = None
    ) -> None:
        self.centre = centre
        self.precision = precision
        self.limit = limit

    def distances(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Squared Mahalanobis distances [rows]."""
        away = rows - self.centre
        squared: NDArray[np.float64] = np.einsum("ri,ij,rj->r", away, self.precision, away)
        return squared

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """1 normal, -1 not, as scikit-learn says it."""
        return np.where(self.distances(rows) <= (self.limit or 0.0), 1, -1)


class Mahalanobis(ClassicEstimator):
    """Distance from the mean by the covariance of the normal rows.

    robust: the elliptic envelope, whose covariance is that of the most compact half (Rousseeuw 1999);
    otherwise all rows, shrunk (Ledoit & Wolf 2004). contamination: share of the training rows outside.
    """

    task = "anomaly"

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
            return Envelope(fitted.location_, fitted.precision_, -float(fitted.offset_))
        shrunk = covariance.LedoitWolf().fit(rows)
        envelope = Envelope(shrunk.location_, shrunk.precision_)
        envelope.limit = float(np.quantile(envelope.distances(rows), 1.0 - self.contamination))
        return envelope
