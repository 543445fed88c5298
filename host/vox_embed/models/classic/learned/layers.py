"""A perceptron's layers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned.base import Learned, softmax
from vox_embed.models.classic.learned.numbers import need

LIMIT = 4.0
"""Deviations from the mean beyond which a value counts as so many in training."""


@dataclass(frozen=True, eq=False)
class Layers(Learned):
    """A trained perceptron: weights [inputs, units] and biases [units] of each layer, float64."""

    lists: ClassVar[tuple[str, ...]] = ("weights", "biases")

    weights: tuple[NDArray[np.float64], ...]
    biases: tuple[NDArray[np.float64], ...]
    regression: bool

    def __post_init__(self) -> None:
        need(len(self.weights) == len(self.biases) >= 1, "weights and biases of each layer")
        for weights, bias in zip(self.weights, self.biases, strict=True):
            need(weights.ndim == 2 and bias.shape == weights.shape[1:], "weights and biases differ")
        for before, after in pairwise(self.weights):
            need(before.shape[1] == after.shape[0], "layers do not follow each other")

    @property
    def width(self) -> int:
        """Values of a row."""
        return int(self.weights[0].shape[0])

    def hidden(self, rows: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """What each hidden layer gives for scaled rows."""
        given = []
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            rows = np.maximum(rows @ weights + bias, 0.0)
            given.append(rows)
        return given

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Natural log odds [rows, classes], or values [rows, 1]."""
        last = [rows, *self.hidden(rows)][-1]
        scores: NDArray[np.float64] = last @ self.weights[-1] + self.biases[-1]
        return scores

    def predict(self, rows: NDArray[np.float64]) -> NDArray[Any]:
        """Classes, or values."""
        scores = self.scores(rows)
        return scores[:, 0] if self.regression else scores.argmax(axis=1)

    def posteriors(self, rows: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The softmax of the scores."""
        return None if self.regression else softmax(self.scores(rows))
