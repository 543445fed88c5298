"""Rows of a database that are left out on purpose: by `required`, `filter`, `check_size` and `check_vad`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vox_embed.data.columns import need_column
from vox_embed.data.sounding import LEVEL, seconds_of_sound
from vox_embed.data.splits import matches
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Database, Experiment

if TYPE_CHECKING:
    import pandas as pd


def complete_rows(name: str, rows: pd.DataFrame, database: Database, notes: list[str]) -> pd.DataFrame:
    """Those that have something in each of the columns that are `required`."""
    for column_name in database.required:
        where = f"data.databases.{name}.required"
        there = need_column(where, rows, column_name, database).notna()
        if not there.any():
            raise VoxError(f"{where}: no row has anything in `{column_name}`", "is it the right column?")
        if not there.all():
            notes.append(f"{where}: {(~there).sum()} of {len(rows)} rows have no `{column_name}`: left out")
        rows = rows[there]
    return rows


def filtered(name: str, rows: pd.DataFrame, database: Database) -> pd.DataFrame:
    """Those that match all of `filter`."""
    for column_name, values in database.filter:
        need_column(f"data.databases.{name}.filter", rows, column_name, database)
        rows = rows[matches(rows, column_name, values)]
        if rows.empty:
            raise VoxError(
                f"data.databases.{name}.filter: no rows are left with {column_name}: {list(values)}"
            )
    return rows


def worth_hearing(name: str, rows: pd.DataFrame, experiment: Experiment, notes: list[str]) -> pd.DataFrame:
    """Those of files that are large enough, with as much sound as asked."""
    import pandas as pd

    data = experiment.data
    if data.check_size is not None:
        sizes = {file: Path(file).stat().st_size for file in set(rows["file"])}
        small = rows["file"].map(sizes) < data.check_size
        rows = _without(name, rows, small, f"check_size: of less than {data.check_size:,} bytes", notes)
    if data.check_vad is not None:
        gate = experiment.decision.gate_dbfs
        level = LEVEL if gate is None else gate
        quiet = pd.Series(seconds_of_sound(rows, level) < data.check_vad, index=rows.index)
        what = f"check_vad: with less than {data.check_vad:g} s at or above {level:g} dBFS"
        rows = _without(name, rows, quiet, what, notes)
    return rows.reset_index(drop=True)


def _without(
    name: str, rows: pd.DataFrame, left: pd.Series[bool], what: str, notes: list[str]
) -> pd.DataFrame:
    if not left.any():
        return rows
    key, _, words = what.partition(": ")
    first = rows.loc[left, "key"].iloc[0]
    if left.all():
        raise VoxError(f"database `{name}`: data.{key} leaves no row: all are {words}", "lower it")
    notes.append(f"database `{name}`: data.{key}: {left.sum()} of {len(rows)} rows {words}; first: {first}")
    return rows[~left]
