"""What is in two splits and should be in one: people, and recordings under whatever names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vox_embed.data.cells import NO_TIME, looks_like
from vox_embed.data.columns import column, no_column
from vox_embed.data.splits import BY_SPEAKER
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Data

if TYPE_CHECKING:
    import pandas as pd

_LISTED = 5
NO_PERSON = NO_TIME | {"unknown", "unk", "?", "-"}
"""Speakers that may be meant as none."""


_TOUCHING = 1e-3  # seconds that rows one after the other may have in common
_ORDER = {"train": 0, "dev": 1, "test": 2}

Pair = tuple[Any, Any]


def check_speakers(table: pd.DataFrame, data: Data) -> list[str]:
    """A speaker of the test who is in train too: refused where the strategy or `speaker_disjoint` promises
    otherwise, else told. `speaker_disjoint` looks at dev as well."""
    known = table[table["speaker"].notna()]
    if data.speaker_disjoint and known.empty:
        raise VoxError(
            "data.speaker_disjoint: no row has a speaker, so that nobody can be told apart",
            "name the column by `colnames: {its name: speaker}`",
        )
    divided = {n for n, db in data.databases.items() if db.split_strategy in BY_SPEAKER}
    learned_from = ["train", "dev"] if data.speaker_disjoint else ["train"]
    shared: list[str] = []
    for speaker, rows in known.groupby("speaker"):
        test, others = rows[rows["split"] == "test"], rows[rows["split"].isin(learned_from)]
        if test.empty or others.empty:
            continue
        if data.speaker_disjoint or divided & {*test["database"], *others["database"]}:
            raise VoxError(
                f"speaker `{speaker}` is in two splits: {_pair((others.iloc[0], test.iloc[0]))}",
                "for different people of one name, set `rename_speakers: true` for a database; for the same "
                "person, use `split_strategy: speaker_split` or choose whole speakers in `test`",
            )
        shared.append(str(speaker))
    if not shared:
        return []
    return [
        f"warning: {len(shared)} speakers are in train and in test ({_listed(shared)}): "
        "the score is for known speakers"
    ]


def doubtful_speakers(table: pd.DataFrame, data: Data) -> list[str]:
    """Notes on cells that may not name one person, where people are kept apart: spelled in two ways,
    a word for none, or empty."""
    divided = [n for n, db in data.databases.items() if db.split_strategy in BY_SPEAKER]
    rows = table if data.speaker_disjoint else table[table["database"].isin(divided)]
    known = rows[rows["speaker"].notna()]
    notes = []
    alike: dict[str, list[str]] = {}
    for name, own in known.groupby("speaker"):
        speaker = str(name)
        alike.setdefault(looks_like(speaker), []).append(speaker)
        if speaker.lower() in NO_PERSON:
            notes.append(
                f"warning: speaker `{speaker}` ({len(own)} rows, first: {own['place'].iloc[0]}) is taken as "
                "one person; the cell of a row without a speaker is empty"
            )
    notes += [
        f"warning: speakers {' and '.join(f'`{one}`' for one in same)} differ in case or blanks only, and "
        "are taken as different people"
        for same in alike.values()
        if len(same) > 1
    ]
    if len(known) not in (0, len(rows)):
        first = rows.loc[rows["speaker"].isna(), "place"].iloc[0]
        notes.append(
            f"warning: {len(rows) - len(known)} of {len(rows)} rows have no speaker (first: {first}): they "
            "are divided file by file, and the same person may be in two splits"
        )
    return notes


def check_groups(table: pd.DataFrame, data: Data) -> list[str]:
    """A value of `data.group` in train and in test is told."""
    if data.group is None:
        return []
    cells = column(table, data.group)
    if cells is None or cells.isna().all():
        raise VoxError(*no_column(f"data.group: no column `{data.group}`", data.group, table))
    train, test = (set(cells[table["split"] == split].dropna()) for split in ("train", "test"))
    shared = sorted(map(str, train & test))
    if not shared:
        return []
    return [
        f"warning: {len(shared)} values of `{data.group}` are in train and in test ({_listed(shared)}): "
        "the score is for those that the model knows"
    ]


def check_recordings(table: pd.DataFrame, data: Data) -> list[str]:
    """The same sound in two splits, whatever its files are called, and parts of one recording in two: refused
    with `speaker_disjoint`, else told. The same sound with two labels: told.

    table: rows with recording, offset, duration, split, label, speaker.
    """
    same: list[Pair] = []
    parts: list[Pair] = []
    contradicting: list[Pair] = []
    again = table[table.groupby("recording")["split"].transform("size") > 1]
    for _, rows in again.groupby("recording", sort=False):
        of_one: list[Any] = list(rows.itertuples())
        overlapping = list(_overlapping(of_one))
        leaks = [pair for pair in overlapping if pair[0].split != pair[1].split]
        apart = [(of_one[0], row) for row in of_one if row.split != of_one[0].split]
        same += leaks[:1]
        parts += apart[:1] if not leaks else []
        contradicting += [pair for pair in overlapping if pair[0].label != pair[1].label][:1]
    notes = []
    if same:
        what = f"{_many(same)} in two splits: {_pair(same[0])}"
        if data.speaker_disjoint:
            raise VoxError(what, "take one away, or keep both in one split")
        notes.append(f"warning: {what}: the model has heard some of the test before")
    if parts:
        what = f"parts of {_many(parts)} in two splits: {_pair(parts[0])}"
        if data.speaker_disjoint and any(_speaker(a) == _speaker(b) for a, b in parts):
            raise VoxError(what, "keep all of a recording in one split")
        notes.append(f"warning: {what}: voice, room and noise may be the same")
    if contradicting:
        first = contradicting[0]
        labels = " and ".join(f"`{row.label}` ({_place(row)})" for row in first)
        notes.append(f"warning: {_many(contradicting)} with two labels: {labels}")
    return notes


def _overlapping(rows: list[Any]) -> Iterator[Pair]:
    """Pairs that have sound in common: each row with the one before it, of every split and label, that ends
    last."""
    longest: dict[tuple[str, str], Any] = {}
    for row in sorted(rows, key=lambda row: (row.offset, row.offset + row.duration, row.database, row.key)):
        for other in longest.values():
            if other.offset + other.duration > row.offset + _TOUCHING:
                yield other, row
        before = longest.get((row.split, row.label))
        if before is None or before.offset + before.duration < row.offset + row.duration:
            longest[row.split, row.label] = row


def _speaker(row: Any) -> str | None:
    return row.speaker if isinstance(row.speaker, str) else None


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")


def _many(pairs: list[Pair]) -> str:
    return "1 recording" if len(pairs) == 1 else f"{len(pairs)} recordings"


def _pair(pair: Pair) -> str:
    return " and ".join(
        f"{row.split} ({_place(row)})" for row in sorted(pair, key=lambda row: _ORDER[row.split])
    )


def _place(row: Any) -> str:
    return f"{row.database}: {row.key}" + (f" from {row.start:g} s" if row.start else "")
