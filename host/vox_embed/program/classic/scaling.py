"""Scalers as integers: SCALE, or NORM's mode SCALE.

The integers need not be the scaler's values; how they stand to what the model was trained on is folded into
the model's parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.models.classic.learned import MinMax, Scaler
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic_ops import Scale
from vox_embed.program.ops import Kind

_LEAST_REACH = 64.0
"""Integers of a feature that hardly ever moves: a step of it shall not leave the range at once."""
_HEADROOM, _COMMON_HEADROOM = 8.0, 4.0
"""How far beyond the training rows the integers reach, value by value and with a common step."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """Integers z of features x; a value that the model was trained on is slope * z + start."""

    offset: NDArray[np.int64]
    multiplier: NDArray[np.int64]
    shift: NDArray[np.int64]
    slope: NDArray[np.float64]
    """[values]"""
    start: NDArray[np.float64]
    """[values]"""
    plain: bool
    """z is x."""

    def add_to(self, chain: Chain) -> None:
        """The op, where one is needed."""
        if not self.plain:
            fields = {"offset": self.offset, "multiplier": self.multiplier, "shift": self.shift}
            chain.add(Scale, fields, len(self.offset), Kind.S16, float(self.slope.mean()))

    def integers(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """Points of the model's space [rows, values] as z, rounded."""
        z = np.round((rows - self.start) / self.slope)
        return np.clip(z, -32768, 32767).astype(np.int64)


def centre_and_spread(estimator: ClassicEstimator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A scaled value is (x - centre) / spread. VoxError where it is not."""
    scaler = estimator.scaler_
    if scaler is None:
        zeros = np.zeros(estimator.n_features_in_)
        return zeros, zeros + 1.0
    if not isinstance(scaler, Scaler | MinMax):
        raise VoxError(
            f"no integer program holds scale: {estimator.scale}", "standard, robust, minmax or maxabs"
        )
    return scaler.centre, scaler.spread


def scaling_of(estimator: ClassicEstimator, X: NDArray[np.int16], *, common: bool = False) -> Scaling:
    """Integers that reach several times as far as those of the training rows X.

    common: with one step for all values of the model's space, as distances need it; else as fine as can be,
    value by value.
    """
    centre, spread = centre_and_spread(estimator)
    rows = np.asarray(X, np.float64)
    middle = np.round((rows.max(axis=0) + rows.min(axis=0)) / 2.0)
    reach = np.abs(rows - middle).max(axis=0)
    if common:
        widest = max(float((reach / spread).max()), 1e-6)
        factor = np.minimum(32767.0 / (_COMMON_HEADROOM * widest), 32767.0 * spread.min()) / spread
    else:
        factor = 32767.0 / (_HEADROOM * np.maximum(reach, _LEAST_REACH))
    if common and estimator.scaler_ is None and factor.max() < 1.0:
        ones = np.ones(estimator.n_features_in_)
        none = np.zeros(0, np.int64)
        return Scaling(none, none, none, ones, 0.0 * ones, plain=True)
    shift = np.clip(np.floor(np.log2(32767.0 / factor)), 0, 30)
    multiplier = np.clip(np.round(factor * 2.0**shift), 1, 32767)
    return Scaling(
        middle.astype(np.int64),
        multiplier.astype(np.int64),
        shift.astype(np.int64),
        2.0**shift / (multiplier * spread),
        (middle - centre) / spread,
        plain=False,
    )
