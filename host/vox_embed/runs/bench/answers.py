"""The answers of trials as a table of predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vox_embed.data import Dataset
from vox_embed.data.tagging import text_of
from vox_embed.experiment.files import PREDICTIONS
from vox_embed.gate.files import write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.report.metrics import answer_names
from vox_embed.runs.bench.scoring import parts_of
from vox_embed.runs.bench.trials import Answers
from vox_embed.runs.written import WHICH, clips_of


def write_answers(folder: Path, rows: Dataset, answers: Answers, order: Sequence[tuple[str, int]]) -> None:
    """predictions.csv of rows that trials answered for. order: fold and row of each line."""
    which, labels = clips_of(rows), rows.table["label"].tolist()
    if rows.tags:
        said_to, scores = parts_of(answers)
        heads = ["label", "predicted", *(f"score_{label}" for label in rows.labels)]
        found = [text_of(np.array(rows.labels)[row]) for row in said_to]
        table = [
            [fold, *which[i], labels[i], found[i], *(f"{value:.5f}" for value in scores[i])]
            for fold, i in order
        ]
        write_atomic(folder / PREDICTIONS, csv_text(["fold", *WHICH, *heads], table))
        return
    names = answer_names(rows.labels)
    said: Callable[[Any], str] = (
        (lambda value: f"{value:.6g}") if rows.numeric else lambda value: names[value]
    )
    heads = ["truth", "value"] if rows.numeric else ["label", "predicted"]
    table = [[fold, *which[i], labels[i], said(answers[i].item())] for fold, i in order]
    write_atomic(folder / PREDICTIONS, csv_text(["fold", *WHICH, *heads], table))
