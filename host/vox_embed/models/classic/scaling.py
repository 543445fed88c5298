"""Scalers: found by scikit-learn, kept as numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned import MinMax, Scaler

ScaleKind = Literal["none", "standard", "robust", "minmax", "maxabs"]
Rows = NDArray[np.float64]


def _standard(rows: Rows) -> Scaler:
    from sklearn.preprocessing import StandardScaler

    found = StandardScaler().fit(rows)
    return Scaler(found.mean_, found.scale_)


def _robust(rows: Rows) -> Scaler:
    from sklearn.preprocessing import RobustScaler

    found = RobustScaler().fit(rows)
    return Scaler(found.center_, found.scale_)


def _minmax(rows: Rows) -> MinMax:
    from sklearn.preprocessing import MinMaxScaler

    found = MinMaxScaler().fit(rows)
    return MinMax(found.scale_, found.min_)


def _maxabs(rows: Rows) -> Scaler:
    from sklearn.preprocessing import MaxAbsScaler

    found = MaxAbsScaler().fit(rows)
    return Scaler(np.zeros(len(found.scale_)), found.scale_)


# A new scaler is one function, one line here and in ScaleKind, and its kind of numbers where no other fits.
SCALERS: dict[ScaleKind, tuple[Callable[[Rows], Scaler | MinMax], type[Scaler | MinMax]]] = {
    "standard": (_standard, Scaler),
    "robust": (_robust, Scaler),
    "minmax": (_minmax, MinMax),
    "maxabs": (_maxabs, Scaler),
}
