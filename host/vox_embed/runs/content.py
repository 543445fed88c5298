"""From the values of a run to what its report shows."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vox_embed.data import Dataset
from vox_embed.data.dataset import SPLITS
from vox_embed.data.groups import groups_of
from vox_embed.data.sounds import Sounds
from vox_embed.data.tagging import text_of
from vox_embed.experiment import Experiment
from vox_embed.experiment.results import environment, resolved_yaml
from vox_embed.explore.bias import Bias, biases
from vox_embed.explore.columns import columns_of
from vox_embed.features.host import Inputs
from vox_embed.models import ClipEstimator
from vox_embed.program.vxm import read_sections
from vox_embed.report.content import (
    ColumnScores,
    Curves,
    Layer,
    ModelFacts,
    ReportData,
    Split,
    confident_mistakes,
    largest_errors,
    wrong_tags,
)
from vox_embed.runs.assemble import Assembled
from vox_embed.runs.evaluation import Evaluation
from vox_embed.runs.outcome import Outcome


def report_data(  # noqa: PLR0917
    experiment: Experiment,
    sounds: Sounds,
    inputs: Inputs,
    estimator: ClipEstimator,
    made: Assembled | None,
    outcome: Outcome,
    told: Sequence[str] = (),
) -> ReportData:
    """The report of a training run. made: None where no device can run the model. told: more notes."""
    seen = [("features", inputs.description)]
    if estimator.functionals_ is not None:
        seen.append(("functionals", estimator.functionals_.description))
    parameters = estimator.parameters_ if made is None else made.parameters
    size = outcome.model_bytes
    dataset = sounds.rows
    return ReportData(
        title=experiment.name,
        summary="; ".join(
            [*(text for _, text in seen), f"{experiment.model.type}, {parameters:,} parameters"]
        ),
        integer=None if outcome.integer is None else outcome.integer.scores,
        float_scores=None if outcome.reference is None else outcome.reference.scores,
        model=ModelFacts(size, parameters, facts=tuple(seen)) if made is None else _facts(made, seen),
        splits=tuple(_split(dataset, name) for name in SPLITS),
        notes=(*dataset.notes, *told),
        **_answers(outcome.shown, dataset.select("test")),
        by_column=tuple(
            ColumnScores(one.column, one.p, one.differs, one.parts)
            for one in biases_of(sounds.select("test"), outcome.shown, inputs.sample_rate)
        ),
        curves=_curves(estimator) if estimator.history_ else None,
        experiment=resolved_yaml(experiment),
        environment=_environment(),
    )


def biases_of(test: Sounds, found: Evaluation, rate: int) -> tuple[Bias, ...]:
    """The answers to test clips by what is known of them."""
    rows = test.rows
    if found.tags is not None:
        combined = rows.by_combination()
        right = (found.tags == rows.indicator).all(axis=1).astype(np.float64)
        columns = columns_of(replace(test, rows=combined), rate)
        return biases(list(columns), right, combined.targets, groups_of(rows), errors=False)
    heard = np.ones(len(rows), bool) if found.values is None else ~np.isnan(found.values)
    if found.values is None:
        quality = (found.predicted == rows.targets).astype(np.float64)
    else:
        quality = np.abs(np.where(heard, found.values, rows.values) - rows.values)
    chosen = np.flatnonzero(heard)
    if len(chosen) < 2:
        return ()
    return biases(
        [column.at(heard) for column in columns_of(test, rate)],
        quality[heard],
        rows.targets[heard],
        groups_of(rows).at(chosen),
        errors=found.values is not None,
    )


def _answers(found: Evaluation, test: Dataset) -> dict[str, Any]:
    """What the report says of the single test clips."""
    paths = _below_all([str(file) for file in test.table["file"]])
    if found.tags is not None:
        wanted = [text_of(np.array(test.labels)[row]) for row in test.indicator]
        answers = [text_of(np.array(test.labels)[row]) for row in found.tags]
        wrong = (found.tags != test.indicator).any(axis=1)
        return {"mistakes": wrong_tags(paths, wanted, answers, wrong)}
    if found.values is not None:
        return {
            "truths": tuple(test.values.tolist()),
            "values": tuple(found.values.tolist()),
            "mistakes": largest_errors(paths, test.values, found.values),
        }
    correct = found.predicted == test.targets
    return {
        "answer_scores": tuple(found.confidence.tolist()),
        "answer_correct": tuple(correct.tolist()),
        "mistakes": confident_mistakes(paths, test.targets, found.predicted, found.confidence, test.labels),
    }


def _below_all(paths: list[str]) -> list[str]:
    """From the folder that all files lie in: a report shows none of its computer's folders."""
    try:
        common = os.path.commonpath([os.path.dirname(path) for path in paths])  # noqa: PTH120
    except ValueError:  # of several drives, or partly relative; or none
        return paths
    return [Path(os.path.relpath(path, common)).as_posix() for path in paths] if common else paths


def _facts(made: Assembled, seen: Sequence[tuple[str, str]]) -> ModelFacts:
    model = made.model
    return ModelFacts(
        size=len(made.vxm),
        parameters=made.parameters,
        macs=made.program.macs,
        arena=model.arena_size,
        listener=model.listener_size,
        sections=tuple((tag, len(data)) for tag, data in read_sections(made.vxm).items()),
        layers=tuple(
            Layer(row.kind, row.shape[1:], row.weight_bytes, row.macs) for row in made.program.describe()
        ),
        facts=(*seen, ("CRC-32", f"{model.crc:08x}")),
    )


def _split(dataset: Dataset, name: str) -> Split:
    rows = dataset.select(name)
    table = rows.table
    found = rows.indicator.sum(axis=0)
    counts = dict(zip(dataset.labels, found.tolist(), strict=True))
    speakers = int(table["speaker"].nunique())
    return Split(name, counts, float(table["duration"].sum()), speakers or None)


def _curves(estimator: ClipEstimator) -> Curves:
    history = estimator.history_
    dev = [e for e in history if not math.isnan(e.dev_loss)]
    loss = {"train": tuple(e.loss for e in history)}
    accuracy = {}
    if dev:
        loss["dev"] = tuple(e.dev_loss for e in dev)
        accuracy["dev"] = tuple(e.dev_accuracy for e in dev)
    return Curves(loss, accuracy, estimator.best_epoch_)


def _environment() -> dict[str, str]:
    values = environment()
    packages = values.pop("packages")
    return {**{key: str(value) for key, value in values.items()}, **packages}
