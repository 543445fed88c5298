"""Predictions that runs left: where they are, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.groups import Groups
from vox_embed.data.tagging import all_tags, indicator
from vox_embed.experiment import VoxError
from vox_embed.experiment.files import FOLDS, PREDICTIONS
from vox_embed.experiment.names import nearest
from vox_embed.experiment.results import results_root
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import TABLE_BYTES
from vox_embed.gate.tables import csv_rows

Rows = Mapping[tuple[str, ...], Mapping[str, str]]
"""By file, start and end."""

_WHICH = ("file", "start", "end")
SCORE = "score_"
"""Before the label whose score a column has."""


def predictions_of(path: Path) -> Path:
    """Of a run: its table. VoxError where there is none."""
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


def read_predictions(file: Path) -> Rows:
    """Its rows. VoxError where it is no such table, or has a clip twice."""
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


def tags_in(rows: Rows) -> tuple[str, ...]:
    """Of a table of tags, which has scores and no one score: their names; else none."""
    heads = list(next(iter(rows.values())))
    if "label" not in heads or "score" in heads:
        return ()
    return tuple(head.removeprefix(SCORE) for head in heads if head.startswith(SCORE))


def tags_said(
    rows: Rows, order: Iterable[tuple[str, ...]], column: str, tags: Sequence[str]
) -> NDArray[np.bool_]:
    """[clips, tags] of a column, in the order of some clips. VoxError for tags that have no score."""
    texts = [rows[clip][column] for clip in order]
    strange = sorted(all_tags(texts) - set(tags))
    if strange:
        raise VoxError(f"there are no scores of the tag `{strange[0]}`", "train the models on the same tags")
    return indicator(texts, tags)


def check_same(a: Rows, b: Rows, files: Sequence[Path]) -> None:
    """Refuses two tables that are not about the same clips with the same truth."""
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


def groups_in(rows: Sequence[Mapping[str, str]], by: str, file: Path) -> Groups:
    """Which rows have one value in the column `by`; those without are alone."""
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
