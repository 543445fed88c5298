"""A regression's grid: labels that are numbers, and the values that posteriors over them stand for.

The device answers a regression with posteriors, as it answers everything: a value between two neighbouring
labels is shared between them by linear interpolation (operator BINS, docs/model-format.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vox_embed.core._native import Model
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import META_BYTES


def grid_of(labels: Sequence[str]) -> NDArray[np.float64] | None:
    """The labels as numbers; None where they are not two or more finite numbers in rising order."""
    try:
        grid = np.array([float(label) for label in labels])
    except ValueError:
        return None
    rises = len(grid) > 1 and np.isfinite(grid).all() and (np.diff(grid) > 0).all()
    return grid if rises else None


def meta_of(model: Model) -> Mapping[str, Any]:
    """What a .vxm says of itself, empty for nothing. ValueError where it is no small JSON object."""
    raw = model.meta
    if not raw:
        return {}
    meta = parse_json(raw, META_BYTES)
    if not isinstance(meta, dict):
        raise ValueError("it is no object")
    return meta


def grid_of_model(model: Model) -> NDArray[np.float64] | None:
    """The grid that a .vxm answers on, where it says that it is a regression; else None."""
    try:
        meta = meta_of(model)
    except ValueError:
        return None
    return grid_of(model.labels) if meta.get("task") == "regression" else None


def nearest(values: ArrayLike, grid: NDArray[np.float64]) -> NDArray[np.int64]:
    """[n] -> index of the nearest grid point; of two equally near ones the higher."""
    middles = (grid[1:] + grid[:-1]) / 2.0
    return np.searchsorted(middles, np.asarray(values, np.float64), side="right").astype(np.int64)


def posteriors_of(values: ArrayLike, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n] -> [n, grid]: each value shared by its two neighbours; beyond the grid, all to its end."""
    inside = np.clip(np.asarray(values, np.float64), grid[0], grid[-1])
    lower = np.clip(np.searchsorted(grid, inside, side="right") - 1, 0, len(grid) - 2)
    share = (inside - grid[lower]) / (grid[lower + 1] - grid[lower])
    posteriors = np.zeros((len(inside), len(grid)))
    rows = np.arange(len(inside))
    posteriors[rows, lower] = 1.0 - share
    posteriors[rows, lower + 1] = share
    return posteriors


def values_of(posteriors: ArrayLike, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """[..., grid] posteriors of any unit -> [...] values; NaN where all posteriors are 0 (silence)."""
    shares = np.asarray(posteriors, np.float64)
    total = shares.sum(axis=-1)
    values: NDArray[np.float64] = np.where(total > 0, shares @ grid, np.nan) / np.where(total > 0, total, 1.0)
    return values
