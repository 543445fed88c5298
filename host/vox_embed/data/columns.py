"""Columns of a table of clips: those made here, and those of the user's tables that have the same names.

What a user calls `split` or `duration` is found by that name wherever an experiment file or a command names a
column. What is made here under the same name stands apart from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema import Database

if TYPE_CHECKING:
    import pandas as pd

HIDDEN = ("key", "place", "group", "recording", "offset", "rate", "faults")
"""Made while a database is read; no name that a user could mean."""
KNOWN = ("file", "start", "end", "speaker", "gender")
"""Taken from the user's table, and put into a form of their own."""
MADE = ("duration", "label", "database", "split")
_OWN = "table."


def own(name: str) -> str:
    """Where the user's column of this name is kept as it was written."""
    return _OWN + name if name in (*HIDDEN, *KNOWN, *MADE) else name


def column(rows: pd.DataFrame, name: str) -> pd.Series | None:
    """The column that a user means by a name: one of their table, else one made here; None for neither."""
    if own(name) in rows and name != "speaker":  # whom `rename_speakers` has told apart are two
        return rows[own(name)]
    return rows[name] if name in rows and name not in HIDDEN else None


def column_names(rows: pd.DataFrame) -> list[str]:
    """Names that `column` knows."""
    names = [str(name).removeprefix(_OWN) for name in rows.columns if name not in HIDDEN]
    return list(dict.fromkeys(names))


def need_column(where: str, rows: pd.DataFrame, name: str, database: Database) -> pd.Series:
    """The column that a user means; VoxError where there is none."""
    cells = column(rows, name)
    if cells is None:
        raise VoxError(
            f"{where}: {database.path} has no column `{name}`",
            did_you_mean(name, column_names(rows), "columns"),
        )
    return cells


def no_column(what: str, name: str, rows: pd.DataFrame) -> tuple[str, str]:
    """What is wrong, and a hint: a column that is not there, or in which no row has anything."""
    there = [
        known
        for known in column_names(rows)
        if not rows[own(known) if own(known) in rows else known].isna().all()
    ]
    if name in column_names(rows):
        return f"{what} with anything in it", f"columns: {', '.join(sorted(there))}"
    return what, did_you_mean(name, there, "columns")


def joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other. Where only some have a user's column of the name of a made one, the others
    give the made one for it."""
    import pandas as pd

    kept = dict.fromkeys(name for part in parts for name in part.columns if str(name).startswith(_OWN))
    filled = []
    for part in parts:
        lacking = [name for name in kept if name not in part and name.removeprefix(_OWN) in part]
        filled.append(part.assign(**{name: part[name.removeprefix(_OWN)] for name in lacking}))
    return pd.concat(filled, ignore_index=True)
