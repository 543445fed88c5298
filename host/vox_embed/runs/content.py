"""From the values of a run to what its report shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from vox_embed.core import Model
from vox_embed.data import Dataset
from vox_embed.experiment import Experiment
from vox_embed.experiment.results import environment, resolved_yaml
from vox_embed.features import Functionals
from vox_embed.features.configured import features_of
from vox_embed.models import Epoch
from vox_embed.program.program import Program
from vox_embed.program.vxm import read_sections
from vox_embed.report.content import (
    Curves,
    Layer,
    ModelFacts,
    ReportData,
    Split,
    confident_mistakes,
    largest_errors,
)
from vox_embed.report.fit import Fit
from vox_embed.report.metrics import Scores
from vox_embed.runs.evaluate import Evaluation


@dataclass(frozen=True)
class Trained:
    """A finished model and how it came about."""

    model: Model
    vxm: bytes
    program: Program
    parameters: int
    history: tuple[Epoch, ...]
    best_epoch: int
    functionals: Functionals | None
    """None where the model sees frames."""


def report_data(
    experiment: Experiment,
    dataset: Dataset,
    trained: Trained,
    *,
    integer: Evaluation,
    reference: Scores | Fit,
    test: Dataset,
) -> ReportData:
    """The report of a training run."""
    return ReportData(
        title=experiment.name,
        summary=_summary(experiment, trained),
        integer=integer.scores,
        float_scores=reference,
        model=_facts(experiment, trained),
        splits=tuple(_split(dataset, name) for name in ("train", "dev", "test")),
        notes=dataset.notes,
        **_answers(integer, test),
        curves=_curves(trained) if trained.history else None,
        experiment=resolved_yaml(experiment),
        environment=_environment(),
    )


def _answers(integer: Evaluation, test: Dataset) -> dict[str, Any]:
    """What the report says of the single test clips."""
    files = [str(file) for file in test.table["file"]]
    if integer.values is not None:
        return {
            "truths": tuple(test.values.tolist()),
            "values": tuple(integer.values.tolist()),
            "mistakes": largest_errors(files, test.values, integer.values),
        }
    correct = integer.predicted == test.targets
    return {
        "answer_scores": tuple(integer.confidence.tolist()),
        "answer_correct": tuple(correct.tolist()),
        "mistakes": confident_mistakes(
            files, test.targets, integer.predicted, integer.confidence, test.labels
        ),
    }


def _summary(experiment: Experiment, trained: Trained) -> str:
    model = f"{experiment.model.type}, {trained.parameters:,} parameters"
    facts = dict(_seen(experiment, trained))
    return "; ".join([*facts.values(), model])


def _seen(experiment: Experiment, trained: Trained) -> list[tuple[str, str]]:
    """What the model sees, in the words of the extractor itself."""
    features = features_of(experiment.features)
    seen = [("features", f"{features.description}, {features.framing}")]
    if trained.functionals is not None:
        seen.append(("functionals", trained.functionals.description))
    return seen


def _facts(experiment: Experiment, trained: Trained) -> ModelFacts:
    return ModelFacts(
        size=len(trained.vxm),
        parameters=trained.parameters,
        macs=trained.program.macs,
        arena=trained.model.arena_size,
        listener=trained.model.listener_size,
        sections=tuple((tag, len(data)) for tag, data in read_sections(trained.vxm).items()),
        layers=tuple(
            Layer(row.kind, row.shape[1:], row.weight_bytes, row.macs) for row in trained.program.describe()
        ),
        facts=(*_seen(experiment, trained), ("CRC-32", f"{trained.model.crc:08x}")),
    )


def _split(dataset: Dataset, name: str) -> Split:
    rows = dataset.select(name)
    table = rows.table
    found = np.bincount(rows.targets, minlength=len(dataset.labels))
    counts = dict(zip(dataset.labels, found.tolist(), strict=True))
    speakers = int(table["speaker"].nunique())
    return Split(name, counts, float(table["duration"].sum()), speakers or None)


def _curves(trained: Trained) -> Curves:
    history = trained.history
    dev = [e for e in history if not math.isnan(e.dev_loss)]
    loss = {"train": tuple(e.loss for e in history)}
    accuracy = {}
    if dev:
        loss["dev"] = tuple(e.dev_loss for e in dev)
        accuracy["dev"] = tuple(e.dev_accuracy for e in dev)
    return Curves(loss, accuracy, trained.best_epoch)


def _environment() -> dict[str, str]:
    values = environment()
    packages = values.pop("packages")
    return {**{key: str(value) for key, value in values.items()}, **packages}
