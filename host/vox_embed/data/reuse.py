"""The splits of an earlier run, or of a table that someone wrote: which row goes where."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from vox_embed.data.cells import NO_TIME, seconds_of
from vox_embed.data.layouts.table import read_table
from vox_embed.data.split_names import SPLIT_NAMES
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.files import SPLITS
from vox_embed.experiment.schema import Database

if TYPE_CHECKING:
    import pandas as pd

Times = tuple[float, ...]
"""Start and end, -1 for the end of the file; empty where a table has neither."""


def reused(name: str, rows: pd.DataFrame, database: Database) -> pd.Series[str]:
    """The split of each row, as `reuse` names it. rows: has file, key, start, end, place.

    A table has `file` (as the database names it, or as an absolute path) and `split`, perhaps `database`,
    `start` and `end`; a row of predictions is a test row, and what is not among them is for training.
    VoxError where rows are not in it.
    """
    import pandas as pd

    where = f"data.databases.{name}.reuse"
    path = database.reuse
    assert path is not None
    path = path / SPLITS if path.is_dir() else path
    if not path.is_file():
        raise VoxError(
            f"{where}: no such file: {path}",
            f"a results folder holds {SPLITS} once its experiment was trained; or name a table of file and "
            "split",
        )
    known, whole = _read(where, name, path)
    timed = bool(next(iter(known))[1])
    spans = [_span(*times) if timed else () for times in zip(rows["start"], rows["end"], strict=True)]
    splits = [
        known.get((key, times), known.get((file, times)))
        for key, file, times in zip(rows["key"], rows["file"], spans, strict=True)
    ]
    lost = [i for i, split in enumerate(splits) if split is None]
    if lost and whole:
        first = rows.iloc[lost[0]]
        raise VoxError(
            f"{first['place']}: {path} has no split for {first['key']}"
            + (f" (and {len(lost) - 1} more rows)" if len(lost) > 1 else ""),
            "filter as in the run that it is from, or add such rows to the table",
        )
    if len(lost) == len(splits):
        raise VoxError(f"{where}: {path} names no row of {database.path}", "is it of another database?")
    return pd.Series([split or "train" for split in splits], index=rows.index, dtype=object)


def _span(start: float, end: float) -> Times:
    return round(start, 6), -1.0 if math.isnan(end) else round(end, 6)


def _read(where: str, name: str, path: Path) -> tuple[dict[tuple[str, Times], str], bool]:
    """Splits by file and span, and whether the table is of all splits."""
    table, places = read_table(path)
    if "file" not in table:
        raise VoxError(f"{path}: has no column `file`", f"{where} takes a table of file and split")
    whole = "split" in table
    if not whole and not {"predicted", "value"} & set(table.columns):
        raise VoxError(f"{path}: has no column `split`", "train, dev or test; predictions of a run do, too")
    if "database" in table and (table["database"] == name).any():
        kept = (table["database"] == name).to_numpy()
        table, places = table[kept], [place for place, is_kept in zip(places, kept, strict=True) if is_kept]
    found: dict[tuple[str, Times], str] = {}
    for i, place in enumerate(places):
        row = table.iloc[i]
        split = SPLIT_NAMES.get(str(row["split"]).lower()) if whole else "test"
        if split is None:
            raise VoxError(f"{place}: `{row['split']}` is not a split", "train, dev or test")
        times: Times = _times(row, place) if "start" in table or "end" in table else ()
        key = (str(row["file"]).replace("\\", "/"), times)
        if found.setdefault(key, split) != split:
            raise VoxError(f"{place}: {key[0]} is {split} here, and {found[key]} in an earlier row")
    return found, whole


def _times(row: pd.Series, place: str) -> Times:
    found = []
    for name, default in (("start", 0.0), ("end", math.nan)):
        cell = row.get(name)
        if not isinstance(cell, str) or cell.lower() in NO_TIME:
            found.append(default)
            continue
        seconds = seconds_of(cell)
        if seconds is None:
            raise VoxError(f"{place}: {name}: `{cell}` is not a number of seconds")
        found.append(seconds)
    return _span(*found)
