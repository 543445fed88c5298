"""A layout of a data set as a table of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vox_embed.data.layouts.base import Partition, Recording
from vox_embed.data.layouts.index import parser_named
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.text import plain_text

if TYPE_CHECKING:
    import pandas as pd

_SPLITS = {Partition.TRAIN: "train", Partition.DEVEL: "dev", Partition.TEST: "test"}


def read_layout(kind: str, path: Path, target: str, notes: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """A row for each recording: `file`, from `path` on; the column `target`: its label; `fold`, counted
    from 1, of those whose data sets have several; `split`; what else the layout knows. And where each
    comes from."""
    import pandas as pd

    parsed = parser_named(kind)(path).parse()
    if not parsed.recordings:
        raise VoxError(f"{path}: no audio files are there, laid out as `{kind}`", "is it the right folder?")
    notes += parsed.notes
    rows = [_row(path, one, target, parsed.fold_count) for one in parsed.recordings]
    table = pd.DataFrame(rows, dtype=object).fillna(float("nan"))
    return table, [one.place or str(one.path) for one in parsed.recordings]


def _row(path: Path, one: Recording, target: str, folds: int) -> dict[str, str | None]:
    file = one.path.relative_to(path) if one.path.is_relative_to(path) else one.path
    row: dict[str, str | None] = {"file": file.as_posix()}
    row |= {name: plain_text(cell) or None for name, cell in one.columns.items()}
    if folds > 1:
        row["fold"] = " ".join(str(fold + 1) for fold in sorted(one.folds)) or None
    elif folds == 1:
        row["split"] = "test" if one.folds else "train"
    if one.partition is not None:
        row["split"] = _SPLITS[one.partition]
    row[target] = None if one.label is None else plain_text(one.label)
    return row
