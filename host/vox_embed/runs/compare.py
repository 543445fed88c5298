"""Two runs on the same clips, side by side, from the predictions that they left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.groups import Groups
from vox_embed.experiment import VoxError
from vox_embed.report.paired import Paired, paired_classes, paired_tags, paired_values
from vox_embed.runs.predictions import (
    check_same,
    groups_in,
    predictions_of,
    read_predictions,
    tags_in,
    tags_said,
)


def compare_runs(a: Path, b: Path, by: str = "speaker") -> Paired:
    """Of two runs: results folders, folders of folds, or names of such, or predictions.csv.

    by: a column of both; clips of one value belong together, those without one are alone. Raises VoxError
    where the runs are not about the same clips with the same truth.
    """
    files = [predictions_of(one) for one in (a, b)]
    first, second = (read_predictions(file) for file in files)
    check_same(first, second, files)
    rows = list(first.values())
    others = [second[clip] for clip in first]
    groups = groups_in(rows, by, files[0])
    if "truth" in rows[0]:
        return _values(rows, others, groups, files)
    tags = tags_in(first)
    if tags or tags_in(second):
        if set(tags) != set(tags_in(second)):
            raise VoxError(f"{files[1]}: has other tags than {files[0]}", "the same tags are needed")
        truth_of = tags_said(first, first, "label", tags)
        a_said, b_said = (tags_said(table, first, "predicted", tags) for table in (first, second))
        return paired_tags(truth_of, a_said, b_said, groups)
    truth = [row["label"] for row in rows]
    codes = {label: code for code, label in enumerate(sorted(set(truth)))}
    right = [np.array([row["predicted"] == row["label"] for row in some]) for some in (rows, others)]
    return paired_classes(np.array([codes[label] for label in truth], np.int64), right[0], right[1], groups)


def _values(
    rows: Sequence[Mapping[str, str]],
    others: Sequence[Mapping[str, str]],
    groups: Groups,
    files: Sequence[Path],
) -> Paired:
    """Clips that a gate held back in one of them are left out of both."""
    columns = [_numbers(rows, "truth", files[0]), _numbers(rows, "value", files[0])]
    columns.append(_numbers(others, "value", files[1]))
    heard = np.flatnonzero(~np.isnan(columns).any(axis=0))
    if not len(heard):
        raise VoxError(f"no clip has a value in both {files[0]} and {files[1]}")
    truth, a, b = (column[heard] for column in columns)
    return paired_values(truth, a, b, groups if len(heard) == len(rows) else groups.at(heard))


def _numbers(rows: Sequence[Mapping[str, str]], column: str, file: Path) -> NDArray[np.float64]:
    try:
        return np.array([float(row[column] or "nan") for row in rows])
    except ValueError as error:
        raise VoxError(f"{file}: column `{column}`: {error}", "train it again") from None
