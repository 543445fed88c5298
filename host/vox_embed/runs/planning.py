"""The folds of a cross-validation: which rows each holds out, and the experiment that it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.data import Dataset
from vox_embed.data.columns import no_column
from vox_embed.data.dataset import SPLITS
from vox_embed.data.folds import even_folds
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.schema import AnomalyModel, Database
from vox_embed.gate.names import unique_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNDIVIDED = {
    "test": {},
    "test_size": 20.0,
    "dev": {},
    "dev_size": None,
    "split_column": None,
    "keep_splits": SPLITS,
    "as_test": False,
    "as_train": False,
    "balance": {},
    "balance_bins": {},
    "size_diff_weight": 1.0,
    "reuse": None,
    "test_files": (),
}
"""Settings of a database that nothing is left to: the defaults."""
_LIMITS = ("limit_samples", "limit_samples_per_speaker", "min_duration_of_sample", "max_duration_of_sample")
_LISTED = 8  # values of a fold in a message
_LONGEST = 64  # characters of an experiment's name


@dataclass(frozen=True)
class Fold:
    """One part of the data: the values of the column that are test data in it, and files, each with its
    database, of rows that have no value."""

    name: str
    values: tuple[str, ...]
    files: frozenset[tuple[str, str]] = frozenset()

    @property
    def text(self) -> str:
        """For people."""
        values = [*self.values, *([f"{len(self.files)} files"] if self.files else [])]
        return ", ".join(values[:_LISTED]) + (", ..." if len(values) > _LISTED else "")


def undivided(experiment: Experiment) -> Experiment:
    """The experiment with all rows of all databases, which no split has to fit."""
    databases = {
        name: database.model_copy(
            update={**_UNDIVIDED, "split_strategy": "test", **_selection(name, database, {"test"})}
        )
        for name, database in experiment.data.databases.items()
    }
    return experiment.model_copy(update={"data": experiment.data.model_copy(update={"databases": databases})})


def _selection(name: str, database: Database, there: set[str]) -> dict[str, Any]:
    """Settings of a database whose filters are for one split, where only some splits are `there`."""
    chosen = database.sample_selection
    if chosen == "all":
        return {}
    if chosen == "test" and (database.limit_samples or database.limit_samples_per_speaker):
        raise VoxError(
            f"data.databases.{name}.sample_selection: folds cannot limit the number of their test rows alone",
            "limit all rows, or filter them",
        )
    if there == {chosen}:
        return {"sample_selection": "all"}
    if chosen in there:
        return {}
    return {"sample_selection": "all", "filter": (), **dict.fromkeys(_LIMITS)}


def planned(
    experiment: Experiment, dataset: Dataset, by: str | None = None, count: int | None = None
) -> tuple[str, tuple[Fold, ...]]:
    """The column that is held out, and the folds: as asked, else as `cross_validation` says."""
    how = experiment.cross_validation
    if by is not None or count is not None or how is None:
        by = by or "speaker"
    elif how.type == "database":
        by = "database"
    elif how.type == "k_fold" and how.folds is not None:
        by = how.by or _together(dataset)
        return by, _k_folds(experiment, dataset, by, how.folds)
    else:
        by, count = how.by or "speaker", how.folds
    return by, plan(experiment, dataset, by, count)


def _together(dataset: Dataset) -> str:
    """The column whose values are kept in one fold: `data.group`, or speakers."""
    return dataset.group or "speaker"


def _k_folds(experiment: Experiment, dataset: Dataset, by: str, count: int) -> tuple[Fold, ...]:
    """Folds of what has one value in a column; of files, where rows have none."""
    cells, names = dataset.column(by), dataset.column("file")
    if cells is None:
        raise VoxError(*no_column(f"the data has no column `{by}`", by, dataset.table))
    assert names is not None
    numbers = even_folds(dataset, count, _seed(experiment), by)
    known = cells.notna().to_numpy()
    files = list(zip(dataset.table["database"], names, strict=True))

    def fold(number: int) -> Fold:
        inside = numbers == number
        values = sorted({str(cell) for cell in cells[inside & known]})
        alone = frozenset(files[place] for place in np.flatnonzero(inside & ~known))
        return Fold(f"{count}-{number + 1}", tuple(values), alone)

    return tuple(fold(number) for number in range(count))


def _seed(experiment: Experiment) -> int:
    return experiment.data.split_seed if experiment.data.split_seed is not None else experiment.seed


def _held(dataset: Dataset, by: str, fold: Fold) -> NDArray[np.bool_]:
    """[rows] True for the rows of a fold."""
    cells, names = dataset.column(by), dataset.column("file")
    assert cells is not None and names is not None
    known = cells.notna().to_numpy()
    held = cells.map(str).isin(fold.values).to_numpy() & known
    files = zip(dataset.table["database"], names, strict=True)
    alone = np.array([file in fold.files for file in files], bool)
    return np.asarray(held | (alone & ~known), bool)


def check_folds(experiment: Experiment, dataset: Dataset, by: str, folds: Sequence[Fold]) -> None:
    """Refuses, before anything is trained, a fold whose labels are not all among the rows that are left."""
    if dataset.numeric or dataset.tags:
        return
    needed = [experiment.model.normal] if isinstance(experiment.model, AnomalyModel) else dataset.labels
    for fold in folds:
        left = set(dataset.table.loc[~_held(dataset, by, fold), "label"])
        lost = [label for label in needed if label not in left]
        if lost:
            raise VoxError(
                f"fold {fold.text}: it holds all rows of label `{lost[0]}`, so that none is left to learn "
                "from",
                "choose fewer or other folds, or leave the label out by `labels`",
            )


def plan(experiment: Experiment, dataset: Dataset, by: str, count: int | None) -> tuple[Fold, ...]:
    """The folds, in the order of their names."""
    cells = dataset.column(by)
    if cells is None or cells.isna().all():
        raise VoxError(*no_column(f"the data has no column `{by}`", by, dataset.table))
    if cells.isna().any():
        file = dataset.table.loc[cells.isna(), "file"].iloc[0]
        raise VoxError(f"{file}: no {by}, so that it belongs to no fold", "fill it in, or filter it out")
    values = sorted({str(value) for value in cells})
    if len(values) < 2:
        raise VoxError(f"column `{by}` has one value only (`{values[0]}`): there is nothing to hold out")
    if count is None:
        names = unique_names([f"{by}-{value}" for value in values])
        return tuple(Fold(names[f"{by}-{value}"], (value,)) for value in values)
    if not 2 <= count <= len(values):
        raise VoxError(f"{count} folds of {len(values)} values of `{by}`", f"choose 2 to {len(values)}")
    numbers = even_folds(dataset, count, _seed(experiment), by)
    words = cells.map(str).to_numpy(str)
    return tuple(
        Fold(f"{count}-{i + 1}", tuple(sorted(set(words[numbers == i].tolist())))) for i in range(count)
    )


def held_out(experiment: Experiment, dataset: Dataset, by: str, fold: Fold) -> Experiment:
    """The experiment with the fold's rows as test data, and all others for training."""
    held = _held(dataset, by, fold)
    databases = {}
    for name, database in experiment.data.databases.items():
        inside = (dataset.table["database"] == name).to_numpy()
        split = _split(dataset, by, fold, name, held[inside])
        there = {split["split_strategy"]} if len(split) == 1 else {"train", "test"}
        update = {**_UNDIVIDED, **split, **_selection(name, database, there)}
        databases[name] = database.model_copy(update=update)
    data = experiment.data.model_copy(update={"databases": databases})
    update = {"data": data, "name": name_of(experiment, fold), "cross_validation": None}
    return experiment.model_copy(update=update)


def _split(dataset: Dataset, by: str, fold: Fold, name: str, held: NDArray[np.bool_]) -> dict[str, Any]:
    """Settings of a database: all, none or some of its rows are test. held: of its rows."""
    if held.all() or not held.any():
        return {"split_strategy": "test" if held.any() else "train"}
    cells = dataset.column(by)
    assert cells is not None
    there = {str(cell) for cell in cells[(dataset.table["database"] == name).to_numpy()].dropna()}
    tested = tuple(value for value in fold.values if value in there)
    files = tuple(sorted(file for database, file in fold.files if database == name))
    return {"split_strategy": "specified", "test": {by: tested} if tested else {}, "test_files": files}


def name_of(experiment: Experiment, fold: Fold) -> str:
    """Of a fold's experiment."""
    return f"{experiment.name[: _LONGEST - 1 - len(fold.name)]}.{fold.name}"
