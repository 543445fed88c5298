"""From an experiment's `data` section to a `Dataset`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.choosing import complete_rows, filtered, worth_hearing
from vox_embed.data.columns import HIDDEN, joined, need_column
from vox_embed.data.cutting import cut_rows
from vox_embed.data.dataset import Dataset
from vox_embed.data.heard import Heard, Progress
from vox_embed.data.idle import unmapped, unmatched
from vox_embed.data.labels import check_filled, check_labels, check_texts, doubtful_labels, labels_of
from vox_embed.data.leaks import check_groups, check_recordings, check_speakers, doubtful_speakers
from vox_embed.data.measure import limited, measured
from vox_embed.data.numbers import beyond, check_numbers, grid_labels, strata
from vox_embed.data.readers import read_database
from vox_embed.data.recordings import doubtful_sounds, listened
from vox_embed.data.splits import put_dev_aside, split_rows
from vox_embed.data.tagging import check_learnable, tag_names, tagged, untested
from vox_embed.data.targets import changed_numbers, classes_of, standardised
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import AnomalyModel, Data, Database, Experiment, Finetune, FrameNetwork

if TYPE_CHECKING:
    import pandas as pd

TRAINING = ("train", "test")
_SPLITS = {
    "test": "give a database `split_strategy: test`, or divide one (speaker_split, random, specified)",
    "train": "all rows went to test: check `split_strategy`, `test` and `keep_splits`",
}
_COLUMNS = ("file", "start", "end", "duration", "label", "speaker", "gender", "database", "split")


def load_dataset(
    experiment: Experiment,
    *,
    needs: Sequence[str] = TRAINING,
    labels: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Reads all databases of an experiment, checks every row, and divides them into train, dev and test.

    Depends on the contents of the databases and the seed only. needs: the splits that must have rows, of
    which training is the one that needs all labels. labels: those of a finished model; the rows have no
    others. progress: called with (files heard, files in all) for each database.

    Raises VoxError when there is nothing sound to train or test on: missing files or columns, rows without a
    label, one class only, a class without training rows, no test rows, a speaker in two splits; for a
    regression, a label that is no number; with `data.strict`, for whatever there is to warn of.
    """
    data = experiment.data
    reading = _Reading(experiment, progress)
    table = joined([reading.database(name, database) for name, database in data.databases.items()])
    notes = reading.notes
    reading.check_lost(table)
    found = _labels(table, experiment, reading.left_out, needs, labels)
    if not experiment.tags:
        notes += doubtful_labels(table, found, data)
    _check_splits(table, data, needs)
    if "train" in needs:
        _check_training(table, experiment, found)
    # Classic models learn from all rows of train, but thresholds of tags are chosen on others.
    stops_early = isinstance(experiment.model, FrameNetwork | Finetune) or experiment.tags
    splits = set(table["split"])
    if stops_early and "train" in splits and "dev" not in splits:
        dev, note = put_dev_aside(table, data.dev_size, reading.seed)
        table.loc[dev.index, "split"] = "dev"
        notes.append(note)
    notes += check_speakers(table, data)
    notes += doubtful_speakers(table, data)
    notes += check_groups(table, data)
    notes += check_recordings(table, data)
    if experiment.regression:
        learned = table["split"] == "train" if "train" in splits else table["split"].notna()
        values = table.loc[learned, "label"].to_numpy(np.float64)
        found = tuple(labels) if labels is not None else grid_labels(values, data)
        notes += filter(None, [beyond(values, found)])
    elif experiment.tags:
        if "train" in needs:
            check_learnable(table, found)
        notes += untested(table, found) if "test" in splits else []
    elif "test" in splits:
        tested = set(table.loc[table["split"] == "test", "label"])
        notes += [f"warning: no test rows for label `{label}`" for label in found if label not in tested]
    features = experiment.features
    frame = features.window_samples / features.sample_rate
    notes += doubtful_sounds(table, features.sample_rate, experiment.decision.background, frame)
    _be_strict(data, notes)
    others = [c for c in table.columns if c not in (*_COLUMNS, *HIDDEN)]
    table = table[[*_COLUMNS, *others]]
    return Dataset(
        table, found, data.target, tuple(notes), experiment.regression, data.group, experiment.tags
    )


@dataclass
class _Reading:
    """Reads database after database. notes: what the user should know. left_out: labels that `data.labels`
    does not name. unread: labels of which a database has no row that can be read, with their numbers of rows.
    """

    experiment: Experiment
    progress: Progress | None
    notes: list[str] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    unread: dict[str, int] = field(default_factory=dict)

    @property
    def seed(self) -> int:
        given = self.experiment.data.split_seed
        return given if given is not None else self.experiment.seed

    def database(self, name: str, database: Database) -> pd.DataFrame:
        data, regression = self.experiment.data, self.experiment.regression
        rows = self._labelled(name, database)
        rows = rows.sort_values(["key", "start", "end", "label"], kind="stable").reset_index(drop=True)
        heard = Heard(database.path)
        readable = measured(rows, heard, data.skip_bad_files, self.notes)
        self.unread |= _gone(rows, readable)
        if database.cut is not None:
            readable = cut_rows(name, readable, database.cut, self.notes)
        readable = worth_hearing(name, readable, self.experiment, self.notes)
        chosen = readable
        if database.sample_selection == "all":
            chosen = self._limited(name, readable, database)
        rows = listened(chosen, heard, data.skip_bad_files, self.notes, self.progress)
        self.unread |= _gone(chosen, rows)
        if database.rename_speakers and rows["speaker"].isna().all():
            self.notes.append(f"warning: data.databases.{name}.rename_speakers: no row has a speaker")
        rows["database"] = name
        rows["group"] = [f"{name}/{s}" if isinstance(s, str) else None for s in rows["speaker"]]
        if database.rename_speakers:
            rows["speaker"] = rows["group"]
        drawn = strata(rows) if regression else rows
        rows["split"] = split_rows(name, drawn, database, self.seed, target=data.target, notes=self.notes)
        if database.sample_selection != "all":
            rows = self._selected(name, rows, database)
        if database.scale == "standard" and data.edges is None:
            rows = standardised(rows, self.notes, name)
        return rows[rows["split"].isin(database.keep_splits)]

    def _limited(self, name: str, rows: pd.DataFrame, database: Database) -> pd.DataFrame:
        chosen = limited(name, rows, database, self.seed)
        if not self.experiment.regression and not self.experiment.tags:
            self.notes += [
                f"warning: data.databases.{name}: its limits of length and number leave no row of label "
                f"`{label}`"
                for label in _gone(rows, chosen)
            ]
        return chosen

    def _selected(self, name: str, rows: pd.DataFrame, database: Database) -> pd.DataFrame:
        """The rows with filters and limits done to those of one split."""
        import pandas as pd

        inside = rows["split"] == database.sample_selection
        if not inside.any():
            raise VoxError(
                f"data.databases.{name}.sample_selection: it has no rows for {database.sample_selection}",
                f"its rows are for {', '.join(sorted(set(rows['split'])))}",
            )
        chosen = self._limited(name, filtered(name, rows[inside], database), database)
        whole = pd.concat([rows[~inside], chosen], ignore_index=True)
        return whole.sort_values(["key", "start", "end", "label"], kind="stable").reset_index(drop=True)

    def check_lost(self, table: pd.DataFrame) -> None:
        """Refuses that a whole label is lost with its files. table: of all databases."""
        if self.experiment.regression or self.experiment.tags:
            return
        lost = sorted(set(self.unread) - set(table["label"]))
        if lost:
            raise VoxError(
                f"label `{lost[0]}`: none of its {self.unread[lost[0]]} rows can be read, so that "
                "`skip_bad_files` would leave the whole label out",
                "mend its files, or leave it out on purpose by `data.labels`",
            )

    def _labelled(self, name: str, database: Database) -> pd.DataFrame:
        """The rows that the filters and labels of the experiment leave, with their labels."""
        data = self.experiment.data
        rows = read_database(name, database, data.target, self.notes)
        self.notes += unmatched(name, rows, database)
        rows = complete_rows(name, rows, database, self.notes)
        if database.sample_selection == "all":
            rows = filtered(name, rows, database)
        if self.experiment.tags:
            check_texts(rows)
            return tagged(rows, data, database)
        rows = rows.assign(label=need_column("data.target", rows, data.target, database))
        check_filled(rows, data.target)
        check_texts(rows)
        if database.mapping:
            self.notes += unmapped(name, set(rows["label"]), database)
            rows["label"] = rows["label"].map(lambda label: database.mapping.get(label, label))
        if self.experiment.regression:
            check_numbers(rows, data.target)
            return changed_numbers(name, rows, database, data.target)
        if data.edges is not None and data.labels is not None:
            check_numbers(rows, data.target, "`bins` need")
            rows = changed_numbers(name, rows, database, data.target)
            if database.scale == "standard":  # of all its rows: classes come before splits
                rows = standardised(rows, self.notes, name)
            return classes_of(rows, data.edges, data.labels, data.target)
        if data.labels is not None:
            self.left_out |= set(rows["label"]) - set(data.labels)
            rows = rows[rows["label"].isin(data.labels)]
            if rows.empty:
                raise VoxError(f"database `{name}`: no row has one of data.labels ({', '.join(data.labels)})")
        check_labels(rows)
        return rows


def _gone(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, int]:
    """Labels that have rows before and none after, with their numbers of rows."""
    return {
        str(label): int(count)
        for label, count in before["label"].value_counts(sort=False).items()
        if label not in set(after["label"])
    }


def _labels(
    table: pd.DataFrame,
    experiment: Experiment,
    left_out: set[str],
    needs: Sequence[str],
    labels: Sequence[str] | None,
) -> tuple[str, ...]:
    if experiment.regression:
        return ()
    if experiment.tags:
        return tag_names(table, experiment.data, labels, training="train" in needs)
    if labels is None:
        normal = experiment.model.normal if isinstance(experiment.model, AnomalyModel) else None
        return labels_of(table, experiment.data, left_out, normal=normal, training="train" in needs)
    strange = table[~table["label"].isin(list(labels))]
    if len(strange):
        place, label = strange.iloc[0][["place", "label"]]
        raise VoxError(
            f"{place}: label `{label}` ({(strange['label'] == label).sum()} rows) is none of the model's "
            f"({', '.join(labels)})",
            "leave such rows out by data.labels, or rename the label by `mapping`",
        )
    return tuple(labels)


def _check_splits(table: pd.DataFrame, data: Data, needs: Sequence[str]) -> None:
    for split, hint in _SPLITS.items():
        if split in needs and not (table["split"] == split).any():
            raise VoxError(f"data.databases: no {split} rows in {', '.join(data.databases)}", hint)


def _check_training(table: pd.DataFrame, experiment: Experiment, labels: Sequence[str]) -> None:
    """Every label needs rows in train; of an anomaly detector, which learns from those alone, the normal
    one."""
    if experiment.tags:
        return
    train = set(table.loc[table["split"] == "train", "label"])
    model = experiment.model
    needed = (model.normal,) if isinstance(model, AnomalyModel) else labels
    for label in needed:
        if label not in train:
            raise VoxError(
                f"label `{label}` has no training rows",
                "change the split (`test_size`, `split_seed`), or leave the label out by `labels`",
            )


def _be_strict(data: Data, notes: Sequence[str]) -> None:
    warnings = [note.removeprefix("warning: ") for note in notes if note.startswith("warning: ")]
    if data.strict and warnings:
        more = f" (and {len(warnings) - 1} more warnings)" if len(warnings) > 1 else ""
        raise VoxError(
            f"data.strict: {warnings[0]}{more}", "mend it, or leave data.strict out to be warned only"
        )
