"""Two runs on the same clips, side by side, from the predictions that they left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.groups import Groups
from vox_embed.experiment import VoxError
from vox_embed.experiment.files import FOLDS, PREDICTIONS
from vox_embed.experiment.names import nearest
from vox_embed.experiment.results import results_root
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import TABLE_BYTES
from vox_embed.gate.tables import csv_rows
from vox_embed.report.paired import Paired, paired_classes, paired_values

Rows = Mapping[tuple[str, ...], Mapping[str, str]]
"""By file, start and end."""

_WHICH = ("file", "start", "end")


def compare_runs(a: Path, b: Path, by: str = "speaker") -> Paired:
    """Of two runs: results folders, folders of folds, or names of such, or predictions.csv.

    by: a column of both; clips of one value belong together, those without one are alone. Raises VoxError
    where the runs are not about the same clips with the same truth.
    """
    files = [_predictions(one) for one in (a, b)]
    first, second = (_read(file) for file in files)
    _check_same(first, second, files)
    rows = list(first.values())
    others = [second[clip] for clip in first]
    groups = _groups(rows, by, files[0])
    if "truth" in rows[0]:
        return _values(rows, others, groups, files)
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


def _predictions(path: Path) -> Path:
    """Of a run: its table."""
    if path.is_file():
        return path
    root = results_root()
    places = [path]
    if len(path.parts) == 1:
        places += [root / path, root / f"{path}{FOLDS}"]
    for place in places:
        if (place / PREDICTIONS).is_file():
            return place / PREDICTIONS
    if path.is_dir():
        raise VoxError(f"{path}: there is no {PREDICTIONS}", "`train` and `cross-validate` write it")
    near = nearest(path.name, (p.parent.name for p in root.glob(f"*/{PREDICTIONS}")))
    raise VoxError(
        f"{path}: no such results",
        f"did you mean `{root / near}`?" if near else f"a results folder holds a {PREDICTIONS}",
    )


def _read(file: Path) -> Rows:
    try:
        rows = csv_rows(read_text(file, TABLE_BYTES))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise VoxError(f"{file}: cannot be read: {reason}", "train it again") from None
    heads = set(rows[0]) if rows else set()
    if not {*_WHICH, "label", "predicted"} <= heads and not {*_WHICH, "truth", "value"} <= heads:
        raise VoxError(
            f"{file}: is no table of predictions" if rows else f"{file}: has no rows",
            f"`train`, `evaluate --out` and `cross-validate` write {PREDICTIONS}",
        )
    found = {tuple(row[column] for column in _WHICH): row for row in rows}
    if len(found) < len(rows):
        raise VoxError(f"{file}: a clip is there twice, so that it has no partner")
    return found


def _check_same(a: Rows, b: Rows, files: Sequence[Path]) -> None:
    for here, there, place in ((a, b, 1), (b, a, 0)):
        lost = [clip for clip in here if clip not in there]
        if lost:
            raise VoxError(
                f"{files[place]}: {len(lost)} of the {len(here)} clips of {files[1 - place]} are missing, "
                f"{lost[0][0]} for one",
                "a paired test needs the same clips: test both on the same data and splits",
            )
    kinds = [next(("truth", "label")["label" in row] for row in one.values()) for one in (a, b)]
    if kinds[0] != kinds[1]:
        raise VoxError(f"{files[0]} and {files[1]}: one is a regression, the other tells classes apart")
    for clip, row in a.items():
        if row[kinds[0]] != b[clip][kinds[0]]:
            raise VoxError(
                f"{clip[0]}: `{row[kinds[0]]}` in {files[0]}, but `{b[clip][kinds[0]]}` in {files[1]}",
                "a paired test needs the same targets",
            )


def _groups(rows: Sequence[Mapping[str, str]], by: str, file: Path) -> Groups:
    if by not in rows[0]:
        near = nearest(by, rows[0])
        raise VoxError(f"{file}: has no column `{by}`", f"did you mean `{near}`?" if near else None)
    keys = [(by, row[by]) if row[by] else ("", "\n".join(row[w] for w in _WHICH)) for row in rows]
    numbers = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    known = sum(kind == by for kind, _ in numbers)
    kinds = {by: known, "clip": len(numbers) - known}
    return Groups(
        np.array([numbers[key] for key in keys], np.int64), {kind: n for kind, n in kinds.items() if n}
    )
