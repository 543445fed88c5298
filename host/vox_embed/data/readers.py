"""Reading one database, however it is laid out, into a table of files, times and speakers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from vox_embed.data.cells import NO_TIME, seconds_of
from vox_embed.data.columns import KNOWN, column_names, own
from vox_embed.data.layouts.audformat import read_audformat
from vox_embed.data.layouts.audformat_header import header_of
from vox_embed.data.layouts.folder import Layout, read_folder
from vox_embed.data.layouts.index import layout_of
from vox_embed.data.layouts.parsed import read_layout
from vox_embed.data.layouts.table import read_table
from vox_embed.data.naming import with_columns
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.name_pattern import read_pattern
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema import Database

if TYPE_CHECKING:
    import pandas as pd


def read_database(name: str, database: Database, target: str, notes: list[str]) -> pd.DataFrame:
    """All rows of a database, before filters and splits.

    Columns: those of the user's table, renamed by `colnames`, as text (NaN where empty), where `own` says;
    `file` as an absolute path; `key`: the file as the database names it; `start` and `end` in seconds (0
    and NaN where not given); `speaker` and `gender` (NaN where not known); `place`: where the row came
    from, for messages. notes: gets what the user should know. Raises VoxError.
    """
    path = database.path
    if not path.exists():
        raise VoxError(
            f"database `{name}`: no such file or folder: {path}",
            f"check data.databases.{name}.path and the environment variables in it",
        )
    folder = path.is_dir()
    _check_type(name, database, folder)
    table, places = _read_folder(name, database, target, notes) if folder else read_table(path)
    table = _rename(name, table, database)
    if "file" not in table:
        raise VoxError(
            f"{path}: the column `file` is missing",
            did_you_mean("file", column_names(table), "columns")
            + f" (data.databases.{name}.colnames: {{its name: file}})",
        )
    if database.columns is not None:
        table = with_columns(name, table, places, database.columns.from_)
    _tell_near_names(name, table, notes)
    root = path if folder else path.parent
    if database.audio_path is not None:
        root = root / database.audio_path
    return _complete(table, places, root)


def _read_folder(
    name: str, database: Database, target: str, notes: list[str]
) -> tuple[pd.DataFrame, list[str]]:
    path, kind = database.path, database.type
    header = header_of(path) if kind in ("auto", "audformat") else None
    if kind == "audformat" and header is None:
        raise VoxError(
            f"data.databases.{name}.type: audformat, but {path} has no header of one",
            "a file db.yaml with `tables`",
        )
    if header is not None:
        return read_audformat(name, header, database, target, notes)
    if database.tables:
        raise VoxError(
            f"data.databases.{name}: {path} is no audformat database (it has no db.yaml), so that there "
            f"are no tables such as `{database.tables[0]}`",
            "leave out the keys that name tables",
        )
    if kind == "auto" and _names_tell_the_target(database, target):
        kind = "files"
    if kind == "auto":
        found = layout_of(path)
        if found is not None:
            notes.append(f"database `{name}`: laid out as `{found}`")
            kind = found
    if kind not in ("auto", "folder", "split_folder", "files"):
        return read_layout(kind, path, target, notes)
    table, places = read_folder(path, target, cast("Layout", kind), notes)
    if "split" in table and database.split_strategy not in ("specified", "database"):
        notes.append(
            f"warning: database `{name}`: its folders of splits are not used: split_strategy is "
            f"`{database.split_strategy}`, not `specified` with `split_column: split`"
        )
    return table, places


def _names_tell_the_target(database: Database, target: str) -> bool:
    if database.columns is None:
        return False
    named = read_pattern(database.columns.from_).columns
    names = {old for old, new in database.colnames.items() if new == target} or {target}
    return not names.isdisjoint(named)


def _check_type(name: str, database: Database, folder: bool) -> None:
    where = f"data.databases.{name}"
    if folder and database.type == "csv":
        raise VoxError(
            f"{where}.type: csv, but {database.path} is a folder", "type: folder, or name the table"
        )
    if not folder and database.type not in ("auto", "csv"):
        raise VoxError(f"{where}.type: {database.type}, but {database.path} is a file", "type: csv")
    if not folder and database.tables:
        raise VoxError(
            f"{where}: {database.path} is a table itself, so that there are no tables such as "
            f"`{database.tables[0]}`",
            "name the folder of the audformat database",
        )
    if folder and database.audio_path is not None:
        raise VoxError(
            f"{where}.audio_path: {database.path} is a folder, in which the files lie already",
            "leave audio_path out; it is for tables",
        )


def _rename(name: str, table: pd.DataFrame, database: Database) -> pd.DataFrame:
    for old in database.colnames:
        if old not in table:
            raise VoxError(
                f"data.databases.{name}.colnames: {database.path} has no column `{old}`",
                did_you_mean(old, column_names(table), "columns"),
            )
    new_names = list(database.colnames.values())
    double = sorted({new for new in new_names if new_names.count(new) > 1})
    if double:
        raise VoxError(f"data.databases.{name}.colnames: two columns become `{double[0]}`", "keep one")
    # A column that is in the way of a new name gives way to it.
    hidden = [new for old, new in database.colnames.items() if new in table and new != old]
    hidden = [column for column in hidden if column not in database.colnames]
    return table.drop(columns=hidden).rename(columns=database.colnames)


def _tell_near_names(name: str, table: pd.DataFrame, notes: list[str]) -> None:
    for known in KNOWN:
        near = [column for column in table.columns if str(column).casefold() == known and column != known]
        if near and known not in table:
            notes.append(
                f"warning: database `{name}`: the column `{near[0]}` is not read as `{known}`; "
                f"if it is meant: colnames: {{{near[0]}: {known}}}"
            )


def _complete(table: pd.DataFrame, places: list[str], root: Path) -> pd.DataFrame:
    table = table.rename(columns={column: own(str(column)) for column in table.columns})
    table["place"] = places
    files = table[own("file")]
    if files.isna().any():
        raise VoxError(f"{table.loc[files.isna(), 'place'].iloc[0]}: the column `file` is empty")
    table["key"] = [str(file).replace("\\", "/") for file in files]
    table["file"] = [_absolute(root, key) for key in table["key"]]
    for column, default in (("start", 0.0), ("end", float("nan"))):
        cells = table[own(column)] if own(column) in table else [float("nan")] * len(table)
        table[column] = [
            _seconds(cell, column, place, default) for cell, place in zip(cells, places, strict=True)
        ]
    wrong = (table["end"] <= table["start"]) | (table["start"] < 0)
    if wrong.any():
        row = table[wrong].iloc[0]
        raise VoxError(f"{row['place']}: start {row['start']:g} s and end {row['end']:g} s make no segment")
    for column in ("speaker", "gender"):
        table[column] = table[own(column)] if own(column) in table else float("nan")
        table[column] = table[column].astype(object)
    return table


def _absolute(root: Path, key: str) -> str:
    """The path without `.` and `..`, unless a link makes `..` lead elsewhere."""
    path = os.path.join(root, key)  # noqa: PTH118
    plain = os.path.normpath(path)
    if ".." in Path(key).parts and os.path.realpath(path) != os.path.realpath(plain):
        return path
    return plain


def _seconds(cell: object, column: str, place: str, default: float) -> float:
    if not isinstance(cell, str) or cell.lower() in NO_TIME:
        return default
    seconds = seconds_of(cell)
    if seconds is None:
        raise VoxError(
            f"{place}: {column}: `{cell}` is not a number of seconds",
            "write 0.9 (with a point), 900 ms, or 00:00:00.9; leave `end` empty for the end of the file",
        )
    return seconds
