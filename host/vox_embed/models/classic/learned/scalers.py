"""What is done to values before the model sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned.numbers import Numbers, need


@dataclass(frozen=True, eq=False)
class Scaler(Numbers):
    """(value - centre) / spread, [values] each."""

    centre: NDArray[np.float64]
    spread: NDArray[np.float64]

    def __post_init__(self) -> None:
        need(self.centre.shape == self.spread.shape and self.centre.ndim == 1, "centre and spread differ")
        need((self.spread != 0).all(), "a spread of 0")

    def scaled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows as the model takes them."""
        scaled: NDArray[np.float64] = (rows - self.centre) / self.spread
        return scaled


@dataclass(frozen=True, eq=False)
class MinMax(Numbers):
    """value * factor + start, [values] each: the training rows lie between 0 and 1."""

    factor: NDArray[np.float64]
    start: NDArray[np.float64]

    def __post_init__(self) -> None:
        need(self.factor.shape == self.start.shape and self.factor.ndim == 1, "factor and start differ")
        need((self.factor != 0).all(), "a factor of 0")

    @property
    def centre(self) -> NDArray[np.float64]:
        """What is scaled to 0."""
        return -self.start / self.factor

    @property
    def spread(self) -> NDArray[np.float64]:
        """What is scaled to 1, less `centre`."""
        return 1.0 / self.factor

    def scaled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows as the model takes them."""
        scaled: NDArray[np.float64] = rows * self.factor + self.start
        return scaled
