"""Scalers: found by scikit-learn, kept as numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned import Binned, MinMax, Normalizer, Power, Quantile, Scaler

ScaleKind = Literal[
    "none", "standard", "robust", "minmax", "maxabs", "normalizer", "power", "quantile", "bins"
]
AnyScaler = Scaler | MinMax | Normalizer | Power | Quantile | Binned
_QUANTILES, _BINS = 1000, 10
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


def _normalizer(rows: Rows) -> Normalizer:
    return Normalizer(rows.shape[1])


def _power(rows: Rows) -> Power:
    from sklearn.preprocessing import PowerTransformer

    # Of values of one size, as the search for exponents needs.
    found = PowerTransformer(standardize=False).fit(rows)
    bent = Power(found.lambdas_, np.zeros(rows.shape[1]), np.ones(rows.shape[1])).scaled(rows)
    spread = bent.std(axis=0)
    return Power(found.lambdas_, bent.mean(axis=0), np.where(spread == 0, 1.0, spread))


def _quantile(rows: Rows) -> Quantile:
    return Quantile(np.quantile(rows, np.linspace(0, 1, min(_QUANTILES, len(rows))), axis=0))


def _bins(rows: Rows) -> Binned:
    return Binned(np.quantile(rows, np.arange(1, _BINS) / _BINS, axis=0))


# A new scaler is one function, one line here and in ScaleKind, and its kind of numbers where no other fits.
SCALERS: dict[ScaleKind, tuple[Callable[[Rows], AnyScaler], type[AnyScaler]]] = {
    "standard": (_standard, Scaler),
    "robust": (_robust, Scaler),
    "minmax": (_minmax, MinMax),
    "maxabs": (_maxabs, Scaler),
    "normalizer": (_normalizer, Normalizer),
    "power": (_power, Power),
    "quantile": (_quantile, Quantile),
    "bins": (_bins, Binned),
}
