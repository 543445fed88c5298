"""Cross-validation: every row is test data once, of a model that has not seen its group."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vox_embed.data import Dataset, load_dataset
from vox_embed.data.columns import column_names
from vox_embed.data.dataset import SPLITS
from vox_embed.data.groups import Groups, groups_of
from vox_embed.data.splits import shuffled
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.files import METRICS, PREDICTIONS, RESOLVED
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.results import resolved_yaml, results_root, write_atomic
from vox_embed.experiment.schema import host_sections
from vox_embed.models import need_packages_of
from vox_embed.report.fit import Fit, fit
from vox_embed.report.metrics import SILENCE, UNKNOWN, Scores, score, verdict_name
from vox_embed.runs.reporter import Quiet, Reporter
from vox_embed.runs.training import train

_UNDIVIDED = {
    "test": {},
    "test_size": 20.0,
    "dev": {},
    "dev_size": None,
    "split_column": None,
    "keep_splits": SPLITS,
}
"""Settings of a database that nothing is left to: the defaults."""
_LONGEST = 64  # characters of an experiment's name


@dataclass(frozen=True)
class Fold:
    """One part of the data: the values of the column that are test data in it."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CrossOutcome:
    """The scores of all folds, and of all rows together."""

    pooled: Scores | Fit
    folds: Mapping[str, Scores | Fit]
    reference: Mapping[str, Any]
    """Of the folds' float models, all rows together: figures as in `Scores.brief`, accuracy only, or as in
    `Fit.brief`."""
    folder: Path
    on_host: bool = False
    """There are float models only, and all scores are theirs."""

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "integer": None if self.on_host else self.pooled.brief(),
            "float": self.pooled.brief() if self.on_host else dict(self.reference),
            "folds": {name: {**fold.brief(), "clips": fold.clips} for name, fold in self.folds.items()},
            "folder": str(self.folder),
        }


def cross_validate(
    experiment: Experiment,
    by: str = "speaker",
    count: int | None = None,
    reporter: Reporter | None = None,
    *,
    root: Path | None = None,
) -> CrossOutcome:
    """Train once for every value of the column `by`, or for `count` groups of them drawn by the seed, and
    test on its rows.

    The splits of the experiment are not used; its seed, and all else, is. Each fold has a results folder of
    its own in `<root>/<name>.folds`; folds that are there already, of the same experiment, are not trained
    again. Raises VoxError where the column is missing or has one value only.
    """
    need_packages_of(experiment)
    log = reporter or Quiet()
    dataset = load_dataset(undivided(experiment), needs=())
    folds = plan(experiment, dataset, by, count)
    folder = (root or results_root()) / f"{experiment.name}.folds"
    for number, fold in enumerate(folds, start=1):
        settings = held_out(experiment, dataset, by, fold)
        if _is_there(folder / settings.name, settings):
            log.note(f"fold {number} of {len(folds)}: {by} {', '.join(fold.values)}: trained before")
            continue
        log.note(f"fold {number} of {len(folds)}: {by} {', '.join(fold.values)} is test")
        train(settings, log, root=folder, resume=True)
    outcome = _gather(experiment, dataset, folds, folder, by)
    write_atomic(folder / METRICS, json.dumps(outcome.to_dict(), indent=2) + "\n")
    return outcome


def undivided(experiment: Experiment) -> Experiment:
    """The experiment with all rows of all databases, which no split has to fit."""
    databases = {
        name: database.model_copy(update={**_UNDIVIDED, "split_strategy": "test"})
        for name, database in experiment.data.databases.items()
    }
    return experiment.model_copy(update={"data": experiment.data.model_copy(update={"databases": databases})})


def plan(experiment: Experiment, dataset: Dataset, by: str, count: int | None) -> tuple[Fold, ...]:
    """The folds, in the order of their names."""
    cells = dataset.column(by)
    if cells is None or cells.isna().all():
        raise VoxError(
            f"the data has no column `{by}`", did_you_mean(by, column_names(dataset.table), "columns")
        )
    if cells.isna().any():
        file = dataset.table.loc[cells.isna(), "file"].iloc[0]
        raise VoxError(f"{file}: no {by}, so that it belongs to no fold", "fill it in, or filter it out")
    values = sorted({str(value) for value in cells})
    if len(values) < 2:
        raise VoxError(f"column `{by}` has one value only (`{values[0]}`): there is nothing to hold out")
    if count is None:
        return tuple(Fold(name, (value,)) for name, value in zip(_names(by, values), values, strict=True))
    if not 2 <= count <= len(values):
        raise VoxError(f"{count} folds of {len(values)} values of `{by}`", f"choose 2 to {len(values)}")
    seed = experiment.data.split_seed if experiment.data.split_seed is not None else experiment.seed
    drawn = shuffled(values, seed)
    return tuple(Fold(f"{count}-{i + 1}", tuple(sorted(drawn[i::count]))) for i in range(count))


def held_out(experiment: Experiment, dataset: Dataset, by: str, fold: Fold) -> Experiment:
    """The experiment with the fold's rows as test data, and all others for training."""
    cells = dataset.column(by)
    assert cells is not None
    tested = cells.map(str).isin(fold.values)
    databases = {
        name: database.model_copy(
            update={
                **_UNDIVIDED,
                **_split(tested[dataset.table["database"] == name].tolist(), by, fold),
            }
        )
        for name, database in experiment.data.databases.items()
    }
    data = experiment.data.model_copy(update={"databases": databases})
    return experiment.model_copy(update={"data": data, "name": _name(experiment, fold)})


def _split(tested: Sequence[bool], by: str, fold: Fold) -> dict[str, Any]:
    """Settings of a database, of whose rows these are test data: all, none or some."""
    if all(tested) or not any(tested):
        return {"split_strategy": "test" if all(tested) else "train"}
    return {"split_strategy": "specified", "test": {by: fold.values}}


def _names(by: str, values: Sequence[str]) -> list[str]:
    """Names for folders, no two of which are the same to any file system."""
    names: list[str] = []
    for value in values:
        name = start = re.sub(r"[^A-Za-z0-9._-]+", "_", f"{by}-{value}")[:24]
        number = 2
        while name.lower() in (other.lower() for other in names):
            name, number = f"{start}-{number}", number + 1
        names.append(name)
    return names


def _name(experiment: Experiment, fold: Fold) -> str:
    """Of a fold's experiment."""
    return f"{experiment.name[: _LONGEST - 1 - len(fold.name)]}.{fold.name}"


def _is_there(folder: Path, settings: Experiment) -> bool:
    file = folder / RESOLVED
    return file.is_file() and file.read_text(encoding="utf-8") == resolved_yaml(settings)


def _gather(
    experiment: Experiment, dataset: Dataset, folds: Sequence[Fold], folder: Path, by: str
) -> CrossOutcome:
    index = {verdict_name(verdict, dataset.labels): verdict for verdict in (UNKNOWN, SILENCE)}
    index |= {label: i for i, label in enumerate(dataset.labels)}
    on_host = bool(host_sections(experiment.features))
    groups = _Grouped(dataset, by)
    rows: list[dict[str, str]] = []
    scores: dict[str, Scores | Fit] = {}
    right = 0.0
    for fold in folds:
        place = folder / _name(experiment, fold)
        with (place / PREDICTIONS).open(encoding="utf-8", newline="") as lines:
            found = list(csv.DictReader(lines))
        rows += [{"fold": fold.name, **row} for row in found]
        if dataset.numeric:
            scores[fold.name] = _fit(found, "value", dataset.labels, groups.of(found))
        else:
            scores[fold.name] = _scores(found, index, dataset.labels, groups.of(found))
            metrics = json.loads((place / METRICS).read_text(encoding="utf-8"))
            right += metrics["float"]["accuracy"] * len(found)
    write_atomic(folder / PREDICTIONS, _table(rows))
    if dataset.numeric:
        reference = _fit(rows, "float_value", dataset.labels, groups.of(rows)).brief()
        return CrossOutcome(
            _fit(rows, "value", dataset.labels, groups.of(rows)), scores, reference, folder, on_host
        )
    pooled = _scores(rows, index, dataset.labels, groups.of(rows))
    return CrossOutcome(pooled, scores, {"accuracy": right / len(rows)}, folder, on_host)


class _Grouped:
    """Which rows of predictions.csv belong together: by `data.group`, speakers, or else the folds' column."""

    def __init__(self, dataset: Dataset, by: str) -> None:
        speakers = dataset.table["speaker"].notna().any()
        self._groups = groups_of(dataset, None if dataset.group is not None or speakers else by)
        cells = zip(*(dataset.table[name] for name in ("file", "start", "end")), strict=True)
        self._place = {self._key(*map(str, row)): i for i, row in enumerate(cells)}

    @staticmethod
    def _key(file: str, start: str, end: str) -> tuple[str, str, str]:
        return file, start, "" if end == "nan" else end

    def of(self, rows: Sequence[dict[str, str]]) -> Groups:
        """The groups of these rows."""
        places = np.array([self._place[self._key(row["file"], row["start"], row["end"])] for row in rows])
        if len(places) == len(self._place):
            return Groups(self._groups.members[places], self._groups.kinds)
        return self._groups.at(places)


def _fit(rows: Sequence[dict[str, str]], column: str, labels: tuple[str, ...], groups: Groups) -> Fit:
    truth = [float(row["truth"]) for row in rows]
    return fit(truth, [float(row[column] or "nan") for row in rows], labels, groups=groups)


def _scores(
    rows: Sequence[dict[str, str]], index: dict[str, int], labels: tuple[str, ...], groups: Groups
) -> Scores:
    truth = np.array([index[row["label"]] for row in rows], np.int64)
    predicted = np.array([index[row["predicted"]] for row in rows], np.int64)
    return score(truth, predicted, labels, groups=groups)


def _table(rows: Sequence[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
