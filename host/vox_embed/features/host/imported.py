"""Features from a table that another program has made: CSV or parquet, a row a clip."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.cells import NO_TIME, number_of, seconds_of
from vox_embed.data.layouts.table import read_table
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.features.host.base import Clips, HostFeatures, Progress

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ("file", "start", "end")
_NEAR = 0.006
"""Seconds: times that differ by less are the same."""
_NAMED = 3
"""Clips of a message."""
_EMPTY = frozenset({"", "nan", "na", "none", "null"})


@dataclass(frozen=True)
class _Place:
    """A row of the table: of which part of its file it is; None: of all of it, or to its end."""

    start: float | None
    end: float | None
    row: int

    def is_of(self, start: float, end: float) -> bool:
        """Whether a clip from start to end (seconds in the file) is meant."""
        if self.start is None:
            return True
        return abs(self.start - start) < _NEAR and (self.end is None or abs(self.end - end) < _NEAR)


@dataclass(frozen=True)
class Imported(HostFeatures):
    """The numbers of a table, found by file and time. VoxError for a table that cannot be read, or has other
    than numbers in the columns that are taken."""

    settings: schema.ImportedFeatures

    def __post_init__(self) -> None:
        _ = self._table  # refused before any sound is read

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.settings.sample_rate

    @property
    def per_clip(self) -> bool:
        """Always."""
        return True

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        return self._table[0]

    @property
    def description(self) -> str:
        """How many, and from where."""
        return f"{len(self.names)} values of {self.settings.path.name}"

    @cached_property
    def _table(self) -> tuple[tuple[str, ...], NDArray[np.float32], dict[str, list[_Place]]]:
        """Names, values [rows, names], and the rows of each file."""
        path = self.settings.path
        table, lines = _read(path)
        if "file" not in table.columns:
            raise VoxError(
                f"features.path: {path} has no column `file`", f"its columns: {', '.join(table.columns[:8])}"
            )
        names = self._chosen([str(name) for name in table.columns if name not in _KEYS])
        values = np.empty((len(table), len(names)), np.float32)
        for i, name in enumerate(names):
            values[:, i] = _numbers(table[name], name, lines)
        root = path.parent if self.settings.root is None else self.settings.root
        places: dict[str, list[_Place]] = {}
        for row, file in enumerate(table["file"]):
            if not isinstance(file, str) or not file:
                raise VoxError(f"{lines[row]}: no file is named")
            times = [_time(table, name, row, lines) for name in ("start", "end")]
            start = 0.0 if times[0] is None and times[1] is not None else times[0]
            places.setdefault(os.path.normpath(root / file), []).append(_Place(start, times[1], row))
        return names, values, places

    def _chosen(self, columns: Sequence[str]) -> tuple[str, ...]:
        wanted = self.settings.columns
        if not wanted:
            return tuple(columns)
        for pattern in wanted:
            if not any(fnmatchcase(name, pattern) for name in columns):
                raise VoxError(
                    f"features.columns: {self.settings.path} has no column `{pattern}`",
                    did_you_mean(pattern, columns, "columns"),
                )
        return tuple(name for name in columns if any(fnmatchcase(name, one) for one in wanted))

    def extract_all(self, clips: Clips, progress: Progress | None = None) -> list[NDArray[np.float32]]:
        """The row of each clip. VoxError names clips that the table lacks, or has twice."""
        if not isinstance(clips, Sounds):
            raise VoxError(
                "features of type `import` are known by file, and these sounds have none",
                "`predict` and microphones need features that are computed",
            )
        _, values, places = self._table
        table = clips.rows.table
        found, lost = [], []
        for file, start, end, duration in zip(
            table["file"], table["start"], table["end"], table["duration"], strict=True
        ):
            stop = float(start) + float(duration) if math.isnan(end) else float(end)
            rows = [one for one in places.get(os.path.normpath(file), []) if one.is_of(float(start), stop)]
            if len(rows) > 1:
                raise VoxError(
                    f"features.path: {self.settings.path} has {len(rows)} rows for {file} from {start:g} s",
                    "one row a clip, told apart by the columns start and end",
                )
            if not rows:
                whole = start == 0 and math.isnan(end)
                lost.append(f"{file}" if whole else f"{file} ({start:g} to {stop:g} s)")
                continue
            found.append(values[rows[0].row][None])
        if lost:
            more = f", and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
            raise VoxError(
                f"features.path: {self.settings.path} lacks {len(lost)} of {len(table)} clips: "
                f"{', '.join(lost[:_NAMED])}{more}",
                "names start at the table's folder, or at features.root; leave such rows out with `filter`",
            )
        if progress is not None:
            progress(len(found), len(found))
        return found


def _read(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Cells as text, and what each row is called in messages."""
    if not path.is_file():
        raise VoxError(f"features.path: no such file: {path}", "a table with a column `file`")
    if path.suffix.lower() not in (".parquet", ".pq"):
        return read_table(path)
    need_packages("features.path: a parquet table", EXTRAS["parquet"])
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except Exception as error:  # of pyarrow's, many
        raise VoxError(f"{path}: cannot be read as parquet: {error}", "write it again") from None
    if set(_KEYS) & {str(name) for name in table.index.names}:
        table = table.reset_index()
    table = table.rename(columns=str)
    return table, [f"{path}, row {i + 1}" for i in range(len(table))]


def _numbers(cells: Any, name: str, lines: Sequence[str]) -> NDArray[np.float64]:
    """NaN for an empty cell, which counts as 0."""
    found = np.empty(len(cells))
    for row, cell in enumerate(cells):
        if _is_empty(cell) or (isinstance(cell, str) and cell.strip().lower() in _EMPTY):
            found[row] = np.nan
            continue
        number = number_of(cell.strip() if isinstance(cell, str) else float(cell))
        if number is None:
            raise VoxError(
                f"{lines[row]}: `{name}` is `{cell}`, which is no number", "`columns` chooses among them"
            )
        found[row] = number
    return found


def _is_empty(cell: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(cell))


def _time(table: pd.DataFrame, name: str, row: int, lines: Sequence[str]) -> float | None:
    if name not in table.columns:
        return None
    cell = table[name].iloc[row]
    if hasattr(cell, "total_seconds"):
        return None if _is_empty(cell) else float(cell.total_seconds())
    if _is_empty(cell) or str(cell).strip().lower() in NO_TIME:
        return None
    found = seconds_of(str(cell).strip())
    if found is None:
        raise VoxError(
            f"{lines[row]}: `{name}` is `{cell}`, which is no number of seconds", "1.5, or 1500 ms"
        )
    return found
