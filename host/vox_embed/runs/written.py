"""The scores of a run as files: metrics.json and predictions.csv."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vox_embed.data import Dataset
from vox_embed.data.sounds import Sounds
from vox_embed.data.tagging import text_of
from vox_embed.experiment import files
from vox_embed.gate.files import write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.gate.text import visible
from vox_embed.models import ClipEstimator, FinetunedTransformer
from vox_embed.report.metrics import answer_names
from vox_embed.runs.evaluation import Evaluation
from vox_embed.runs.outcome import Outcome

WHICH = ("file", "start", "end", "speaker")


def write_evaluation(folder: Path, outcome: Outcome, rows: Dataset) -> None:
    """Write both files; rows: the clips that were evaluated."""
    integer, reference = outcome.integer, outcome.reference
    metrics = {
        **outcome.to_dict(),
        "integer_details": None if integer is None else integer.scores.to_dict(),
        "float_details": None if reference is None else reference.scores.to_dict(),
    }
    write_atomic(folder / files.METRICS, json.dumps(metrics, indent=2) + "\n")
    text = _values(rows, outcome) if rows.numeric else _predictions(rows, outcome.shown)
    if outcome.shown.tags is not None:
        text = _of_tags(rows, outcome.shown)
    write_atomic(folder / files.PREDICTIONS, text)


def _predictions(rows: Dataset, evaluation: Evaluation) -> str:
    labels = evaluation.scores.labels
    names = answer_names(labels)
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
    return _table(rows, ["label", "predicted", "score", *(f"score_{x}" for x in labels)], found)


def _of_tags(rows: Dataset, evaluation: Evaluation) -> str:
    """Of tags: those that each clip has, those it is said to have, and the score of each."""
    labels = evaluation.scores.labels
    assert evaluation.tags is not None
    found = [
        [label, text_of(np.array(labels)[tags]), *(f"{value:.5f}" for value in scores)]
        for label, tags, scores in zip(
            rows.table["label"], evaluation.tags, evaluation.posteriors, strict=True
        )
    ]
    return _table(rows, ["label", "predicted", *(f"score_{x}" for x in labels)], found)


def _values(rows: Dataset, outcome: Outcome) -> str:
    """Of a regression: what each clip has, and the values of the model and of the float model."""
    models = [None if one is None else one.values for one in (outcome.shown, outcome.reference)]
    found = [
        [
            label,
            *("" if values is None or math.isnan(values[i]) else f"{values[i]:.6g}" for values in models),
        ]
        for i, label in enumerate(rows.table["label"])
    ]
    return _table(rows, ["truth", "value", "float_value"], found)


def _table(rows: Dataset, heads: Sequence[str], found: Sequence[Sequence[str]]) -> str:
    """CSV: which clip, and what was found of it."""
    which = clips_of(rows)
    return csv_text([*WHICH, *heads], [[*clip, *cells] for clip, cells in zip(which, found, strict=True)])


def write_logits(folder: Path, sounds: Sounds, estimator: ClipEstimator) -> None:
    """logits.csv, where it is asked for: for every clip its split, its label, and what the head gives."""
    if not isinstance(estimator, FinetunedTransformer) or not estimator.model.logits:
        return
    found = estimator.logits(sounds)
    table = sounds.rows.table
    heads = ["value"] if estimator.grid is not None else [f"logit_{label}" for label in estimator.labels]
    rows = [
        [split, str(label), *(f"{value:.6g}" for value in values)]
        for split, label, values in zip(table["split"], table["label"], found, strict=True)
    ]
    write_atomic(folder / files.LOGITS, _table(sounds.rows, ["split", "label", *heads], rows))


def write_splits(folder: Path, dataset: Dataset) -> None:
    """splits.csv: where each row went, by the names that its database has; `split_strategy: reuse` reads
    it."""
    table = dataset.table
    names = dataset.column("file")
    assert names is not None
    cells = zip(table["database"], names, table["start"], table["end"], table["split"], strict=True)
    rows = [
        [name, file, f"{start:.10g}", "" if math.isnan(end) else f"{end:.10g}", split]
        for name, file, start, end, split in cells
    ]
    write_atomic(folder / files.SPLITS, csv_text(["database", "file", "start", "end", "split"], rows))


def clips_of(rows: Dataset) -> list[tuple[str, ...]]:
    """Which clip each row is, as predictions.csv has it in the columns WHICH."""
    return [
        tuple("" if isinstance(cell, float) and math.isnan(cell) else visible(str(cell)) for cell in row)
        for row in zip(*(rows.table[column] for column in WHICH), strict=True)
    ]
