"""From an experiment to its results: data, training, int8 program, .vxm, evaluation, report."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Model
from vox_embed.data import Dataset, load_dataset
from vox_embed.data.clips import load_clips
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.results import building, results_root, write_atomic, write_provenance
from vox_embed.features.cache import FeatureCache, default_cache_dir
from vox_embed.features.configured import extractor_of, features_of
from vox_embed.features.opensmile import Beside, OpenSmile
from vox_embed.models import estimator_of
from vox_embed.program.build import decision_of
from vox_embed.report.fit import Fit
from vox_embed.report.html import render
from vox_embed.report.metrics import points_lost
from vox_embed.report.pictures import all_plots
from vox_embed.report.text import report_text
from vox_embed.runs.assemble import assemble
from vox_embed.runs.content import Trained, report_data
from vox_embed.runs.evaluate import Evaluation, evaluate_float, evaluate_integer
from vox_embed.runs.reporter import Log, Quiet, Reporter

FLOAT_MODEL = "model.float.npz"
INTEGER_MODEL = "model.vxm"

Part = tuple[Dataset, list[NDArray[np.int16]], NDArray[Any]]
"""Rows, their sound, their labels' indices; of a regression their numbers."""


@dataclass(frozen=True)
class Outcome:
    """An evaluated model."""

    integer: Evaluation
    reference: Evaluation | None
    """Of the float model; None where it is not at hand."""
    model_bytes: int
    model: Path
    on_host: bool = False
    """The features are openSMILE's: there is the float model alone, in `integer` as in `reference`, and
    `model` is its file."""

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        if self.on_host:
            return {"integer": None, "float": self.integer.scores.brief(), "model": str(self.model)}
        return {
            "integer": self.integer.scores.brief(),
            "float": None if self.reference is None else self.reference.scores.brief(),
            **self._difference(),
            "model_bytes": self.model_bytes,
            "model": str(self.model),
        }

    def _difference(self) -> dict[str, float | None]:
        """What integers cost: points of accuracy, or a regression's values apart from the float model's."""
        integer, reference = self.integer, self.reference
        if integer.values is not None:
            if reference is None or reference.values is None:
                return {"largest_difference": None}
            apart = np.abs(integer.values - reference.values)
            return {"largest_difference": float(np.nanmax(apart))}
        if reference is None or isinstance(integer.scores, Fit) or isinstance(reference.scores, Fit):
            return {"points_lost": None}
        return {"points_lost": points_lost(integer.scores.accuracy, reference.scores.accuracy)}


def train(
    experiment: Experiment,
    reporter: Reporter | None = None,
    *,
    root: Path | None = None,
    resume: bool = False,
) -> Outcome:
    """Run an experiment; its results go to `<root>/<name>` (see `results_root`).

    Nothing there changes before everything is done: an interrupted run leaves the earlier results as they
    were, and can be taken up again with `resume`. Raises VoxError for whatever the user can mend.
    """
    log = Log(reporter or Quiet())
    dataset = load_dataset(experiment)
    features = extractor_of(experiment.features)
    cache = FeatureCache(default_cache_dir())
    estimator = estimator_of(experiment, features, dataset.labels, cache)
    if not isinstance(features, OpenSmile | Beside):
        decision_of(experiment, features, dataset.labels)  # refuses now what would be refused after training
    dataset, clips = _read(experiment, dataset, features.sample_rate, log)
    parts = {split: _part(dataset, clips, split) for split in ("train", "dev", "test")}

    root = root or results_root()
    with building(experiment.name, root=root, resume=resume) as folder:
        with log.task("Extracting features", "files") as advance:
            estimator.fit(
                *parts["train"][1:],
                *parts["dev"][1:],
                progress=log.epoch,
                checkpoint=folder / "checkpoint",
                extracting=advance,
            )
        log.note(estimator.stopped_)
        if isinstance(features, OpenSmile | Beside):
            rows, test_clips, truth = parts["test"]
            found = evaluate_float(estimator, test_clips, truth)
            outcome = Outcome(found, found, 0, root / experiment.name / FLOAT_MODEL, on_host=True)
            log.keep(report_text(found.scores, name="float"))
            write_provenance(folder, experiment)
            (folder / FLOAT_MODEL).write_bytes(estimator.to_bytes())
            write_evaluation(folder, outcome, rows, list(dataset.labels))
            write_atomic(folder / "train.log", log.text())
            return outcome
        made = assemble(experiment, features, estimator)
        vxm = made.vxm
        model = Model(vxm)
        rows, test_clips, truth = parts["test"]
        integer = evaluate_integer(model, test_clips, truth, log, regression=dataset.numeric)
        reference = evaluate_float(estimator, test_clips, truth)
        outcome = Outcome(integer, reference, len(vxm), root / experiment.name / INTEGER_MODEL)
        log.keep(report_text(integer.scores, reference.scores))

        write_provenance(folder, experiment)
        trained = Trained(
            model,
            vxm,
            made.program,
            made.parameters,
            estimator.history_,
            estimator.best_epoch_,
            made.functionals,
        )
        data = report_data(
            experiment, dataset, trained, integer=integer, reference=reference.scores, test=rows
        )
        (folder / INTEGER_MODEL).write_bytes(vxm)
        (folder / FLOAT_MODEL).write_bytes(estimator.to_bytes())
        for name, content in made.files.items():
            (folder / name).write_bytes(content)
        write_evaluation(folder, outcome, rows, model.labels)
        (folder / "plots").mkdir(exist_ok=True)
        for name, image in all_plots(data).items():
            (folder / "plots" / name).write_bytes(image)
        write_atomic(folder / "report.html", render(data))
        write_atomic(folder / "train.log", log.text())
    return outcome


def evaluate_model(
    experiment: Experiment, vxm_path: Path, float_path: Path | None, reporter: Reporter | None = None
) -> tuple[Outcome, Dataset]:
    """Evaluate a model on the test rows of an experiment, and the float model beside it where its file is
    there.

    Returns the outcome and the test rows. Raises VoxError where model and experiment do not belong together.
    """
    log = reporter or Quiet()
    model = open_model(vxm_path)
    dataset = load_dataset(experiment)
    _check_fits(model, experiment, dataset, vxm_path)
    rows, clips = _read(experiment, dataset.select("test"), model.sample_rate, log)
    truth = rows.values if rows.numeric else rows.targets
    integer = evaluate_integer(model, clips, truth, log, regression=rows.numeric)
    reference = None
    if float_path is not None and float_path.exists():
        estimator = estimator_of(experiment, features_of(experiment.features), model.labels)
        reference = evaluate_float(estimator.load_bytes(float_path.read_bytes()), clips, truth)
    return Outcome(integer, reference, model.size, vxm_path), rows


def evaluate_on_host(
    experiment: Experiment, float_path: Path, reporter: Reporter | None = None
) -> tuple[Outcome, Dataset]:
    """The same for a model of openSMILE's features, of which there is the float model only."""
    if not float_path.is_file():
        raise VoxError(f"`{experiment.name}` has not been trained: there is no {float_path}")
    log = reporter or Quiet()
    dataset = load_dataset(experiment)
    rows, clips = _read(experiment, dataset.select("test"), experiment.features.sample_rate, log)
    cache = FeatureCache(default_cache_dir())
    estimator = estimator_of(experiment, extractor_of(experiment.features), dataset.labels, cache)
    truth = rows.values if rows.numeric else rows.targets
    found = evaluate_float(estimator.load_bytes(float_path.read_bytes()), clips, truth)
    return Outcome(found, found, 0, float_path, on_host=True), rows


def open_model(path: Path) -> Model:
    """A .vxm that hears, or VoxError naming the file."""
    try:
        model = Model(path.read_bytes())
    except ValueError as error:
        raise VoxError(f"{path}: {error.args[1]}", "export or copy it again") from None
    if not model.hears:
        raise VoxError(f"{path}: a bare network without front end and labels cannot be evaluated on sound")
    return model


def write_evaluation(folder: Path, outcome: Outcome, rows: Dataset, labels: list[str]) -> None:
    """metrics.json and predictions.csv."""
    reference = outcome.reference
    metrics = {
        **outcome.to_dict(),
        "integer_details": None if outcome.on_host else outcome.integer.scores.to_dict(),
        "float_details": None if reference is None else reference.scores.to_dict(),
    }
    write_atomic(folder / "metrics.json", json.dumps(metrics, indent=2) + "\n")
    text = _values(rows, outcome) if rows.numeric else _predictions(rows, labels, outcome.integer)
    write_atomic(folder / "predictions.csv", text)


def _read(
    experiment: Experiment, dataset: Dataset, sample_rate: int, log: Reporter
) -> tuple[Dataset, list[NDArray[np.int16]]]:
    with log.task("Reading audio", "files") as advance:
        dataset, clips = load_clips(
            dataset,
            sample_rate,
            skip_bad_files=experiment.data.skip_bad_files,
            trim_zeros=experiment.data.trim_zeros,
            progress=advance,
        )
    for note in dataset.notes:
        log.note(note)
    return dataset, clips


def _part(dataset: Dataset, clips: list[NDArray[np.int16]], split: str) -> Part:
    chosen = dataset.table["split"].to_numpy() == split
    rows = dataset.select(split)
    truth = rows.values if rows.numeric else rows.targets
    return rows, [clip for clip, taken in zip(clips, chosen, strict=True) if taken], truth


def _check_fits(model: Model, experiment: Experiment, dataset: Dataset, path: Path) -> None:
    rate = experiment.features.sample_rate
    if model.sample_rate != rate:
        raise VoxError(
            f"{path}: a model for {model.sample_rate} Hz, but the experiment has "
            f"features.sample_rate: {rate}",
            "train the experiment again, or name the model that belongs to it",
        )
    if not dataset.numeric and tuple(model.labels) != dataset.labels:
        raise VoxError(
            f"{path}: the model's labels ({', '.join(model.labels)}) are not the experiment's "
            f"({', '.join(dataset.labels)})",
            "train the experiment again, or name the model that belongs to it",
        )


def _predictions(rows: Dataset, labels: list[str], evaluation: Evaluation) -> str:
    names = {-1: "unknown", -2: "silence", **dict(enumerate(labels))}
    heads = ["label", "predicted", "score", *(f"score_{x}" for x in labels)]
    found = [
        [label, names[int(chosen)], f"{sure:.5f}", *(f"{value:.5f}" for value in scores)]
        for label, chosen, sure, scores in zip(
            rows.table["label"],
            evaluation.predicted,
            evaluation.confidence,
            evaluation.posteriors,
            strict=True,
        )
    ]
    return _table(rows, heads, found)


def _values(rows: Dataset, outcome: Outcome) -> str:
    """Of a regression: what each clip has, and the values of the integer and the float model."""
    models = [None if one is None else one.values for one in (outcome.integer, outcome.reference)]
    found = [
        [
            label,
            *("" if values is None or math.isnan(values[i]) else f"{values[i]:.6g}" for values in models),
        ]
        for i, label in enumerate(rows.table["label"])
    ]
    return _table(rows, ["truth", "value", "float_value"], found)


def _table(rows: Dataset, heads: list[str], found: list[list[str]]) -> str:
    """CSV: which clip, and what was found of it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    which = ("file", "start", "end", "speaker")
    writer.writerow([*which, *heads])
    for row, cells in zip(zip(*(rows.table[c] for c in which), strict=True), found, strict=True):
        clip = ["" if isinstance(cell, float) and math.isnan(cell) else cell for cell in row]
        writer.writerow([*clip, *cells])
    return out.getvalue()
