"""Labels: what cannot be one, which there are and in which order, and those that look like a mistake."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vox_embed.data.cells import NO_TIME, looks_like, number_of
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema import Data
from vox_embed.gate.text import LABEL_BYTES, UnfitTextError, admit, shown

if TYPE_CHECKING:
    import pandas as pd

MAX_LABELS = 96  # as VOX_MAX_LABELS
MAX_LABEL_BYTES = LABEL_BYTES
_QUOTE = 'is a quote (") missing, or one too many?'


def check_filled(rows: pd.DataFrame, target: str) -> None:
    """Refuses rows without a label. rows: has label, key, place."""
    empty = rows["label"].isna()
    if empty.any():
        first = rows[empty].iloc[0]
        more = f" (and {empty.sum() - 1} more rows)" if empty.sum() > 1 else ""
        raise VoxError(
            f"{first['place']}: no label: `{target}` is empty for {first['key']}{more}",
            "fill it in, or leave such rows out with `filter`",
        )


def check_labels(rows: pd.DataFrame) -> None:
    """Refuses labels that no model can hold. rows: has label, place."""
    for label in sorted(set(rows["label"])):
        place = rows.loc[rows["label"] == label, "place"].iloc[0]
        try:
            admit(label, MAX_LABEL_BYTES)
        except UnfitTextError as error:
            hint = "shorten it by `mapping`" if "longer" in str(error) else _QUOTE
            raise VoxError(f"{place}: label `{shown(label)}` {error}", hint) from None


def check_texts(rows: pd.DataFrame) -> None:
    """Refuses speakers and genders that are no text that is admitted (gate/text.py); they are shown."""
    for column in ("speaker", "gender"):
        known = rows[rows[column].notna()]
        for text in sorted(set(known[column])):
            try:
                admit(text)
            except UnfitTextError as error:
                place = known.loc[known[column] == text, "place"].iloc[0]
                raise VoxError(f"{place}: {column} `{shown(text)}` {error}", _QUOTE) from None


def labels_of(
    table: pd.DataFrame, data: Data, left_out: set[str], *, normal: str | None = None, training: bool = True
) -> tuple[str, ...]:
    """`data.labels`, or all labels of the table, sorted. left_out: what `data.labels` does not name.

    normal: the one that an anomaly detector learns from; it needs no rows of the other, which is called
    `anomaly` where it has no name. training: refuse what cannot be trained.
    """
    there = set(table["label"])
    if data.labels is not None:
        labels = data.labels
        _check_named(labels if normal is None else [normal], there, left_out)
    else:
        _check_normal(normal, there)
        labels = in_order(there if normal is None or len(there) > 1 else {normal, _other_than(normal)})
    if len(labels) < 2 and training:
        raise VoxError(
            f"data.target: one class only (`{labels[0]}`): there is nothing to tell apart",
            f"is `{data.target}` the right column?",
        )
    if len(labels) > MAX_LABELS:
        raise VoxError(
            f"data.target: {len(labels)} labels in `{data.target}`; a model holds at most {MAX_LABELS}",
            "is it the right column? `labels` chooses a subset",
        )
    return labels


def _check_named(labels: Iterable[str], there: set[str], left_out: set[str]) -> None:
    missing = [label for label in labels if label not in there]
    if missing:
        raise VoxError(
            f"data.labels: no rows for label `{missing[0]}`",
            did_you_mean(missing[0], left_out, "other labels in the data")
            if left_out
            else "remove it from data.labels, or check `mapping` and `filter`",
        )


def _check_normal(normal: str | None, there: set[str]) -> None:
    if normal is not None and normal not in there:
        raise VoxError(
            f"model.normal: no row has the label `{normal}`",
            did_you_mean(normal, there, "labels in the data"),
        )


def _other_than(normal: str) -> str:
    return "anomaly" if normal != "anomaly" else "other"


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Sorted: numbers by their size, then other texts."""

    def order(label: str) -> tuple[int, float, str]:
        number = number_of(label)
        return (1, 0.0, label) if number is None else (0, number, label)

    return tuple(sorted(labels, key=order))


def doubtful_labels(table: pd.DataFrame, labels: Iterable[str], data: Data) -> list[str]:
    """Notes on labels that may not be meant as such, unless `data.labels` names them."""
    if data.labels is not None:
        return []
    notes = []
    alike: dict[str, list[str]] = {}
    for label in labels:
        alike.setdefault(looks_like(label), []).append(label)
        rows = table[table["label"] == label]
        if label.lower() in NO_TIME:
            notes.append(
                f"warning: label `{label}` ({len(rows)} rows, first: {rows['place'].iloc[0]}) is taken as a "
                "word; the cell of a row without a label is empty"
            )
    notes += [
        f"warning: labels {' and '.join(f'`{label}`' for label in same)} differ in case or blanks only; "
        "for one class, join them by `mapping`"
        for same in alike.values()
        if len(same) > 1
    ]
    return notes
