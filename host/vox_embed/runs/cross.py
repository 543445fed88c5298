"""Cross-validation: every row is test data once, of a model that has not seen its group."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vox_embed.data import Dataset, load_dataset
from vox_embed.data.cluster import Cluster
from vox_embed.data.processes import in_processes
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.files import FOLDS, METRICS, PLOTS, PREDICTIONS, REPORT
from vox_embed.experiment.results import check_place, has_results, resolved_yaml, results_root
from vox_embed.experiment.schema import host_sections
from vox_embed.features.host import inputs_of
from vox_embed.gate.files import read_bytes, read_text, write_atomic
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import RESULT_BYTES, TABLE_BYTES
from vox_embed.gate.tables import csv_rows, csv_text
from vox_embed.models import need_packages_of
from vox_embed.report.content import AnyScores
from vox_embed.report.fit import Fit
from vox_embed.report.folds_page import FoldsData, all_fold_plots, render_folds
from vox_embed.runs.folds import Grouped, figures_of, fit_of, scores_of, spread, tag_scores_of
from vox_embed.runs.planning import Fold, check_folds, held_out, name_of, planned, undivided
from vox_embed.runs.reporter import Quiet, Reporter
from vox_embed.runs.shelf import Shelf
from vox_embed.runs.training import train
from vox_embed.runs.written import WHICH, clips_of


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


def _gather(
    experiment: Experiment, dataset: Dataset, folds: Sequence[Fold], folder: Path, by: str
) -> CrossOutcome:
    found = {fold.name: _read_fold(folder / name_of(experiment, fold)) for fold in folds}
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
