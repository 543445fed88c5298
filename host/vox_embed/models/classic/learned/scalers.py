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


@dataclass(frozen=True, eq=False)
class Normalizer(Numbers):
    """Each row to length 1. width: values of a row."""

    width: int

    @property
    def centre(self) -> NDArray[np.float64]:
        """Of each value; there is none."""
        return np.zeros(self.width)

    def scaled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows as the model takes them."""
        lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
        scaled: NDArray[np.float64] = rows / np.where(lengths == 0, 1.0, lengths)
        return scaled


@dataclass(frozen=True, eq=False)
class Power(Numbers):
    """The power transform of Yeo and Johnson (2000), then (value - centre) / spread, [values] each."""

    exponents: NDArray[np.float64]
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]

    def __post_init__(self) -> None:
        need(self.exponents.shape == self.centre.shape == self.spread.shape, "numbers of values differ")
        need((self.spread != 0).all(), "a spread of 0")

    def scaled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows as the model takes them."""
        bent = np.stack([_yeo_johnson(rows[:, i], p) for i, p in enumerate(self.exponents)], axis=1)
        scaled: NDArray[np.float64] = (bent - self.centre) / self.spread
        return scaled


def _yeo_johnson(values: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    up, down = np.maximum(values, 0), np.maximum(-values, 0)
    above = np.log1p(up) if power == 0 else ((1 + up) ** power - 1) / power
    rest = 2 - power
    below = np.log1p(down) if rest == 0 else ((1 + down) ** rest - 1) / rest
    bent: NDArray[np.float64] = np.where(values >= 0, above, -below)
    return bent


@dataclass(frozen=True, eq=False)
class Quantile(Numbers):
    """The place of a value among the training rows', as the value of a normal distribution.

    edges: [quantiles, values], rising.
    """

    edges: NDArray[np.float64]

    @property
    def centre(self) -> NDArray[np.float64]:
        """The medians."""
        return np.asarray(self.edges[len(self.edges) // 2])

    def scaled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows as the model takes them; none further than 5.2 deviations."""
        from scipy.special import ndtri

        places = np.linspace(0, 1, len(self.edges))
        # From both ends, so that of equal edges the middle counts.
        found = np.empty(rows.shape)
        for i in range(rows.shape[1]):
            up = np.interp(rows[:, i], self.edges[:, i], places)
            down = np.interp(-rows[:, i], -self.edges[::-1, i], places)
            found[:, i] = (up + 1 - down) / 2
        scaled: NDArray[np.float64] = ndtri(np.clip(found, 1e-7, 1 - 1e-7))
        return scaled


@dataclass(frozen=True, eq=False)
class Binned(Numbers):
    """The number of the interval that a value lies in. edges: [edges, values], rising."""

    edges: NDArray[np.float64]

    @property
    def centre(self) -> NDArray[np.float64]:
        """The middle edges."""
        return np.asarray(self.edges[len(self.edges) // 2])

    def scaled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows as the model takes them."""
        columns = [np.searchsorted(self.edges[:, i], rows[:, i], side="right") for i in range(rows.shape[1])]
        return np.stack(columns, axis=1).astype(np.float64)
