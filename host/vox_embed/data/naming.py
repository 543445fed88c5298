"""Columns that the names of files tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.name_pattern import read_pattern
from vox_embed.gate.text import plain_text, shown

if TYPE_CHECKING:
    import pandas as pd


def with_columns(name: str, table: pd.DataFrame, places: list[str], pattern: str) -> pd.DataFrame:
    """The table with a column for each part of `pattern`, as `file` has it. VoxError naming the first file
    that does not fit, and a column that is there already. name: of the database."""
    read = read_pattern(pattern)
    where = f"data.databases.{name}.columns.from"
    there = [column for column in read.columns if column in table]
    if there:
        raise VoxError(
            f"{where}: `{{{there[0]}}}` is a column of the database already",
            f"keep one: write {{_}} for the part of the name, or rename the column by colnames: "
            f"{{{there[0]}: ...}}",
        )
    keys = [str(file).replace("\\", "/") for file in table["file"]]
    found = [read.read(key) for key in keys]
    strange = [i for i, one in enumerate(found) if one is None or not all(one.values())]
    if strange:
        more = f" (and {len(strange) - 1} more files)" if len(strange) > 1 else ""
        raise VoxError(
            f"{places[strange[0]]}: the name `{shown(read.part(keys[strange[0]]))}` does not fit {where}: "
            f"`{pattern}`{more}",
            "a part holds one character or more, and nothing that stands beside it in the pattern; mend the "
            "pattern or the name, or keep such files elsewhere",
        )
    cells = [{column: plain_text(text) for column, text in (one or {}).items()} for one in found]
    return table.assign(**{column: [one[column] for one in cells] for column in read.columns})
