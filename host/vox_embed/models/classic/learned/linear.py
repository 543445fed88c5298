"""Models that are dot products."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned.base import Learned, softmax
from vox_embed.models.classic.learned.numbers import need


@dataclass(frozen=True, eq=False)
class Linear(Learned):
    """One dot product a class, one for the second of two classes, or one for a value.

    weights: [outputs, values]. bias: [outputs]. regression: the output is a value.
    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    regression: bool

    def __post_init__(self) -> None:
        need(self.weights.ndim == 2 and self.bias.shape == self.weights.shape[:1], "weights and bias differ")

    @property
    def width(self) -> int:
        """Values of a row."""
        return int(self.weights.shape[1])

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """[rows, outputs]"""
        scores: NDArray[np.float64] = rows @ self.weights.T + self.bias
        return scores

    def predict(self, rows: NDArray[np.float64]) -> NDArray[Any]:
        """The class with the highest score, the second where its only score is above 0, or the value."""
        scores = self.scores(rows)
        if self.regression:
            return scores[:, 0]
        return (scores[:, 0] > 0).astype(np.int64) if len(self.weights) == 1 else scores.argmax(axis=1)

    def posteriors(self, rows: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The softmax of the scores, as if they were log odds."""
        if self.regression:
            return None
        scores = self.scores(rows)
        return softmax(scores[:, 0] if len(self.weights) == 1 else scores)


@dataclass(frozen=True, eq=False)
class Pairs(Learned):
    """A dot product for each pair of classes (0, 1), (0, 2), ...: above 0 it is the first's vote.

    weights: [pairs, values]. bias: [pairs].
    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def __post_init__(self) -> None:
        need(self.weights.ndim == 2 and self.bias.shape == self.weights.shape[:1], "weights and bias differ")
        classes_of_pairs(len(self.bias))

    @property
    def width(self) -> int:
        """Values of a row."""
        return int(self.weights.shape[1])

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """The class with most votes, of several the first."""
        best: NDArray[np.int64] = self.posteriors(rows).argmax(axis=1)
        return best

    def posteriors(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares of the votes."""
        return shares_of_votes(rows @ self.weights.T + self.bias)


def classes_of_pairs(pairs: int) -> int:
    """How many classes have so many pairs. ValueError where none."""
    classes = (1 + math.isqrt(1 + 8 * pairs)) // 2
    need(classes >= 2 and classes * (classes - 1) // 2 == pairs, f"{pairs} pairs of classes")
    return classes


def shares_of_votes(decided: NDArray[np.float64]) -> NDArray[np.float64]:
    """Decisions of pairs [rows, pairs], above 0 for the first, -> shares of the votes [rows, classes]."""
    classes = classes_of_pairs(decided.shape[1])
    votes = np.zeros((len(decided), classes))
    pairs = ((i, j) for i in range(classes) for j in range(i + 1, classes))
    for column, (i, j) in enumerate(pairs):
        first = decided[:, column] > 0
        votes[first, i] += 1
        votes[~first, j] += 1
    shares: NDArray[np.float64] = votes / votes.sum(axis=1, keepdims=True)
    return shares
