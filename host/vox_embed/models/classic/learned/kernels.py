"""Machines with a Gaussian kernel. Their support vectors are rows that they were trained on, scaled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned.base import ANOMALY, NORMAL, Learned
from vox_embed.models.classic.learned.linear import classes_of_pairs, shares_of_votes
from vox_embed.models.classic.learned.numbers import need


@dataclass(frozen=True, eq=False)
class _Machine(Learned):
    """vectors: [vectors, values], sorted by class. coefficients: [vectors, classes - 1], or [vectors, 1] of
    one class. bias: [pairs], or [1]. counts: vectors of each class. gamma: of exp(-gamma * distance^2)."""

    vectors: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    bias: NDArray[np.float64]
    counts: NDArray[np.int64]
    gamma: float

    def __post_init__(self) -> None:
        need(self.vectors.ndim == 2 and self.coefficients.ndim == 2, "vectors and coefficients are tables")
        need(len(self.vectors) == len(self.coefficients) == self.counts.sum(), "as many of each as vectors")
        need((self.counts >= 0).all(), "counts below 0")

    @property
    def width(self) -> int:
        """Values of a row."""
        return int(self.vectors.shape[1])

    def _kernel(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.spatial.distance import cdist

        values: NDArray[np.float64] = np.exp(-self.gamma * cdist(rows, self.vectors, "sqeuclidean"))
        return values


@dataclass(frozen=True, eq=False)
class Kernels(_Machine):
    """A machine for each pair of classes; above 0 it is the first's vote."""

    def __post_init__(self) -> None:
        super().__post_init__()
        classes = classes_of_pairs(len(self.bias))
        need(self.counts.shape == (classes,), "counts of every class")
        need(self.coefficients.shape[1] == classes - 1, "coefficients against every other class")

    def decided(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """[rows, pairs]"""
        kernel = self._kernel(rows)
        ends = np.cumsum(self.counts)
        own = [slice(int(end - count), int(end)) for end, count in zip(ends, self.counts, strict=True)]
        pairs = [(i, j) for i in range(len(own)) for j in range(i + 1, len(own))]
        sums = [
            kernel[:, own[i]] @ self.coefficients[own[i], j - 1]
            + kernel[:, own[j]] @ self.coefficients[own[j], i]
            for i, j in pairs
        ]
        return np.stack(sums, axis=1) + self.bias

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """The class with most votes, of several the first."""
        best: NDArray[np.int64] = self.posteriors(rows).argmax(axis=1)
        return best

    def posteriors(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares of the votes: the machine has no probabilities."""
        return shares_of_votes(self.decided(rows))


@dataclass(frozen=True, eq=False)
class OneClass(_Machine):
    """Above 0 a row is normal."""

    def __post_init__(self) -> None:
        super().__post_init__()
        need(self.bias.shape == self.counts.shape == (1,) == self.coefficients.shape[1:], "one class")

    def decided(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """[rows, 1]"""
        decided: NDArray[np.float64] = self._kernel(rows) @ self.coefficients + self.bias
        return decided

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """NORMAL or ANOMALY."""
        return np.where(self.decided(rows)[:, 0] > 0, NORMAL, ANOMALY)
