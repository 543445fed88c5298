"""Rows of integer features to train classic models on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Rows:
    train: NDArray[np.int16]
    train_y: NDArray[np.int64]
    test: NDArray[np.int16]
    test_y: NDArray[np.int64]


def toy(classes: int = 4, values: int = 20, seed: int = 1, step: float = 300.0) -> Rows:
    """Clusters that overlap, 1500 rows to train on and 1000 to test; step: integers in a unit."""
    from sklearn.datasets import make_classification

    X, y = make_classification(
        2500,
        values,
        n_informative=min(values, 10),
        n_classes=classes,
        n_clusters_per_class=2,
        flip_y=0.05,
        random_state=seed,
    )
    # Means and spreads as different as those of real features.
    rng = np.random.default_rng(seed)
    X = X * step * 2.0 ** rng.uniform(-3, 3, values) + rng.uniform(-5000, 5000, values)
    rows = np.clip(np.round(X), -32768, 32767).astype(np.int16)
    return Rows(rows[:1500], y[:1500], rows[1500:], y[1500:])
