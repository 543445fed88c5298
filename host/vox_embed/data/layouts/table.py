"""A CSV file: read whole, cell by cell, and refused where a row does not have the header's columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_bytes
from vox_embed.gate.limits import LINE_BYTES, TABLE_BYTES, TABLE_CELLS, TABLE_COLUMNS, TABLE_LINES
from vox_embed.gate.text import plain_text

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = (",", ";", "\t", "|")
_QUOTE = 'is a quote (") missing, or one too many? A quote inside a quoted cell is written twice'

Row = tuple[int, list[str]]
"""The line that it begins in, counted from 1, and its cells."""


def read_table(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """The rows of a CSV table, cells as text, NaN where empty; and where each begins: file and line.

    The separator is the one that divides the header most often; blanks around cells do not count. Raises
    VoxError with file and line for what can be read in two ways: a row with more or fewer cells than the
    header, a column that is there twice, a quote that is not closed, bytes that are not UTF-8.
    """
    import pandas as pd

    text = _text(path)
    rows = _rows(path, text, _separator(text))
    line, header = next(rows, (1, []))
    if not header:
        raise VoxError(f"{path}: the table is empty", "its first line names the columns: file,label,...")
    if len(header) > TABLE_COLUMNS:
        raise VoxError(
            f"{path}: {len(header):,} columns; at most {TABLE_COLUMNS:,} are read",
            "leave out what is not used",
        )
    header = [plain_text(cell) for cell in header]
    body = [(line, [plain_text(cell) for cell in cells]) for line, cells in rows]
    body = _of_header(path, header, [row for row in body if any(row[1])])
    if not body:
        raise VoxError(f"{path}: the table has no rows")
    _check_header(path, line, header, body)
    kept = [i for i, name in enumerate(header) if name]
    table = pd.DataFrame(
        [[cells[i] or float("nan") for i in kept] for _, cells in body],
        columns=[header[i] for i in kept],
        dtype=object,
    )
    return table, [f"{path}:{line}" for line, _ in body]


def _text(path: Path) -> str:
    try:
        data = read_bytes(path, TABLE_BYTES)
    except OSError as error:
        raise VoxError(f"{path}: cannot be read: {error.strerror}") from None
    _check_size(path, data)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text" of a spreadsheet
        encoding = "utf-16"
    elif b"\0" in data or data.startswith(b"PK\x03\x04"):
        raise VoxError(
            f"{path}: is no CSV table but something binary", "a spreadsheet is saved as `CSV UTF-8`"
        )
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise VoxError(
            f"{path}:{line}: the byte 0x{data[error.start]:02x} is not {encoding[:6].upper().rstrip('-')}",
            "save the table as UTF-8 (`CSV UTF-8` in a spreadsheet)",
        ) from None


def _check_size(path: Path, data: bytes) -> None:
    """VoxError for a table of more lines or cells than can be meant, or of lines longer than that."""
    lines = data.count(b"\n") + data.count(b"\r")
    cells = max(data.count(separator.encode()) for separator in SEPARATORS)
    ends = np.flatnonzero(np.isin(np.frombuffer(data, np.uint8), (10, 13))) if lines <= TABLE_LINES else ()
    longest = int(np.diff(ends, prepend=-1, append=len(data)).max()) if lines <= TABLE_LINES else 0
    for what, count, most in (
        ("lines", lines, TABLE_LINES),
        ("separators", cells, TABLE_CELLS),
        ("bytes in a line", longest, LINE_BYTES),
    ):
        if count > most:
            raise VoxError(
                f"{path}: {count:,} {what}; at most {most:,} are read", "divide it into several databases"
            )


def _separator(text: str) -> str:
    """The one that gives the header most cells."""

    def cells(separator: str) -> int:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            return next(len(row) for row in reader if not _is_no_row(row, separator))
        except (csv.Error, StopIteration):
            return 0

    return max(SEPARATORS, key=cells)


def _is_no_row(cells: list[str], separator: str) -> bool:
    """Whether they are blank, or a hint to a spreadsheet: `sep=;`."""
    hints = {f"sep={one}" for one in SEPARATORS}
    return not any(cell.strip() for cell in cells) or separator.join(cells).strip().lower() in hints


def _rows(path: Path, text: str, separator: str) -> Iterator[Row]:
    """Rows that are not blank, the header first."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator != "\t", strict=True
    )
    line = 1
    try:
        for cells in reader:
            if not _is_no_row(cells, separator):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise VoxError(f"{path}:{line}: cannot be read as a CSV table: {error}", _QUOTE) from None


def _of_header(path: Path, header: list[str], body: list[Row]) -> list[Row]:
    """The rows; refused where one has not as many cells as the header."""
    count = len(header)
    if body and all(len(cells) == count + 1 and not cells[-1] for _, cells in body):
        return [(line, cells[:-1]) for line, cells in body]  # every line ends in a separator
    for line, cells in body:
        if len(cells) != count:
            raise VoxError(
                f"{path}:{line}: {len(cells)} cells, but the header names {count} columns",
                "a cell that holds the separator stands in quotes; an empty one keeps its separator",
            )
    return body


def _check_header(path: Path, line: int, header: list[str], body: list[Row]) -> None:
    for i, name in enumerate(header):
        if name and name in header[:i]:
            raise VoxError(f"{path}:{line}: the column `{name}` is there twice")
        _check_line_breaks(path, [(line, name)])
        if name == "file":
            _check_line_breaks(path, [(line, cells[i]) for line, cells in body])


def _check_line_breaks(path: Path, cells: list[tuple[int, str]]) -> None:
    for line, cell in cells:
        if "\n" in cell or "\r" in cell:
            raise VoxError(f"{path}:{line}: a line break inside `{cell[:40]}`", _QUOTE)
