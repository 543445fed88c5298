"""Cross-validation: every row is test data once, of a model that has not seen its group."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.data import Dataset, load_dataset
from vox_embed.data.cluster import Cluster
from vox_embed.data.columns import no_column
from vox_embed.data.dataset import SPLITS
from vox_embed.data.folds import even_folds
from vox_embed.data.processes import in_processes
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.files import FOLDS, METRICS, PLOTS, PREDICTIONS, REPORT
from vox_embed.experiment.results import check_place, has_results, resolved_yaml, results_root
from vox_embed.experiment.schema import AnomalyModel, Database, host_sections
from vox_embed.features.host import inputs_of
from vox_embed.gate.files import read_bytes, read_text, write_atomic
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import RESULT_BYTES, TABLE_BYTES
from vox_embed.gate.names import unique_names
from vox_embed.gate.tables import csv_rows, csv_text
from vox_embed.models import need_packages_of
from vox_embed.report.content import AnyScores
from vox_embed.report.fit import Fit
from vox_embed.report.folds_page import FoldsData, all_fold_plots, render_folds
from vox_embed.runs.folds import Grouped, figures_of, fit_of, scores_of, spread, tag_scores_of
from vox_embed.runs.reporter import Quiet, Reporter
from vox_embed.runs.shelf import Shelf
from vox_embed.runs.training import train
from vox_embed.runs.written import WHICH, clips_of

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


@dataclass(frozen=True, eq=False)
class CrossOutcome:
    """The scores of all folds, and of all rows together."""

    pooled: AnyScores
    folds: Mapping[str, AnyScores]
    reference: Mapping[str, Any]
    """Of the folds' float models, all rows together: figures as in `Scores.brief`, accuracy only, or as in
    `Fit.brief`."""
    folder: Path
    on_host: bool = False
    """There are float models only, and all scores are theirs."""

    @property
    def spread(self) -> dict[str, dict[str, float]]:
        """Mean and standard deviation of each figure over the folds."""
        return spread(self.folds)

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        details = {} if isinstance(self.pooled, Fit) else {"details": self.pooled.to_dict()}
        return {
            **details,
            "spread": self.spread,
            "integer": None if self.on_host else self.pooled.brief(),
            "float": self.pooled.brief() if self.on_host else dict(self.reference),
            "folds": {name: {**fold.brief(), "clips": fold.clips} for name, fold in self.folds.items()},
            "folder": str(self.folder),
        }


def cross_validate(
    experiment: Experiment,
    by: str | None = None,
    count: int | None = None,
    reporter: Reporter | None = None,
    jobs: int | Cluster = 1,
    *,
    root: Path | None = None,
) -> CrossOutcome:
    """Train once for every value of the column `by`, or for `count` groups of them of about as many rows and
    labels, and test on its rows. Where neither is given, `cross_validation` of the experiment says how.

    The splits of the experiment are not used; its seed, and all else, is. Each fold has a results folder
    of its own in `<root>/<name>.folds`; folds that are there already, of the same experiment, are not
    trained again. jobs: processes, or a cluster. Raises VoxError where the column is missing or has one
    value only.
    """
    need_packages_of(experiment)
    log = reporter or Quiet()
    folder = (root or results_root()) / f"{experiment.name}{FOLDS}"
    check_place("folds", folder)
    dataset = load_dataset(undivided(experiment), needs=())
    by, folds = planned(experiment, dataset, by, count)
    check_folds(experiment, dataset, by, folds)
    todo: list[tuple[str, _FoldOf]] = []
    for number, fold in enumerate(folds, start=1):
        settings = held_out(experiment, dataset, by, fold)
        told = f"fold {number} of {len(folds)}: {by} {fold.text}"
        if has_results(folder / settings.name, settings):
            log.note(f"{told}: trained before")
        else:
            todo.append((told, _FoldOf(settings, folder)))
    if jobs == 1 and todo:
        shelf = Shelf(experiment, dataset, inputs_of(experiment.features).sample_rate, log)
        for told, one in todo:
            log.note(f"{told} is test")
            train(one.settings, log, root=folder, resume=True, shelf=shelf)
    elif todo:
        folder.mkdir(parents=True, exist_ok=True)
        trained = in_processes(
            _train,
            [one for _, one in todo],
            jobs,
            sees=[folder.absolute(), Path(dataset.table["file"].iloc[0])],
        )
        for (told, _), _ in zip(todo, trained, strict=True):
            log.note(f"{told}: trained")
    outcome = _gather(experiment, dataset, folds, folder, by)
    if outcome.pooled.clips < len(dataset):
        log.note(f"{len(dataset) - outcome.pooled.clips} of {len(dataset)} rows were skipped")
    write_atomic(folder / METRICS, json.dumps(outcome.to_dict(), indent=2) + "\n")
    _write_report(experiment, folds, outcome)
    return outcome


@dataclass(frozen=True)
class _FoldOf:
    """A task: a fold's experiment, and where its results go."""

    settings: Experiment
    folder: Path


def _train(one: _FoldOf) -> None:
    """In a process of its own."""
    train(one.settings, root=one.folder, resume=True)


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
    update = {"data": data, "name": _name(experiment, fold), "cross_validation": None}
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


def _name(experiment: Experiment, fold: Fold) -> str:
    """Of a fold's experiment."""
    return f"{experiment.name[: _LONGEST - 1 - len(fold.name)]}.{fold.name}"


def _gather(
    experiment: Experiment, dataset: Dataset, folds: Sequence[Fold], folder: Path, by: str
) -> CrossOutcome:
    found = {fold.name: _read_fold(folder / _name(experiment, fold)) for fold in folds}
    rows = [{"fold": name, **row} for name, (some, _) in found.items() for row in some]
    _check_complete(rows, dataset, skipping=experiment.data.skip_bad_files)
    write_atomic(folder / PREDICTIONS, csv_text(list(rows[0]), [list(row.values()) for row in rows]))
    on_host = bool(host_sections(experiment.features))
    groups = Grouped(dataset, by)
    labels = dataset.labels
    if dataset.numeric:
        reference = fit_of(rows, "float_value", labels, groups.of(rows)).brief()
        fits = {name: fit_of(some, "value", labels, groups.of(some)) for name, (some, _) in found.items()}
        return CrossOutcome(fit_of(rows, "value", labels, groups.of(rows)), fits, reference, folder, on_host)
    if dataset.tags:
        tags = {name: tag_scores_of(some, labels, groups.of(some)) for name, (some, _) in found.items()}
        return CrossOutcome(tag_scores_of(rows, labels, groups.of(rows)), tags, {}, folder, on_host)
    right = sum(accuracy * len(some) for some, accuracy in found.values())
    scores = {
        name: scores_of(some, labels, groups.of(some), ranked=False) for name, (some, _) in found.items()
    }
    pooled = scores_of(rows, labels, groups.of(rows), ranked=True)
    return CrossOutcome(pooled, scores, {"accuracy": right / len(rows)}, folder, on_host)


def _write_report(experiment: Experiment, folds: Sequence[Fold], outcome: CrossOutcome) -> None:
    rows = csv_rows(read_text(outcome.folder / PREDICTIONS, TABLE_BYTES))
    numbers = [(float(row["truth"]), float(row["value"] or "nan")) for row in rows if "truth" in row]
    data = FoldsData(
        title=experiment.name,
        pooled=outcome.pooled,
        folds=outcome.folds,
        figures=figures_of(outcome.pooled),
        spread=outcome.spread,
        tested={fold.name: fold.text for fold in folds},
        truths=[truth for truth, _ in numbers],
        values=[value for _, value in numbers],
        on_host=outcome.on_host,
        experiment=resolved_yaml(experiment),
    )
    (outcome.folder / PLOTS).mkdir(exist_ok=True)
    for name, image in all_fold_plots(data).items():
        write_atomic(outcome.folder / PLOTS / name, image)
    write_atomic(outcome.folder / REPORT, render_folds(data))


def _read_fold(place: Path) -> tuple[list[dict[str, str]], float]:
    """The predictions of a fold, and the accuracy of its float model (0 where it has none)."""
    file = place / PREDICTIONS
    try:
        rows = csv_rows(read_text(file, TABLE_BYTES))
        if not rows:
            raise ValueError("it has no rows")
        file = place / METRICS
        metrics = parse_json(read_bytes(file, RESULT_BYTES), RESULT_BYTES)
        return rows, float((metrics["float"] or {}).get("accuracy", 0.0))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise VoxError(
            f"{file}: cannot be read: {reason}", f"remove {place} to train this fold again"
        ) from None


def _check_complete(rows: Sequence[Mapping[str, str]], dataset: Dataset, *, skipping: bool) -> None:
    """Refuses predictions that are not those of every row, once. skipping: some may be left out, as files
    that cannot be decoded are."""
    wanted = Counter(clips_of(dataset))
    found = Counter(tuple(row.get(column, "") for column in WHICH) for row in rows)
    strange = found - wanted
    lost = Counter() if skipping else wanted - found
    if strange or lost:
        what, clips = ("more than once or not in the data", strange) if strange else ("missing", lost)
        raise VoxError(
            f"the folds have {len(rows)} predictions for {len(dataset)} rows; {what}: {next(iter(clips))[0]}",
            "did the data change while folds were trained? Remove the folder of folds and begin again",
        )
