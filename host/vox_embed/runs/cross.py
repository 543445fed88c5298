"""Cross-validation: every row is test data once, of a model that has not seen its group."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vox_embed.core import LABEL_SILENCE, LABEL_UNKNOWN
from vox_embed.data import Dataset, load_dataset
from vox_embed.data.columns import column_names
from vox_embed.data.dataset import SPLITS
from vox_embed.data.splits import shuffled
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.files import METRICS, PREDICTIONS, RESOLVED
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.results import resolved_yaml, results_root, write_atomic
from vox_embed.experiment.schema import host_sections
from vox_embed.models import need_packages_of
from vox_embed.report.fit import Fit, fit
from vox_embed.report.metrics import Scores, score
from vox_embed.runs.reporter import Quiet, Reporter
from vox_embed.runs.training import train


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
    dataset = load_dataset(experiment)
    folds = plan(experiment, dataset, by, count)
    folder = (root or results_root()) / f"{experiment.name}.folds"
    for number, fold in enumerate(folds, start=1):
        settings = held_out(experiment, by, fold)
        if _is_there(folder / settings.name, settings):
            log.note(f"fold {number} of {len(folds)}: {by} {', '.join(fold.values)}: trained before")
            continue
        log.note(f"fold {number} of {len(folds)}: {by} {', '.join(fold.values)} is test")
        train(settings, log, root=folder, resume=True)
    outcome = _gather(experiment, dataset, folds, folder)
    write_atomic(folder / METRICS, json.dumps(outcome.to_dict(), indent=2) + "\n")
    return outcome


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
        return tuple(Fold(_slug(f"{by}-{value}"), (value,)) for value in values)
    if not 2 <= count <= len(values):
        raise VoxError(f"{count} folds of {len(values)} values of `{by}`", f"choose 2 to {len(values)}")
    seed = experiment.data.split_seed if experiment.data.split_seed is not None else experiment.seed
    drawn = shuffled(values, seed)
    return tuple(Fold(f"{count}-{i + 1}", tuple(sorted(drawn[i::count]))) for i in range(count))


def held_out(experiment: Experiment, by: str, fold: Fold) -> Experiment:
    """The experiment with the fold's rows as test data, and all others for training."""
    databases = {
        name: database.model_copy(
            update={
                "split_strategy": "specified",
                "test": {by: fold.values},
                "dev": {},
                "split_column": None,
                "keep_splits": SPLITS,
            }
        )
        for name, database in experiment.data.databases.items()
    }
    data = experiment.data.model_copy(update={"databases": databases})
    return experiment.model_copy(update={"data": data, "name": f"{experiment.name}.{fold.name}"})


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)


def _is_there(folder: Path, settings: Experiment) -> bool:
    file = folder / RESOLVED
    return file.is_file() and file.read_text(encoding="utf-8") == resolved_yaml(settings)


def _gather(experiment: Experiment, dataset: Dataset, folds: Sequence[Fold], folder: Path) -> CrossOutcome:
    index = {label: i for i, label in enumerate(dataset.labels)}
    index |= {"unknown": LABEL_UNKNOWN, "silence": LABEL_SILENCE} if "unknown" not in index else {}
    on_host = bool(host_sections(experiment.features))
    rows: list[dict[str, str]] = []
    scores: dict[str, Scores | Fit] = {}
    right = 0.0
    for fold in folds:
        place = folder / f"{experiment.name}.{fold.name}"
        with (place / PREDICTIONS).open(encoding="utf-8", newline="") as lines:
            found = list(csv.DictReader(lines))
        rows += [{"fold": fold.name, **row} for row in found]
        if dataset.numeric:
            scores[fold.name] = _fit(found, "value", dataset.labels)
        else:
            scores[fold.name] = _scores(found, index, dataset.labels)
            metrics = json.loads((place / METRICS).read_text(encoding="utf-8"))
            right += metrics["float"]["accuracy"] * len(found)
    text = [",".join(_cell(name) for name in rows[0])]
    text += [",".join(_cell(value) for value in row.values()) for row in rows]
    write_atomic(folder / PREDICTIONS, "\n".join(text) + "\n")
    if dataset.numeric:
        reference = _fit(rows, "float_value", dataset.labels).brief()
        return CrossOutcome(_fit(rows, "value", dataset.labels), scores, reference, folder, on_host)
    pooled = _scores(rows, index, dataset.labels)
    return CrossOutcome(pooled, scores, {"accuracy": right / len(rows)}, folder, on_host)


def _fit(rows: Sequence[dict[str, str]], column: str, labels: tuple[str, ...]) -> Fit:
    return fit([float(row["truth"]) for row in rows], [float(row[column] or "nan") for row in rows], labels)


def _scores(rows: Sequence[dict[str, str]], index: dict[str, int], labels: tuple[str, ...]) -> Scores:
    truth = np.array([index[row["label"]] for row in rows], np.int64)
    predicted = np.array([index.get(row["predicted"], LABEL_UNKNOWN) for row in rows], np.int64)
    return score(truth, predicted, labels)


def _cell(value: str) -> str:
    return f'"{value.replace(chr(34), chr(34) * 2)}"' if re.search(r'[",\n]', value) else value
