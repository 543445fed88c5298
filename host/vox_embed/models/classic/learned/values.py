"""Regressions by a kernel machine and by nearest prototypes, and a mixture around what is normal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned.base import ANOMALY, NORMAL, Learned
from vox_embed.models.classic.learned.gaussians import Mixtures
from vox_embed.models.classic.learned.kernels import OneClass
from vox_embed.models.classic.learned.numbers import Numbers, need


@dataclass(frozen=True, eq=False)
class KernelValue(OneClass):
    """A kernel machine whose decision is the value of a regression."""

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:  # type: ignore[override]
        """[rows]"""
        return np.asarray(self.decided(rows)[:, 0])


@dataclass(frozen=True, eq=False)
class PrototypeValues(Learned):
    """The mean of the values of the k nearest prototypes.

    prototypes: [prototypes, values of a row]. labels: level of each. levels: the value of each level.
    """

    prototypes: NDArray[np.float64]
    labels: NDArray[np.int64]
    levels: NDArray[np.float64]
    k: int

    def __post_init__(self) -> None:
        need(self.prototypes.ndim == 2 and len(self.prototypes) == len(self.labels), "a level a prototype")
        need(len(self.labels) and 0 <= self.labels.min() <= self.labels.max() < len(self.levels), "levels")
        need(1 <= self.k <= len(self.labels), f"k of {self.k}")

    @property
    def width(self) -> int:
        """Values of a row."""
        return int(self.prototypes.shape[1])

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """[rows]; of prototypes equally far the first are taken."""
        from scipy.spatial.distance import cdist

        distances = cdist(rows, self.prototypes, "sqeuclidean")
        nearest = np.argsort(distances, axis=1, kind="stable")[:, : self.k]
        return np.asarray(self.levels[self.labels[nearest]].mean(axis=1))


@dataclass(frozen=True, eq=False)
class Density(Learned):
    """A mixture of the normal rows; below `limit`, the logarithm of its density, a row is an anomaly."""

    parts: ClassVar[Mapping[str, type[Numbers]]] = {"mixture": Mixtures}
    mixture: Mixtures
    limit: float

    @property
    def width(self) -> int:
        """Values of a row."""
        return self.mixture.width

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """NORMAL or ANOMALY."""
        return np.where(self.mixture.scores(rows)[:, 0] >= self.limit, NORMAL, ANOMALY)
