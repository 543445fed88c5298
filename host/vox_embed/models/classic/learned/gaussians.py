"""Gaussian densities: one a class, several a class, or one around all that is normal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned.base import ANOMALY, NORMAL, Learned, softmax
from vox_embed.models.classic.learned.numbers import need

_LOG_2_PI = math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class Gaussians(Learned):
    """A Gaussian a class. means, variances: [classes, values]. priors: [classes]."""

    means: NDArray[np.float64]
    variances: NDArray[np.float64]
    priors: NDArray[np.float64]

    def __post_init__(self) -> None:
        need(self.means.ndim == 2 and self.means.shape == self.variances.shape, "means and variances differ")
        need(self.priors.shape == self.means.shape[:1], "a prior a class")

    @property
    def width(self) -> int:
        """Values of a row."""
        return int(self.means.shape[1])

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Natural logarithm of prior times density [rows, classes]."""
        found = [
            math.log(prior)
            - 0.5 * np.log(2.0 * math.pi * variance).sum()
            - 0.5 * ((rows - mean) ** 2 / variance).sum(axis=1)
            for mean, variance, prior in zip(self.means, self.variances, self.priors, strict=True)
        ]
        return np.stack(found, axis=1)

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """The likeliest class."""
        best: NDArray[np.int64] = self.scores(rows).argmax(axis=1)
        return best

    def posteriors(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """[rows, classes]"""
        return softmax(self.scores(rows))


@dataclass(frozen=True, eq=False)
class Mixtures(Learned):
    """Gaussians of several classes. means: [components, values]. whiteners: the precisions' roots, diagonal
    [components, values] or upper triangular [components, values, values]. weights: [components], of each in
    its class. priors: [classes]. counts: components of each class, in whose order they stand."""

    means: NDArray[np.float64]
    whiteners: NDArray[np.float64]
    weights: NDArray[np.float64]
    priors: NDArray[np.float64]
    counts: NDArray[np.int64]

    def __post_init__(self) -> None:
        need(self.means.ndim == 2 and len(self.means) == len(self.weights), "a weight a component")
        whole = (*self.means.shape, self.means.shape[1])
        need(self.whiteners.shape in (self.means.shape, whole), "means and whiteners differ")
        need(self.priors.shape == self.counts.shape, "a prior a class")
        need((self.counts > 0).all() and self.counts.sum() == len(self.means), "components of each class")

    @property
    def width(self) -> int:
        """Values of a row."""
        return int(self.means.shape[1])

    @property
    def full(self) -> bool:
        """Whether covariances are not diagonal."""
        return self.whiteners.ndim == 3

    def densities(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Natural logarithm of each component's weight times density [rows, components]."""
        found = []
        for mean, whitener, weight in zip(self.means, self.whiteners, self.weights, strict=True):
            root = np.diagonal(whitener) if self.full else whitener
            white = (rows - mean) @ whitener if self.full else (rows - mean) * whitener
            size = 0.5 * (self.width * _LOG_2_PI + (white**2).sum(axis=1))
            found.append(math.log(weight) + np.log(root).sum() - size)
        return np.stack(found, axis=1)

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Natural logarithm of prior times density [rows, classes]."""
        ends = np.cumsum(self.counts)[:-1]
        parts = np.split(self.densities(rows), ends, axis=1)
        logs: NDArray[np.float64] = np.stack([_log_sum(part) for part in parts], axis=1) + np.log(self.priors)
        return logs

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """The likeliest class."""
        best: NDArray[np.int64] = self.scores(rows).argmax(axis=1)
        return best

    def posteriors(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """[rows, classes]"""
        return softmax(self.scores(rows))


@dataclass(frozen=True, eq=False)
class Envelope(Learned):
    """A Gaussian around the normal rows: centre [values], precision [values, values], and the squared
    distance of its border."""

    centre: NDArray[np.float64]
    precision: NDArray[np.float64]
    limit: float

    def __post_init__(self) -> None:
        need(self.centre.ndim == 1 and self.precision.shape == 2 * self.centre.shape, "centre and precision")

    @property
    def width(self) -> int:
        """Values of a row."""
        return len(self.centre)

    def distances(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Squared Mahalanobis distances [rows]."""
        away = rows - self.centre
        squared: NDArray[np.float64] = np.einsum("ri,ij,rj->r", away, self.precision, away)
        return squared

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """NORMAL or ANOMALY."""
        return np.where(self.distances(rows) <= self.limit, NORMAL, ANOMALY)


def _log_sum(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the sum of exponentials [rows, n] -> [rows]."""
    most = logs.max(axis=1, keepdims=True)
    sums: NDArray[np.float64] = np.log(np.exp(logs - most).sum(axis=1)) + most[:, 0]
    return sums
