"""From an experiment's `data` section to a `Dataset`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.audio import AudioInfo, probe
from vox_embed.data.columns import HIDDEN, joined
from vox_embed.data.dataset import Dataset
from vox_embed.data.labels import check_labels, check_texts, doubtful, labels_of
from vox_embed.data.numbers import beyond, check_numbers, grid_labels, strata
from vox_embed.data.readers import read_database
from vox_embed.data.splits import matches, need_column, put_dev_aside, shuffled, split_rows
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Data, Database, Experiment, NeuralNetwork

if TYPE_CHECKING:
    import pandas as pd

_LISTED = 5
_ROUNDING = 0.05  # seconds by which an end may be behind the file's


def load_dataset(experiment: Experiment) -> Dataset:
    """Reads all databases of an experiment, checks every row, and divides them into train, dev and test.

    Depends on the contents of the databases and the seed only. Raises VoxError when there is nothing
    sound to train or test on: missing files or columns, rows without a label, one class only, a class
    without training rows, no test rows, a speaker in two splits; for a regression, a label that is no number.
    """
    data = experiment.data
    regression = experiment.regression
    seed = data.split_seed if data.split_seed is not None else experiment.seed
    notes: list[str] = []
    left_out: set[str] = set()
    parts = [
        _load_database(name, db, data, regression, seed=seed, notes=notes, left_out=left_out)
        for name, db in data.databases.items()
    ]
    table = joined(parts)
    labels = () if regression else labels_of(table, data, left_out)
    notes.extend(doubtful(table, labels, data))
    _check_splits(table, labels, data)
    stops_early = isinstance(experiment.model, NeuralNetwork)  # classic models learn from all rows of train
    if stops_early and not (table["split"] == "dev").any():
        dev, note = put_dev_aside(table, data.dev_size, seed)
        table.loc[dev.index, "split"] = "dev"
        notes.append(note)
    _check_speakers(table, data, notes)
    if regression:
        values = table.loc[table["split"] == "train", "label"].to_numpy(np.float64)
        labels = grid_labels(values, data)
        notes.extend(filter(None, [beyond(values, labels)]))
    else:
        for label in labels:
            if not ((table["label"] == label) & (table["split"] == "test")).any():
                notes.append(f"warning: no test rows for label `{label}`")
    columns = ["file", "start", "end", "duration", "label", "speaker", "gender", "database", "split"]
    others = [c for c in table.columns if c not in (*columns, *HIDDEN)]
    return Dataset(table[columns + others], labels, data.target, tuple(notes), regression)


def _load_database(
    name: str,
    database: Database,
    data: Data,
    regression: bool,
    *,
    seed: int,
    notes: list[str],
    left_out: set[str],
) -> pd.DataFrame:
    rows = read_database(name, database, data.target, notes)
    for column_name, values in database.filter:
        need_column(f"data.databases.{name}.filter", rows, column_name, database)
        rows = rows[matches(rows, column_name, values)]
        if rows.empty:
            raise VoxError(
                f"data.databases.{name}.filter: no rows are left with {column_name}: {list(values)}"
            )
    rows = rows.assign(label=need_column("data.target", rows, data.target, database))
    check_labels(rows, data.target)
    check_texts(rows)
    if database.mapping:
        rows["label"] = rows["label"].map(lambda label: database.mapping.get(label, label))
    if regression:
        check_numbers(rows, data.target)
    elif data.labels is not None:
        left_out.update(set(rows["label"]) - set(data.labels))
        rows = rows[rows["label"].isin(data.labels)]
        if rows.empty:
            raise VoxError(f"database `{name}`: no row has one of data.labels ({', '.join(data.labels)})")
    rows = rows.sort_values(["key", "start", "end", "label"], kind="stable").reset_index(drop=True)
    rows = _measure(rows, data.skip_bad_files, notes)
    rows = _limit(name, rows, database, seed)
    rows["database"] = name
    rows["group"] = [f"{name}/{s}" if isinstance(s, str) else None for s in rows["speaker"]]
    if database.rename_speakers:
        rows["speaker"] = rows["group"]
    rows["split"] = split_rows(name, strata(rows) if regression else rows, database, seed)
    return rows[rows["split"].isin(database.keep_splits)]


def _measure(rows: pd.DataFrame, skip_bad_files: bool, notes: list[str]) -> pd.DataFrame:
    """Adds `duration`; drops, or complains about, files that are missing, unreadable or too short."""
    files = list(dict.fromkeys(rows["file"]))

    def attempt(file: str) -> AudioInfo | VoxError:
        try:
            return probe(file)
        except VoxError as error:
            return error

    with ThreadPoolExecutor(max_workers=4) as pool:
        found = dict(zip(files, pool.map(attempt, files), strict=True))
    bad = {file: info for file, info in found.items() if isinstance(info, VoxError)}
    lengths = {file: info.duration for file, info in found.items() if isinstance(info, AudioInfo)}
    total = rows["file"].map(lengths)
    for row in rows[rows["start"] >= total].itertuples():
        bad.setdefault(
            row.file, VoxError(f"{row.place}: start {row.start:g} s is after the end of {row.file}")
        )
    if bad and not skip_bad_files:
        first = next(iter(bad.values()))
        more = f"; {len(bad) - 1} more such files" if len(bad) > 1 else ""
        raise VoxError(first.message + more, first.hint)
    notes.extend(f"skipped: {error.message}" for error in bad.values())
    keep = ~rows["file"].isin(list(bad))
    rows, total = rows[keep], total[keep]
    late = rows[rows["end"] > total + _ROUNDING]
    if len(late):
        place, end = late.iloc[0][["place", "end"]]
        notes.append(
            f"warning: {len(late)} rows end after their file does; first: {place}: end {end:g} s, but the "
            f"file has {total[late.index[0]]:g} s: is it in seconds?"
        )
    ends = rows["end"].where(rows["end"] < total, total)
    return rows.assign(duration=(ends - rows["start"]).astype(float)).reset_index(drop=True)


def _limit(name: str, rows: pd.DataFrame, database: Database, seed: int) -> pd.DataFrame:
    low, high = database.min_duration_of_sample, database.max_duration_of_sample
    if low is not None:
        rows = rows[rows["duration"] >= low]
    if high is not None:
        rows = rows[rows["duration"] <= high]
    if rows.empty:
        raise VoxError(f"database `{name}`: no rows are left after filters and limits")
    names = rows["key"] + "\0" + rows["start"].map(str) + "\0" + rows["end"].map(str)
    order = {item: i for i, item in enumerate(shuffled(names, seed))}
    rank = names.map(order).sort_values(kind="stable")
    if database.limit_samples_per_speaker is not None:
        speakers = rows["speaker"].where(rows["speaker"].notna(), rows["key"])
        place = speakers.loc[rank.index].groupby(speakers.loc[rank.index]).cumcount()
        rank = rank[place < database.limit_samples_per_speaker]
    if database.limit_samples is not None:
        rank = rank.iloc[: database.limit_samples]
    return rows.loc[rank.index.sort_values()].reset_index(drop=True)


def _check_splits(table: pd.DataFrame, labels: tuple[str, ...], data: Data) -> None:
    for split, hint in (
        (
            "test",
            "give a database `split_strategy: test`, or divide one (speaker_split, random, specified)",
        ),
        ("train", "all rows went to test: check `split_strategy`, `test` and `keep_splits`"),
    ):
        if not (table["split"] == split).any():
            names = ", ".join(data.databases)
            raise VoxError(f"data.databases: no {split} rows in {names}", hint)
    train = set(table.loc[table["split"] == "train", "label"])
    for label in labels:
        if label not in train:
            raise VoxError(
                f"label `{label}` has no training rows",
                "change the split (`test_size`, `split_seed`), or leave the label out by `labels`",
            )


def _check_speakers(table: pd.DataFrame, data: Data, notes: list[str]) -> None:
    """A speaker in two splits is a leak: refused where the strategy promises otherwise, else noted."""
    divided = {n for n, db in data.databases.items() if db.split_strategy == "speaker_split"}
    known = table[table["speaker"].notna() & table["split"].isin(["train", "test"])]
    shared: list[str] = []
    for speaker, rows in known.groupby("speaker"):
        if rows["split"].nunique() < 2:
            continue
        if data.speaker_disjoint or divided & set(rows["database"]):
            train, test = (rows[rows["split"] == split].iloc[0] for split in ("train", "test"))
            raise VoxError(
                f"speaker `{speaker}` is in two splits: train ({train['database']}: {train['key']}) and "
                f"test ({test['database']}: {test['key']})",
                "for different people of one name, set `rename_speakers: true` for a database; for the same "
                "person, use `split_strategy: speaker_split` or choose whole speakers in `test`",
            )
        shared.append(str(speaker))
    if shared:
        listed = ", ".join(shared[:_LISTED]) + (", ..." if len(shared) > _LISTED else "")
        notes.append(
            f"warning: {len(shared)} speakers are in train and in test ({listed}): "
            "the score is for known speakers"
        )
