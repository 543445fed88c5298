"""A target that is a number: turned round, scaled, and made classes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Database, RangeScale

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

_ROUNDING = 1e-9


def changed_numbers(name: str, rows: pd.DataFrame, database: Database, target: str) -> pd.DataFrame:
    """The rows of a database with its `reverse` and its range of `scale` done to their numbers."""
    where = f"data.databases.{name}"
    values = np.array([float(label) for label in rows["label"]])
    if database.reverse:
        highest = float(values.max()) if database.reverse_max is None else database.reverse_max
        _check(rows, values <= highest, target, f"above {where}.reverse_max ({highest:g})")
        values = highest - values
    if isinstance(database.scale, RangeScale):
        (low, high), (to_low, to_high) = database.scale.from_, database.scale.to
        slack = _ROUNDING * (high - low)
        inside = (values >= low - slack) & (values <= high + slack)
        what = f"not in the range {low:g} to {high:g} of {where}.scale"
        _check(rows, inside, target, what + (", turned round" if database.reverse else ""))
        values = to_low + (values - low) * (to_high - to_low) / (high - low)
    return rows if not database.reverse and database.scale is None else _labelled(rows, values)


def standardised(rows: pd.DataFrame, notes: list[str], name: str, least: int = 2) -> pd.DataFrame:
    """`scale: standard`, by mean and deviation of the rows for training, or of all where there are none,
    or no splits yet. VoxError where they are all the same."""
    values = np.array([float(label) for label in rows["label"]])
    train = (rows["split"] == "train").to_numpy() if "split" in rows else np.zeros(len(rows), bool)
    known = values[train] if train.any() else values
    mean, deviation = float(known.mean()), float(known.std())
    if len(known) < least or deviation == 0:
        raise VoxError(
            f"data.databases.{name}.scale: all its {'training ' if train.any() else ''}rows have the same "
            f"number ({mean:g}), which no `standard` scale fits",
            "give a range: scale: {from: [low, high], to: [0, 1]}",
        )
    whose = "training rows" if train.any() else "rows"
    if "split" in rows and not train.any():
        whose = "rows, of which none is for training"
    notes.append(f"database `{name}`: target less {mean:.4g}, over {deviation:.4g}, as of its {whose}")
    return _labelled(rows, (values - mean) / deviation)


def _labelled(rows: pd.DataFrame, values: NDArray[np.float64]) -> pd.DataFrame:
    return rows.assign(label=[f"{value:.12g}" for value in values.tolist()])


def classes_of(
    rows: pd.DataFrame, edges: Sequence[float], labels: Sequence[str], target: str
) -> pd.DataFrame:
    """The rows with the class of each number: the edge below it belongs to it; the last edge to the last
    class. VoxError for a number outside of all."""
    values = np.array([float(label) for label in rows["label"]])
    _check(
        rows,
        (values >= edges[0]) & (values <= edges[-1]),
        target,
        f"outside of data.bins ({edges[0]:g} to {edges[-1]:g})",
        "let the edges begin with -inf and end with inf, or leave such rows out with `filter`",
    )
    classes = np.searchsorted(edges[1:-1], values, side="right")
    return rows.assign(label=[labels[i] for i in classes])


def _check(
    rows: pd.DataFrame,
    right: NDArray[np.bool_],
    target: str,
    what: str,
    hint: str = "widen it, or leave such rows out with `filter`",
) -> None:
    wrong = np.flatnonzero(~right)
    if len(wrong):
        first = rows.iloc[wrong[0]]
        more = f" (and {len(wrong) - 1} more rows)" if len(wrong) > 1 else ""
        raise VoxError(f"{first['place']}: `{target}` is {first['label']}, {what}{more}", hint)
