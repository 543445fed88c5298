"""audformat databases: a header `db.yaml` and a table in a file of its own, `db.emotion.csv` or `.parquet`.

Read as https://audeering.github.io/audformat describes them: filewise and segmented tables, schemes with
labels and what is known of them, miscellaneous tables, splits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vox_embed.data.layouts.audformat_header import Header, Scheme, Table, read_header
from vox_embed.data.layouts.table import read_table
from vox_embed.data.split_names import SPLIT_NAMES
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.needs import need_packages
from vox_embed.experiment.schema import Database
from vox_embed.gate.text import plain_text, shown

if TYPE_CHECKING:
    import pandas as pd

INDEX = ("file", "start", "end")
Key = tuple[str, str, str]
"""File, start and end as the table writes them; the times empty in a filewise table."""


@dataclass
class Content:
    """Cells of one table: column -> row -> cell, and where each row stands."""

    table: Table
    places: dict[Key, str] = field(default_factory=dict)
    cells: dict[str, dict[Key, str]] = field(default_factory=dict)


def read_audformat(
    name: str, header: Path, database: Database, target: str, notes: list[str]
) -> tuple[pd.DataFrame, list[str]]:
    """The rows of the tables that have the target, with all else that is known of them, and where each
    stands.

    name: of the database. Columns: file, start and end where rows are segments, the target, other columns
    of the tables, what schemes know of their labels (a speaker's gender), and `split`. VoxError where
    header and tables contradict one another, or a table is missing.
    """
    import pandas as pd

    known = read_header(header)
    where = f"data.databases.{name}"
    _check_names(where, known, database)
    targets = _target_tables(where, known, database, target)
    splits = {key: list(getattr(database, f"{key}_tables")) for key in ("train", "dev", "test")}
    if not any(splits.values()):
        splits = {split: _named(known, target, split) for split in splits}
    wanted = dict.fromkeys([*targets, *(one for tables in splits.values() for one in tables)])
    others = list(database.files_tables) or list(known.tables)
    contents = {one: _read(known, known.tables[one]) for one in dict.fromkeys([*wanted, *others])}
    rows = _rows(contents, targets, target, where)
    if database.files_tables:
        files = {key[0] for one in database.files_tables for key in contents[one].places}
        rows = {key: row for key, row in rows.items() if key[0] in files}
    for content in contents.values():
        _add(rows, content, target, notes)
    _add_known(known, rows, [contents[one].table for one in contents], target)
    rows = _with_splits(rows, contents, splits, targets, notes, where)
    if not rows:
        raise VoxError(f"{where}: {header}: no rows are left of {', '.join(targets)}")
    timed = any(contents[one].table.segmented for one in targets)
    records = []
    for key, row in rows.items():
        times = {"start": key[1] or None, "end": key[2] or None} if timed else {}
        records.append({"file": key[0], **times, **{k: v for k, v in row.items() if k != "\0place"}})
    table = pd.DataFrame(records, dtype=object).fillna(float("nan"))
    return table, [row["\0place"] for row in rows.values()]


def _check_names(where: str, known: Header, database: Database) -> None:
    for key in ("files_tables", "target_tables", "train_tables", "dev_tables", "test_tables"):
        for one in getattr(database, key):
            if one not in known.tables:
                raise VoxError(
                    f"{where}.{key}: {known.path} has no table `{one}`",
                    did_you_mean(one, known.tables, "tables"),
                )


def _target_tables(where: str, known: Header, database: Database, target: str) -> list[str]:
    """Those named, else those of the splits, else all that have the target."""
    asked = list(database.target_tables) or [
        *database.train_tables, *database.dev_tables, *database.test_tables
    ]  # fmt: skip
    found = [one for one in asked or known.tables if _column_of(known.tables[one], target) is not None]
    if not found:
        seen = sorted({column for one in asked or known.tables for column in known.tables[one].columns})
        raise VoxError(
            f"{where}: {known.path}: no column or scheme `{target}` in " + (", ".join(asked) or "any table"),
            did_you_mean(target, seen, "columns"),
        )
    return found


def _named(known: Header, target: str, split: str) -> list[str]:
    """The tables that are called as those of a split are: `emotion.train`."""
    return [one for one in known.tables if one == f"{target}.{split}"]


def _column_of(table: Table, target: str) -> str | None:
    """The column that is called so, or has the scheme of that name."""
    if target in table.columns:
        return target
    return next((name for name, scheme in table.columns.items() if scheme and scheme.name == target), None)


# ---- tables ------------------------------------------------------------------------------------------


def _read(known: Header, table: Table) -> Content:
    """The cells of a table, checked against their schemes."""
    cells, places = _cells(known, table)
    index = INDEX if table.segmented else INDEX[:1]
    for name in (*index[:1], *table.columns):
        if name not in cells:
            raise VoxError(
                f"{places[0].rpartition(':')[0] or table.file}: the header has the column `{name}` of the "
                f"table `{table.name}`, the table has not",
                f"its columns: {', '.join(map(str, cells.columns))}",
            )
    content = Content(table)
    times = [name for name in index[1:] if name in cells]
    for i, place in enumerate(places):
        row = cells.iloc[i]
        if not isinstance(row["file"], str):
            raise VoxError(f"{place}: no file")
        start, end = ((str(row[n]) if n in times and isinstance(row[n], str) else "") for n in INDEX[1:])
        key = (row["file"].replace("\\", "/"), start, end)
        if key in content.places:
            raise VoxError(f"{place}: {key[0]} is there twice", f"first in {content.places[key]}")
        content.places[key] = place
        for column, scheme in table.columns.items():
            cell = row[column]
            if not isinstance(cell, str):
                continue
            wrong = None if scheme is None else _scheme(known, scheme).contradiction(cell)
            if scheme is not None and wrong is not None:
                raise VoxError(
                    f"{place}: `{column}` is `{shown(cell)}`, which by the scheme `{scheme.name}` of "
                    f"{known.path} {wrong}",
                    "mend the table or the scheme",
                )
            content.cells.setdefault(column, {})[key] = cell
    return content


def _scheme(known: Header, scheme: Scheme) -> Scheme:
    """A scheme; its labels where a miscellaneous table holds them."""
    if scheme.misc is None:
        return scheme
    return Scheme(scheme.name, scheme.dtype, _labels_of(known, scheme), None, scheme.minimum, scheme.maximum)


def _labels_of(known: Header, scheme: Scheme) -> Mapping[str, Mapping[str, str]]:
    """What is known of each label."""
    if scheme.misc is None:
        return scheme.labels or {}
    table = known.misc.get(scheme.misc)
    if table is None:
        raise VoxError(
            f"{known.path}: the scheme `{scheme.name}` has its labels in the table `{scheme.misc}`, which "
            "is not there",
            f"misc_tables: {', '.join(known.misc) or 'none'}",
        )
    cells, places = _cells(known, table)
    level = table.levels[0] if table.levels else str(cells.columns[0])
    if level not in cells:
        raise VoxError(f"{places[0]}: the table `{table.name}` lacks its level `{level}`")
    return {
        str(row[level]): {name: row[name] for name in table.columns if isinstance(row.get(name), str)}
        for _, row in cells.iterrows()
    }


def _cells(known: Header, table: Table) -> tuple[pd.DataFrame, list[str]]:
    """A table's file as text, with the places of its rows."""
    for kind in (".csv", ".parquet"):
        path = table.file.with_name(table.file.name + kind)
        if path.is_file():
            return read_table(path) if kind == ".csv" else _parquet(path)
    pickled = table.file.with_name(table.file.name + ".pkl").is_file()
    raise VoxError(
        f"{known.path}: its table `{table.name}` is missing: there is neither {table.file.name}.csv nor "
        ".parquet",
        "pickled tables are not read: save the database with audformat's storage_format='csv'"
        if pickled
        else "copy the whole database, or name the tables that are there by target_tables and files_tables",
    )


def _parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    import pandas as pd

    need_packages(f"the table {path.name}", ["pyarrow"])
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise VoxError(f"{path}: cannot be read: {shown(str(error), 200)}") from None
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    texts = {str(name): [_text(cell) for cell in table[name]] for name in table.columns}
    return pd.DataFrame(texts, dtype=object), [f"{path}: row {i + 1}" for i in range(len(table))]


def _text(cell: object) -> str | float:
    import pandas as pd

    if isinstance(cell, pd.Timedelta):
        return f"{cell.total_seconds():.9g}"
    if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and cell != cell):  # noqa: PLR0124
        return float("nan")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return plain_text(str(cell))


# ---- rows --------------------------------------------------------------------------------------------

Row = dict[str, str]


def _rows(contents: Mapping[str, Content], targets: Iterable[str], target: str, where: str) -> dict[Key, Row]:
    """A row for each that a target table has, with the target. VoxError where two tables disagree."""
    rows: dict[Key, Row] = {}
    by: dict[Key, str] = {}
    for one in targets:
        content = contents[one]
        column = _column_of(content.table, target)
        assert column is not None
        for key, place in content.places.items():
            row = rows.setdefault(key, {"\0place": place})
            cell = content.cells.get(column, {}).get(key)
            if cell is None:
                continue
            if row.get(target, cell) != cell:
                raise VoxError(
                    f"{place}: `{target}` is `{shown(cell)}`, in the table `{by[key]}` "
                    f"`{shown(row[target])}`",
                    f"name the tables to use: {where}.target_tables: [{one}]",
                )
            row[target] = cell
            by[key] = one
    return rows


def _add(rows: dict[Key, Row], content: Content, target: str, notes: list[str]) -> None:
    """Other columns of a table, where rows have none yet; a column that contradicts is told and left out."""
    for column, cells in content.cells.items():
        if column == target or column in INDEX:
            continue
        found: dict[Key, str] = {}
        for key, row in rows.items():
            cell = cells.get(key) if content.table.segmented else cells.get((key[0], "", ""))
            if cell is not None and row.get(column, cell) != cell:
                notes.append(
                    f"warning: {content.table.file.name}: `{column}` of {key[0]} differs from what "
                    "another table has; the first is taken: name the tables by `files_tables`"
                )
                found = {}
                break
            if cell is not None:
                found[key] = cell
        for key, cell in found.items():
            rows[key].setdefault(column, cell)


def _add_known(known: Header, rows: dict[Key, Row], tables: Iterable[Table], target: str) -> None:
    """What schemes know of labels: gender and age of a speaker."""
    for table in tables:
        for column, scheme in table.columns.items():
            labels = {} if scheme is None else _labels_of(known, scheme)
            if not any(labels.values()):
                continue
            for row in rows.values():
                for name, cell in labels.get(row.get(column, ""), {}).items():
                    if name != target and name not in INDEX:
                        row.setdefault(name, cell)


def _with_splits(  # noqa: PLR0917
    rows: dict[Key, Row],
    contents: Mapping[str, Content],
    splits: Mapping[str, list[str]],
    targets: Iterable[str],
    notes: list[str],
    where: str,
) -> dict[Key, Row]:
    """The rows with a column `split`, where tables are for splits; rows that are in none of them are left
    out."""
    by = {one: split for split, tables in splits.items() for one in tables}
    if not by:
        for one in targets:
            split = contents[one].table.split
            if split is not None and split.lower() in SPLIT_NAMES:
                by[one] = SPLIT_NAMES[split.lower()]
    if not by:
        return rows
    found: dict[Key, str] = {}
    for one, split in by.items():
        content = contents[one]
        for key in rows:
            inside = key if content.table.segmented else (key[0], "", "")
            if inside not in content.places:
                continue
            if found.setdefault(key, split) != split:
                raise VoxError(
                    f"{content.places[inside]}: {key[0]} is for {split} here, and for {found[key]} in "
                    "another table"
                )
    lost = len(rows) - len(found)
    if lost:
        notes.append(f"{where}: {lost} of {len(rows)} rows are in no table of a split: left out")
    return {key: row | {"split": found[key]} for key, row in rows.items() if key in found}
