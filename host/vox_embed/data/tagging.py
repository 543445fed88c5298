"""Targets with several labels a row: what cells say, and the text that stands for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.columns import need_column
from vox_embed.data.labels import MAX_LABEL_BYTES, MAX_LABELS, in_order
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema import Data, Database
from vox_embed.gate.text import UnfitTextError, admit, shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

JOIN = ";"
"""Between tags in the text of a row, whatever the user's table has."""
_YES = frozenset({"1", "1.0", "true", "yes"})
_NO = frozenset({"0", "0.0", "false", "no", ""})


def text_of(tags: Iterable[str]) -> str:
    """Of a row: its tags, in order."""
    return JOIN.join(in_order(set(tags)))


def tags_of(text: str) -> tuple[str, ...]:
    """The tags of a row's text."""
    return tuple(text.split(JOIN)) if text else ()


def all_tags(texts: Iterable[str]) -> set[str]:
    """Of some rows."""
    return {tag for text in set(texts) for tag in tags_of(text)}


def indicator(texts: Sequence[str], labels: Sequence[str]) -> NDArray[np.bool_]:
    """[rows, labels]: which tags each row has."""
    index = {label: i for i, label in enumerate(labels)}
    found = np.zeros((len(texts), len(labels)), bool)
    for row, text in enumerate(texts):
        for tag in tags_of(text):
            found[row, index[tag]] = True
    return found


def tagged(rows: pd.DataFrame, data: Data, database: Database) -> pd.DataFrame:
    """The rows of a database with their tags as `label`; an empty cell is a row without any. VoxError for
    what is no tag."""
    assert data.tags is not None
    if data.tags.columns:
        found = _of_columns(rows, data.tags.columns, database)
    else:
        cells = need_column("data.target", rows, data.target, database)
        separator = data.tags.separator
        found = [
            [] if not isinstance(cell, str) else [part.strip() for part in cell.split(separator)]
            for cell in cells
        ]
    mapping = database.mapping
    found = [[mapping.get(tag, tag) for tag in tags if tag] for tags in found]
    _check(rows, found)
    if data.labels is not None:
        found = [[tag for tag in tags if tag in data.labels] for tags in found]
    return rows.assign(label=[text_of(tags) for tags in found])


def _of_columns(rows: pd.DataFrame, columns: Sequence[str], database: Database) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in range(len(rows))]
    for name in columns:
        cells = need_column("data.tags.columns", rows, name, database)
        for row, (cell, place) in enumerate(zip(cells, rows["place"], strict=True)):
            text = cell.strip().lower() if isinstance(cell, str) else ""
            if text in _YES:
                found[row].append(name)
            elif text not in _NO:
                raise VoxError(f"{place}: `{name}` is `{shown(cell)}`", "1 or 0, true or false, yes or no")
    return found


def _check(rows: pd.DataFrame, found: Sequence[Sequence[str]]) -> None:
    seen: dict[str, str] = {}
    for tags, place in zip(found, rows["place"], strict=True):
        for tag in tags:
            seen.setdefault(tag, str(place))
    for tag, place in seen.items():
        if JOIN in tag:
            raise VoxError(f"{place}: tag `{shown(tag)}` has a `{JOIN}` in it", "rename it by `mapping`")
        try:
            admit(tag, MAX_LABEL_BYTES)
        except UnfitTextError as error:
            raise VoxError(f"{place}: tag `{shown(tag)}` {error}", "rename it by `mapping`") from None


def tag_names(
    table: pd.DataFrame, data: Data, labels: Sequence[str] | None, *, training: bool
) -> tuple[str, ...]:
    """The tags that a model tells: `data.labels`, else the columns, else all that occur. labels: those of a
    finished model, beyond which there are none."""
    there = all_tags(table["label"])
    if labels is not None:
        strange = sorted(there - set(labels))
        if strange:
            raise VoxError(
                f"data.target: tag `{strange[0]}` is none of the model's ({', '.join(labels)})",
                "leave it out by data.labels, or rename it by `mapping`",
            )
        return tuple(labels)
    assert data.tags is not None
    names = data.labels or data.tags.columns or in_order(there)
    if not names:
        raise VoxError(f"data.target: no row has a tag in `{data.target}`", "is it the right column?")
    if len(names) > MAX_LABELS:
        raise VoxError(
            f"data.target: {len(names)} tags; a model holds at most {MAX_LABELS}", "`labels` chooses some"
        )
    missing = [name for name in names if name not in there]
    if missing and training:
        raise VoxError(
            f"data.labels: no row has the tag `{missing[0]}`",
            did_you_mean(missing[0], there, "tags in the data"),
        )
    return tuple(names)


def check_learnable(table: pd.DataFrame, labels: Sequence[str]) -> None:
    """Refuses a tag that all training rows have, or none."""
    train = table.loc[table["split"] == "train", "label"]
    counts = indicator(list(train), labels).sum(axis=0)
    for label, count in zip(labels, counts.tolist(), strict=True):
        if count in (0, len(train)):
            what = "no training row has" if not count else "all training rows have"
            raise VoxError(
                f"tag `{label}`: {what} it: there is nothing to learn",
                "change the split (`test_size`, `split_seed`), or leave it out by `labels`",
            )


def untested(table: pd.DataFrame, labels: Sequence[str]) -> list[str]:
    """Notes on tags that no test row has."""
    tested = all_tags(table.loc[table["split"] == "test", "label"])
    return [f"warning: no test row has the tag `{label}`" for label in labels if label not in tested]
