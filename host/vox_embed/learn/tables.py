"""Instances as CSV or ARFF files, in folders of partitions and folds; and back."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from vox_embed.data.layouts.base import Partition
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import FEATURE_TABLE_BYTES
from vox_embed.learn.instances import COLUMNS, Instances, make_table
from vox_embed.learn.netcdf import need_learning

if TYPE_CHECKING:
    from numpy.typing import NDArray

Format = Literal["csv", "arff"]
_META = COLUMNS[:4]


@dataclass(frozen=True)
class Attributes:
    """Names of the columns that are no features."""

    filename: str = "filename"
    chunk_nr: str = "chunk_nr"
    label_nominal: str = "label_nominal"
    label_numeric: str = "label_numeric"


def export(data: Instances, out: Path, name: str, form: Format, *, labels_last: bool = False) -> list[Path]:
    """Write `name`.csv or .arff below `out`: in `train`, `devel`, `test` where partitions are known, in
    `fold_1`, ... (validation splits) where folds are, in both where both are. Returns the files."""
    matrix = data.matrix("export")
    made: list[tuple[Path, Path]] = []  # whole files under other names, until all are there
    path = out
    try:
        for folder, rows in _parts(data, out):
            path = folder / f"{name}.{form}"
            folder.mkdir(parents=True, exist_ok=True)
            made.append((path.with_name(f".{path.name}.new"), path))
            if form == "csv":
                _write_csv(made[-1][0], data, matrix, rows, labels_last=labels_last)
            else:
                _write_arff(made[-1][0], name, data, matrix, rows, labels_last=labels_last)
        for temporary, path in made:
            temporary.replace(path)
    except OSError as error:
        raise VoxError(
            f"{path}: cannot be written: {error.strerror}", "is the disk full? Choose another --output"
        ) from None
    finally:
        for temporary, _ in made:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    return [path for _, path in made]


def _parts(data: Instances, out: Path) -> Iterator[tuple[Path, NDArray[np.intp]]]:
    tops = [(out, np.ones(len(data), bool))]
    if data.partitioned:
        number = data.table["partition"].to_numpy(int)
        tops = [(out / part.name.lower(), number == part) for part in Partition if (number == part).any()]
    for folder, inside in tops:
        if not data.fold_count:
            yield folder, np.flatnonzero(inside)
        for fold in range(data.fold_count):
            yield folder / f"fold_{fold + 1}", np.flatnonzero(inside & (data.folds[:, fold] == 1))


def _columns(*, labels_last: bool) -> tuple[list[str], list[str]]:
    """Names before and behind those of the features."""
    return (list(_META[:2]), list(_META[2:])) if labels_last else (list(_META), [])


def _feature_names(data: Instances) -> list[str]:
    return [f"{data.dims[0]}_{index}" for index in range(data.shape[0])]


def _rows(
    data: Instances, matrix: NDArray[np.float32], rows: NDArray[np.intp], before: list[str], behind: list[str]
) -> Iterator[tuple[list[object], list[str], list[object]]]:
    cells = {column: data.column(column) for column in _META}
    for row in rows:
        yield (
            [cells[column][row] for column in before],
            [repr(float(value)) for value in matrix[row]],
            [cells[column][row] for column in behind],
        )


def _write_csv(
    path: Path, data: Instances, matrix: NDArray[np.float32], rows: NDArray[np.intp], *, labels_last: bool
) -> None:
    before, behind = _columns(labels_last=labels_last)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*before, *_feature_names(data), *behind])
        for first, values, last in _rows(data, matrix, rows, before, behind):
            writer.writerow(
                [
                    *("" if cell is None else cell for cell in first),
                    *values,
                    *("" if cell is None else cell for cell in last),
                ]
            )


def _write_arff(
    path: Path,
    name: str,
    data: Instances,
    matrix: NDArray[np.float32],
    rows: NDArray[np.intp],
    *,
    labels_last: bool,
) -> None:
    before, behind = _columns(labels_last=labels_last)
    labels = sorted(data.label_map or {str(label) for label in data.table["label_nominal"].dropna()})
    kinds = {
        "filename": "STRING",
        "chunk_nr": "NUMERIC",
        "label_nominal": "{" + ",".join(_quoted(label) for label in labels) + "}",
        "label_numeric": "NUMERIC",
    }
    with path.open("w", encoding="utf-8") as file:
        file.write(f"@RELATION {_quoted(name)}\n\n")
        for column in before:
            file.write(f"@ATTRIBUTE {column} {kinds[column]}\n")
        for column in _feature_names(data):
            file.write(f"@ATTRIBUTE {_quoted(column)} NUMERIC\n")
        for column in behind:
            file.write(f"@ATTRIBUTE {column} {kinds[column]}\n")
        file.write("\n@DATA\n")
        for first, values, last in _rows(data, matrix, rows, before, behind):
            file.write(",".join([*map(_arff_cell, first), *values, *map(_arff_cell, last)]) + "\n")


def _arff_cell(cell: object) -> str:
    return "?" if cell is None else _quoted(cell) if isinstance(cell, str) else str(cell)


def _quoted(text: str) -> str:
    if re.fullmatch(r"[\w.+-]+", text):
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# ---- reading -----------------------------------------------------------------------------------------


def import_tables(base: Path, name: str, attributes: Attributes | None = None) -> Instances:
    """Read files `name`.csv or `name`.arff: one below `base`, one in each folder of partitions (`train`,
    `devel`, `test`), or one in each folder of folds (`fold_1`, ...). A fold's file has its validation split.
    """
    need_learning("vox-embed learn import")
    import xarray

    named = attributes or Attributes()
    found = _found(base, name)
    tables = [_read(path, named) for _, _, path in found]
    features = tables[0].features
    for (_, _, path), table in zip(found, tables, strict=True):
        if table.features != features:
            raise VoxError(f"{path}: its features are named otherwise than those of {found[0][2]}", None)
    folds = max((fold or 0 for _, fold, _ in found), default=0)
    rows, merged, of_fold = _merged(found, tables)
    cv = np.zeros((len(rows), folds), np.int8)
    for index, in_folds in enumerate(of_fold):
        for fold in in_folds:
            cv[index, fold - 1] = 1
    labels = [row.label for row in rows]
    numbers, label_map = _numbered(labels, [row.number for row in rows])
    known = make_table([row.file for row in rows], [row.chunk for row in rows], labels, numbers, merged)
    matrix = np.array([row.values for row in rows], np.float32).reshape(len(rows), len(features))
    return Instances(known, cv, xarray.DataArray(matrix, dims=("instance", "generated")), label_map)


@dataclass(frozen=True)
class _Row:
    file: str
    chunk: int
    label: str
    number: int | None
    values: tuple[float, ...]


@dataclass(frozen=True)
class _Table:
    features: tuple[str, ...]
    rows: tuple[_Row, ...]


def _found(base: Path, name: str) -> list[tuple[int | None, int | None, Path]]:
    """Partition, fold and path of each file."""
    if not base.is_dir():
        raise VoxError(f"{base}: no such folder")
    stem = name.removesuffix(".csv").removesuffix(".arff")
    folders = sorted(item for item in base.iterdir() if item.is_dir())
    parts: list[tuple[int | None, int | None, Path]] = []
    for part, top in [(None, base), *((int(p), base / p.name.lower()) for p in Partition)]:
        if not top.is_dir():
            continue
        inside = [
            (int(m[1]), item)
            for item in top.iterdir()
            if item.is_dir() and (m := re.fullmatch(r"fold_([1-9]\d{0,3})", item.name))
        ]
        for fold, folder in sorted(inside):
            parts.append((part, fold, _file(folder, stem)))
        if not inside and (part is not None or not folders):
            parts.append((part, None, _file(top, stem)))
    if not parts:
        raise VoxError(
            f"{base}: holds neither {stem}.csv nor {stem}.arff, nor folders train, devel, test, fold_1, ...",
            "a file beside folders is not read: put it into a folder of its own",
        )
    return parts


def _file(folder: Path, stem: str) -> Path:
    there = [path for path in (folder / f"{stem}.csv", folder / f"{stem}.arff") if path.is_file()]
    if len(there) != 1:
        raise VoxError(
            f"{folder}: holds {'both' if there else 'none'} of {stem}.csv and {stem}.arff",
            "--name is the name of the files, without their suffix",
        )
    return there[0]


def _merged(
    found: list[tuple[int | None, int | None, Path]], tables: list[_Table]
) -> tuple[list[_Row], list[int | None], list[set[int]]]:
    """Rows, one for each instance, though overlapping folds repeat them; its partition, and its folds."""
    index: dict[tuple[str, int], int] = {}
    rows: list[_Row] = []
    parts: list[int | None] = []
    folds: list[set[int]] = []
    for (part, fold, path), table in zip(found, tables, strict=True):
        for row in table.rows:
            key = (row.file, row.chunk)
            at = index.setdefault(key, len(rows))
            if at == len(rows):
                rows.append(row)
                parts.append(part)
                folds.append(set())
            elif rows[at] != row or parts[at] != part or fold is None or fold in folds[at]:
                raise VoxError(
                    f"{path}: {row.file}, chunk {row.chunk}, is there twice",
                    "each instance has a name and chunk number of its own",
                )
            if fold is not None:
                folds[at].add(fold)
    return rows, parts, folds


def _numbered(labels: list[str], numbers: Sequence[int | None]) -> tuple[list[int], dict[str, int]]:
    """Numeric labels, given or in alphabetical order, and the map."""
    if any(number is None for number in numbers):
        order = {label: index for index, label in enumerate(sorted(set(labels)))}
        return [order[label] for label in labels], order
    told = {label: int(number) for label, number in zip(labels, numbers, strict=True) if number is not None}
    for label, number in zip(labels, numbers, strict=True):
        if told[label] != number:
            raise VoxError(
                f"label `{label}` has the numbers {number} and {told[label]}", "mend label_numeric"
            )
    return [told[label] for label in labels], told


def _read(path: Path, names: Attributes) -> _Table:
    try:
        text = read_text(path, FEATURE_TABLE_BYTES)
    except OSError as error:
        raise VoxError(f"{path}: {error.strerror}") from None
    header, lines = _csv_rows(path, text) if path.suffix == ".csv" else _arff_rows(path, text)
    if len(set(header)) < len(header):
        raise VoxError(f"{path}: two columns have the same name")
    if names.label_nominal not in header:
        raise VoxError(
            f"{path}: has no column `{names.label_nominal}`: at least a nominal label is needed",
            "name it with --label-nominal-attribute",
        )
    meta = (names.filename, names.chunk_nr, names.label_nominal, names.label_numeric)
    at = [header.index(name) if name in header else None for name in meta]
    columns = [index for index in range(len(header)) if index not in at]
    rows = []
    for number, (line, cells) in enumerate(lines):
        if len(cells) != len(header):
            raise VoxError(f"{path}:{line}: {len(cells)} cells, but there are {len(header)} columns")
        file, chunk, label, numeric = (None if i is None or cells[i] == "" else cells[i] for i in at)
        if label is None:
            raise VoxError(f"{path}:{line}: no nominal label")
        rows.append(
            _Row(
                file if file is not None else f"{path.parent.name}/{number}",
                _whole(path, line, names.chunk_nr, chunk) or 0,
                label,
                _whole(path, line, names.label_numeric, numeric),
                tuple(_number(path, line, header[i], cells[i]) for i in columns),
            )
        )
    return _Table(tuple(header[i] for i in columns), tuple(rows))


def _whole(path: Path, line: int, column: str, cell: str | None) -> int | None:
    if cell is None:
        return None
    value = _number(path, line, column, cell)
    if value != round(value):
        raise VoxError(f"{path}:{line}: {column}: `{cell}` is no whole number")
    return round(value)


def _number(path: Path, line: int, column: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise VoxError(
            f"{path}:{line}: {column}: `{cell}` is no number",
            "columns that are not named as metadata are features",
        ) from None
    if not np.isfinite(value):
        raise VoxError(f"{path}:{line}: {column}: `{cell}` is no feature that can be learned from")
    return value


def _csv_rows(path: Path, text: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        header = [cell.strip() for cell in next(reader)]
    except StopIteration:
        raise VoxError(f"{path}: the table is empty") from None

    def rows() -> Iterator[tuple[int, list[str]]]:
        try:
            for cells in reader:
                if cells:
                    yield reader.line_num, [cell.strip() for cell in cells]
        except csv.Error as error:
            raise VoxError(f"{path}:{reader.line_num}: {error}") from None

    return header, rows()


def _arff_rows(path: Path, text: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """As WEKA's attribute-relation files; sparse rows and dates are refused."""
    lines = enumerate(text.splitlines(), start=1)
    header: list[str] = []
    for number, line in lines:
        words = line.strip()
        lower = words.lower()
        if lower.startswith("@data"):
            break
        if lower.startswith("@attribute"):
            rest = words[len("@attribute") :].strip()
            name = (
                _arff_cells(path, number, rest, " \t{")[0]
                if rest[:1] in "'\""
                else re.split(r"[\s{]", rest)[0]
            )
            header.append(name)
        elif words and not lower.startswith(("%", "@relation")):
            raise VoxError(f"{path}:{number}: `{words[:40]}` is nothing that stands before @DATA")
    if not header:
        raise VoxError(f"{path}: has no @ATTRIBUTE")

    def rows() -> Iterator[tuple[int, list[str]]]:
        for number, line in lines:
            words = line.strip()
            if words.startswith("{"):
                raise VoxError(f"{path}:{number}: a sparse row; only full ones are read")
            if words and not words.startswith("%"):
                yield number, ["" if cell == "?" else cell for cell in _arff_cells(path, number, words, ",")]

    return header, rows()


def _arff_cells(path: Path, line: int, text: str, ends: str) -> list[str]:
    cells, cell, quote, escaped, was_quoted = [], "", "", False, False
    for letter in text:
        if escaped:
            cell, escaped = cell + letter, False
        elif quote:
            if letter == "\\":
                escaped = True
            elif letter == quote:
                quote = ""
            else:
                cell += letter
        elif letter in "'\"" and not cell.strip():
            quote, cell, was_quoted = letter, "", True
        elif letter in ends:
            cells.append(cell if was_quoted else cell.strip())
            cell, was_quoted = "", False
        else:
            cell += letter if not was_quoted else ""
    if quote:
        raise VoxError(f"{path}:{line}: a quote is not closed")
    return [*cells, cell if was_quoted else cell.strip()]
