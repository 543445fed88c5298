"""Targets that are numbers: the check of the column, strata to draw from, and the grid of a regression."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.cells import number_of
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Data

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

DEFAULT_BINS = 9
_STRATA = 5
_ROWS_OF_A_STRATUM = 10


def check_numbers(rows: pd.DataFrame, target: str, what: str = "a regression needs") -> None:
    """Refuses the first row whose label is no finite number. rows: has label, place. what: wants one."""
    for label, place in zip(rows["label"], rows["place"], strict=True):
        number = number_of(label)
        if number is None or not math.isfinite(number):
            raise VoxError(
                f"{place}: `{target}` is `{label}`: {what} a number in every row",
                "mend it, turn it into a number by `mapping`, or leave such rows out with `filter`",
            )


def strata(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with labels that stand for ranges of the number, each with about as many rows: what random
    splits are stratified by. Depends on the numbers only, not on the order of the rows."""
    values = np.array([float(label) for label in rows["label"]])
    count = int(np.clip(len(rows) // _ROWS_OF_A_STRATUM, 1, _STRATA))
    edges = np.quantile(values, np.arange(1, count) / count)
    return rows.assign(label=[str(i) for i in np.searchsorted(edges, values, side="right")])


def grid_labels(values: NDArray[np.float64], data: Data) -> tuple[str, ...]:
    """Labels of a regression: `data.labels`, or `data.bins` numbers in equal steps over the range of
    `values`, the targets of the training rows."""
    if data.labels is not None:
        return data.labels
    low, high = float(values.min()), float(values.max())
    if low == high:
        raise VoxError(
            f"data.target: all training rows have the same number ({low:g}): there is nothing to learn",
            f"is `{data.target}` the right column?",
        )
    grid = np.linspace(low, high, data.bins if isinstance(data.bins, int) else DEFAULT_BINS)
    # As few digits as say the numbers to a thousandth of a step.
    for digits in range(3, 18):
        labels = tuple(f"{value:.{digits}g}" for value in grid.tolist())
        if np.abs(np.array(labels, np.float64) - grid).max() <= 1e-3 * (grid[1] - grid[0]):
            break
    return labels


def beyond(values: NDArray[np.float64], labels: tuple[str, ...]) -> str | None:
    """A warning where training rows lie beyond the grid."""
    low, high = float(labels[0]), float(labels[-1])
    outside = int(((values < low) | (values > high)).sum())
    if not outside:
        return None
    return (
        f"warning: {outside} training rows lie beyond data.labels ({labels[0]} to {labels[-1]}), "
        "which results never leave"
    )
