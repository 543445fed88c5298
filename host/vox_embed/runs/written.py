"""The scores of a run as files: metrics.json and predictions.csv."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path

from vox_embed.data import Dataset
from vox_embed.experiment import files
from vox_embed.experiment.results import write_atomic
from vox_embed.report.metrics import SILENCE, UNKNOWN, verdict_name
from vox_embed.runs.evaluation import Evaluation
from vox_embed.runs.outcome import Outcome

_WHICH = ("file", "start", "end", "speaker")


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
    write_atomic(folder / files.PREDICTIONS, text)


def _predictions(rows: Dataset, evaluation: Evaluation) -> str:
    labels = evaluation.scores.labels
    verdicts = {verdict: verdict_name(verdict, labels) for verdict in (UNKNOWN, SILENCE)}
    names = {**verdicts, **dict(enumerate(labels))}
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
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_WHICH, *heads])
    for row, cells in zip(zip(*(rows.table[c] for c in _WHICH), strict=True), found, strict=True):
        clip = ["" if isinstance(cell, float) and math.isnan(cell) else cell for cell in row]
        writer.writerow([*clip, *cells])
    return out.getvalue()
