"""Nearest prototypes. Those of a class with few rows are its rows, scaled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned.base import Learned
from vox_embed.models.classic.learned.numbers import need


@dataclass(frozen=True, eq=False)
class Prototypes(Learned):
    """prototypes: [prototypes, values]. labels: class of each. classes: how many there are. k: how many of
    the nearest vote."""

    prototypes: NDArray[np.float64]
    labels: NDArray[np.int64]
    classes: int
    k: int

    def __post_init__(self) -> None:
        need(self.prototypes.ndim == 2 and len(self.prototypes) == len(self.labels), "a label a prototype")
        need(len(self.labels) and 0 <= self.labels.min() <= self.labels.max() < self.classes, "labels")
        need(1 <= self.k <= len(self.labels), f"k of {self.k}")

    @property
    def width(self) -> int:
        """Values of a row."""
        return int(self.prototypes.shape[1])

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """The class of most neighbours, of several the first."""
        best: NDArray[np.int64] = self.posteriors(rows).argmax(axis=1)
        return best

    def posteriors(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares of the neighbours; of prototypes equally far the first are taken."""
        from scipy.spatial.distance import cdist

        distances = cdist(rows, self.prototypes, "sqeuclidean")
        nearest = np.argsort(distances, axis=1, kind="stable")[:, : self.k]
        shares: NDArray[np.float64] = np.eye(self.classes)[self.labels[nearest]].mean(axis=1)
        return shares
