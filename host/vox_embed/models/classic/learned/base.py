"""What every learned model promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned.numbers import Numbers

NORMAL, ANOMALY = 0, 1
"""Decisions of anomaly detectors, and the order of their posteriors."""


@dataclass(frozen=True, eq=False)
class Learned(Numbers):
    """A trained model: decisions on scaled rows, float64 [rows, values]."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Values of a row."""

    @abstractmethod
    def predict(self, rows: NDArray[np.float64]) -> NDArray[Any]:
        """Indices of classes, NORMAL or ANOMALY, or values of a regression [rows]."""

    def posteriors(self, rows: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """[rows, classes]; None where the model only decides."""
        del rows
        return None


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Natural log odds [rows, classes], or [rows] of the second of two classes, -> posteriors."""
    if scores.ndim == 1:
        scores = np.stack([np.zeros(len(scores)), scores], axis=1)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares
