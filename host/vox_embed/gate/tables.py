"""CSV tables that spreadsheets open: every cell is text or a number, never a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from vox_embed.gate.text import visible

# What a spreadsheet takes for the beginning of a formula, behind quotes that were added before.
_FORMULA = re.compile(r"'*[=+\-@\uff1d\uff0b\uff0d\uff20]", re.DOTALL)
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a line of heads. What is not admitted in a text (gate/text.py) becomes U+FFFD.

    A text that a spreadsheet would run gets an apostrophe before it, which it hides; `csv_rows` takes it
    off again. Raises ValueError for a row of another length than the heads'.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_cell(head) for head in heads])
    for row in rows:
        if len(row) != len(heads):
            raise ValueError(f"a row of {len(row)} cells under {len(heads)} heads")
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def csv_rows(text: str) -> list[dict[str, str]]:
    """The rows of what `csv_text` wrote. ValueError where it is no such table."""
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if not lines or any(len(line) != len(lines[0]) for line in lines):
        raise ValueError("it is empty, or not all of its rows have the same number of cells")
    heads = [_uncovered(cell) for cell in lines[0]]
    if len(set(heads)) < len(heads):
        raise ValueError("two columns have the same name")
    return [dict(zip(heads, map(_uncovered, line), strict=True)) for line in lines[1:]]


def _cell(value: object) -> str:
    text = visible(str(value))
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _uncovered(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
