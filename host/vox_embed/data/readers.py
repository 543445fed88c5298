"""Reading one database into a table: a CSV, or a folder with a subfolder for each label."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema import Database

if TYPE_CHECKING:
    import pandas as pd

# An empty cell is a missing value, and so are these; `null`, `none` and `no` may be labels.
MISSING = ("", "nan", "NaN", "NAN", "<NA>", "#N/A", "NA", "N/A", "NaT")
SUFFIXES = (
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf",
    ".w64", ".rf64",
)  # fmt: skip


def read_database(name: str, database: Database, target: str) -> pd.DataFrame:
    """All rows of a database, before filters and splits.

    Columns: those of the CSV, renamed by `colnames`, as text (NaN where missing); `file` as an absolute
    path; `key`: the file as the database names it, `start` and `end` in seconds (0 and NaN where not
    given); `place`: where the row came from, for messages. Raises VoxError.
    """
    kind = database.type
    if kind == "auto":
        kind = "folder" if database.path.is_dir() else "csv"
    if not database.path.exists():
        raise VoxError(
            f"database `{name}`: no such file or folder: {database.path}",
            f"check data.databases.{name}.path and the environment variables in it",
        )
    table = _read_folder(database.path, target) if kind == "folder" else _read_csv(database.path)
    table = _rename(name, table, database)
    if "file" not in table:
        raise VoxError(
            f"{database.path}: the column `file` is missing",
            did_you_mean("file", _columns(table), "columns")
            + f" (data.databases.{name}.colnames: {{its name: file}})",
        )
    root = database.path if kind == "folder" else database.path.parent
    if database.audio_path is not None:
        root = root / database.audio_path
    return _complete(table, root)


def _columns(table: pd.DataFrame) -> list[str]:
    return [str(column) for column in table.columns if column not in ("place", "key")]


def _read_csv(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
        separator = max((",", ";", "\t"), key=header.count)
        table = pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            na_values=list(MISSING),
            skip_blank_lines=False,
            skipinitialspace=True,
            encoding="utf-8-sig",
            index_col=False,
        )
    except (ValueError, OSError) as error:  # pandas' parser errors and bad UTF-8 are ValueErrors
        reason = " ".join(str(error).split())
        raise VoxError(f"{path}: cannot be read as a CSV table: {reason}") from None
    table.columns = [str(column).strip() for column in table.columns]
    double = table.columns[table.columns.duplicated()]
    if len(double):
        raise VoxError(f"{path}:1: the column `{double[0]}` is there twice")
    table = table.astype(object)
    table["place"] = [f"{path}:{line}" for line in range(2, len(table) + 2)]
    table = table[table.drop(columns="place").notna().any(axis=1)]
    if table.empty:
        raise VoxError(f"{path}: the table has no rows")
    return table.reset_index(drop=True)


def _read_folder(path: Path, target: str) -> pd.DataFrame:
    import pandas as pd

    folders = sorted(item for item in path.iterdir() if item.is_dir() and not item.name.startswith("."))
    if not folders:
        raise VoxError(
            f"{path}: has no subfolders",
            "a folder database has one subfolder for each label, with audio files in it",
        )
    rows = [
        {"file": file.relative_to(path).as_posix(), target: folder.name, "place": str(file)}
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in SUFFIXES and file.is_file()
    ]
    if not rows:
        raise VoxError(f"{path}: no audio files in its subfolders", f"known suffixes: {' '.join(SUFFIXES)}")
    return pd.DataFrame(rows, dtype=object)


def _rename(name: str, table: pd.DataFrame, database: Database) -> pd.DataFrame:
    for old in database.colnames:
        if old not in table:
            raise VoxError(
                f"data.databases.{name}.colnames: {database.path} has no column `{old}`",
                did_you_mean(old, _columns(table), "columns"),
            )
    # A column that is in the way of a new name gives way to it.
    hidden = [new for old, new in database.colnames.items() if new in table and new != old]
    hidden = [column for column in hidden if column not in database.colnames]
    return table.drop(columns=hidden).rename(columns=database.colnames)


def _complete(table: pd.DataFrame, root: Path) -> pd.DataFrame:
    import os

    nameless = table["file"].isna()
    if nameless.any():
        raise VoxError(f"{table.loc[nameless, 'place'].iloc[0]}: the column `file` is empty")
    table["key"] = [str(file).replace("\\", "/") for file in table["file"]]
    table["file"] = [os.path.normpath(os.path.join(root, key)) for key in table["key"]]  # noqa: PTH118
    for column, default in (("start", 0.0), ("end", float("nan"))):
        values = table[column] if column in table else [float("nan")] * len(table)
        table[column] = [
            _seconds(value, column, place, default)
            for value, place in zip(values, table["place"], strict=True)
        ]
    wrong = (table["end"] <= table["start"]) | (table["start"] < 0)
    if wrong.any():
        row = table[wrong].iloc[0]
        raise VoxError(f"{row['place']}: start {row['start']:g} s and end {row['end']:g} s make no segment")
    for column in ("speaker", "gender"):
        if column not in table:
            table[column] = float("nan")
        table[column] = table[column].astype(object)
    return table


def _seconds(value: object, column: str, place: str, default: float) -> float:
    import pandas as pd

    if not isinstance(value, str):
        return default
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return float(pd.Timedelta(value).total_seconds())  # "0 days 00:00:01.5", as audformat writes it
    except ValueError:
        raise VoxError(f"{place}: {column}: `{value}` is not a number of seconds") from None
