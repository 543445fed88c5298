"""Words of the experiment file that no row of a database has: most likely they are misspelt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from vox_embed.data.columns import column
from vox_embed.data.splits import matches
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema import Database

if TYPE_CHECKING:
    import pandas as pd


def unmatched(name: str, rows: pd.DataFrame, database: Database) -> Iterator[str]:
    """Notes on values of `filter`, `test` and `dev` that no row has. rows: of the whole database."""
    asked = [("filter", *pair) for pair in database.filter]
    asked += [("test", *pair) for pair in database.test.items()]
    asked += [("dev", *pair) for pair in database.dev.items()]
    for key, column_name, values in asked:
        cells = column(rows, column_name)
        if cells is None or column_name == "speaker":  # who is to be found by either of two names
            continue
        for value in values:
            if not matches(rows, column_name, [value]).any():
                known = {str(cell) for cell in cells.dropna()}
                yield _note(
                    f"data.databases.{name}.{key}: no row has `{value}` in `{column_name}`", value, known
                )


def unmapped(name: str, labels: set[str], database: Database) -> Iterator[str]:
    """Notes on labels that `mapping` renames and no row has."""
    for label in database.mapping:
        if label not in labels:
            yield _note(f"data.databases.{name}.mapping: no row has the label `{label}`", label, labels)


def _note(what: str, value: str, known: Iterable[str]) -> str:
    hint = did_you_mean(value, known)
    return f"warning: {what}" + (f" ({hint})" if hint.startswith("did you mean") else "")
