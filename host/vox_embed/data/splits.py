"""Who goes to train, dev and test: decided by names and the seed, never by the order of rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vox_embed.data.balance import balanced_rows
from vox_embed.data.cells import number_of
from vox_embed.data.columns import column, need_column, own
from vox_embed.data.drawing import share, shuffled
from vox_embed.data.reuse import reused
from vox_embed.data.split_names import SPLIT_NAMES
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema import Database

if TYPE_CHECKING:
    import pandas as pd

MIN_SPEAKERS_FOR_DEV = 10
BY_SPEAKER = ("speaker_split", "balanced")
"""Strategies that keep people apart."""


def matches(rows: pd.DataFrame, name: str, values: Iterable[str]) -> pd.Series[bool]:
    """Rows whose text in the column that the user calls `name` is one of `values`; numbers also match as
    numbers (`1`, `01`, `1.0`)."""
    wanted = set(values)
    numbers = {number for value in wanted if (number := number_of(value)) is not None}

    def match(cell: object) -> bool:
        return cell in wanted or (bool(numbers) and number_of(cell) in numbers)

    cells = column(rows, name)
    assert cells is not None
    found = cells.map(match).astype(bool)
    if own(name) in rows:  # a speaker also by the name from before `rename_speakers`
        found |= rows[own(name)].map(match).astype(bool)
    return found


def draw_files(rows: pd.DataFrame, percent: float, seed: int) -> set[str]:
    """Keys of files: `percent` of them, label by label. Rows cut from one file stay together."""
    drawn: set[str] = set()
    first = rows.sort_values(["key", "label"]).drop_duplicates("key")
    for _, group in first.groupby("label"):
        keys = shuffled(group["key"], seed)
        drawn.update(keys[: share(len(keys), percent)])
    return drawn


def draw_speakers(rows: pd.DataFrame, percent: float, seed: int) -> pd.Series[bool]:
    """True for rows of `percent` of the speakers; rows without one are drawn by file, label by label."""
    known = rows["speaker"].notna()
    speakers = shuffled(rows.loc[known, "speaker"], seed)
    chosen = set(speakers[: share(len(speakers), percent)])
    files = draw_files(rows[~known], percent, seed)
    return (known & rows["speaker"].isin(chosen)) | (~known & rows["key"].isin(files))


def split_rows(
    name: str, rows: pd.DataFrame, database: Database, seed: int, *, target: str, notes: list[str]
) -> pd.Series[str]:
    """The split of each row of one database, by its strategy. rows: has key, recording, label, speaker.
    notes: gets what a balanced split has reached. target: the column that `label` was made from."""
    if database.split_strategy == "reuse":
        return reused(name, rows, database)
    rows = rows.assign(key=rows.groupby("recording")["key"].transform("min"))  # copies stay together
    strategy = database.split_strategy
    if strategy in ("train", "dev", "test"):
        return _constant(rows, strategy)
    if strategy == "database" or (strategy == "specified" and not _told(database)):
        return _of_database(name, rows, database)
    if strategy == "specified":
        return _specified(name, rows, database)
    if strategy in BY_SPEAKER:
        _check_speakers(name, rows, database)
    splits = _constant(rows, "train")
    for split, percent in (("test", database.test_size), ("dev", database.dev_size)):
        rest = rows[splits == "train"]
        if percent is None or rest.empty:
            continue
        written = rest[own("speaker") if own("speaker") in rest else "speaker"]
        of_speakers = rest.assign(speaker=written)  # renamed or not, the same
        if strategy == "balanced":
            drawn, reached = balanced_rows(name, of_speakers, database, percent, seed=seed, target=target)
            notes.append(f"database `{name}`: balanced {split}: {reached}")
        elif strategy == "speaker_split":
            drawn = draw_speakers(of_speakers, percent, seed)
        else:
            drawn = rest["key"].isin(draw_files(rest, percent, seed))
        splits[drawn[drawn].index] = split
    return splits


def _constant(rows: pd.DataFrame, split: str) -> pd.Series[str]:
    import pandas as pd

    return pd.Series([split] * len(rows), index=rows.index, dtype=object)


def _check_speakers(name: str, rows: pd.DataFrame, database: Database) -> None:
    speakers = rows["speaker"].dropna().nunique()
    if speakers == 0:
        raise VoxError(
            f"data.databases.{name}: `split_strategy: {database.split_strategy}` needs a column `speaker`; "
            f"{database.path} has none, or it is empty",
            "its folders are splits already: `split_strategy: specified` with `split_column: split`"
            if database.path.is_dir() and column(rows, "split") is not None
            else "name it by `colnames: {its name: speaker}`, or use `split_strategy: random`",
        )
    if speakers == 1 and rows["speaker"].notna().all():
        raise VoxError(
            f"data.databases.{name}: only one speaker (`{rows['speaker'].iloc[0]}`): "
            f"{database.split_strategy} has nothing to divide",
            "use `split_strategy: random`",
        )


def _told(database: Database) -> bool:
    return bool(database.test or database.test_files or database.dev or database.split_column is not None)


def _of_database(name: str, rows: pd.DataFrame, database: Database) -> pd.Series[str]:
    if column(rows, "split") is None:
        raise VoxError(
            f"data.databases.{name}: `split_strategy: {database.split_strategy}`: {database.path} has no "
            "splits of its own",
            "name its column by `split_strategy: specified` and `split_column`, or draw them: speaker_split",
        )
    return _specified(name, rows, database.model_copy(update={"split_column": "split"}))


def _specified(name: str, rows: pd.DataFrame, database: Database) -> pd.Series[str]:
    splits = _constant(rows, "train")
    if database.split_column is not None:
        cells = need_column(f"data.databases.{name}.split_column", rows, database.split_column, database)
        known = cells.map(lambda cell: SPLIT_NAMES.get(str(cell).lower()))
        if known.isna().any():
            place, cell = rows.loc[known.isna(), "place"].iloc[0], cells[known.isna()].iloc[0]
            raise VoxError(
                f"{place}: column `{database.split_column}`: `{cell}` is not a split", "train, dev or test"
            )
        return known
    for split, wanted in (("dev", database.dev), ("test", database.test)):  # test wins where both match
        if not wanted:
            continue
        chosen = _constant(rows, split) == split
        for key, values in wanted.items():
            need_column(f"data.databases.{name}.{split}", rows, key, database)
            chosen &= matches(rows, key, values)
        if not chosen.any():
            asked = ", ".join(f"{key}: {list(values)}" for key, values in wanted.items())
            first = next(iter(wanted))
            cells = need_column(f"data.databases.{name}.{split}", rows, first, database)
            there = ", ".join(sorted({str(cell) for cell in cells.dropna()})[:12])
            raise VoxError(
                f"data.databases.{name}.{split}: no row matches {asked}", f"`{first}` has the values {there}"
            )
        splits[chosen] = split
    return _with_test_files(name, rows, database, splits)


def _with_test_files(
    name: str, rows: pd.DataFrame, database: Database, splits: pd.Series[str]
) -> pd.Series[str]:
    names = {file.replace("\\", "/") for file in database.test_files}
    lost = sorted(names - set(rows["key"]))
    if lost:
        raise VoxError(
            f"data.databases.{name}.test_files: {database.path} has no file `{lost[0]}`",
            did_you_mean(lost[0], rows["key"], "files"),
        )
    splits[rows["key"].isin(names)] = "test"
    return splits


def put_dev_aside(rows: pd.DataFrame, percent: float, seed: int) -> tuple[pd.Series[bool], str]:
    """Rows of train that become dev, and a sentence that says how they were drawn.

    Whole speakers, if test is made of unseen speakers, there are enough of them in train, and every label
    of train is among the rows they give; else rows, recording by recording and label by label. rows: of
    all databases; column `group` tells speakers of different databases apart (NaN where unknown).
    Recordings are known by the first of their names in the databases, wherever those lie: the same rows on
    every computer.
    """
    names = (rows["database"] + "/" + rows["key"]).groupby(rows["recording"]).transform("min")
    train = rows.assign(speaker=rows["group"], key=names)[rows["split"] == "train"]
    groups = set(train["group"].dropna())
    unseen = groups.isdisjoint(rows.loc[rows["split"] == "test", "group"].dropna())
    if unseen and len(groups) >= MIN_SPEAKERS_FOR_DEV:
        drawn = draw_speakers(train, percent, seed)
        labels = set(train["label"])
        if set(train.loc[drawn, "label"]) == labels == set(train.loc[~drawn, "label"]):
            speakers = train.loc[drawn, "group"].nunique()
            return drawn[drawn], f"dev: {speakers} of the {len(groups)} speakers of train"
    drawn = train["key"].isin(draw_files(train, percent, seed))
    return drawn[drawn], f"dev: {percent:g} % of train, label by label"
