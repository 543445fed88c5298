"""A field test written down: figures, page, clips, lists."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.results import environment
from vox_embed.field.clips import write_clips
from vox_embed.field.measure import FieldResult
from vox_embed.field.summary import summary
from vox_embed.gate.files import check_output, write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.report.field_page import render_field

CLIPS = "false_accepts"
_FIGURES = "field.json"


def write_field(folder: Path, result: FieldResult) -> dict[str, Any]:
    """field.json, field.html, misses.csv, false_accepts.csv and the clips of the worst; returns what
    field.json holds.

    The folder appears when all is done, in place of an earlier one. Raises VoxError or OSError.
    """
    check_field(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        values = summary(result)
        names = write_clips(building / CLIPS, result.worst, result.clock.rate)
        for one, name in zip(values["worst"], names, strict=True):
            one["clip"] = f"{CLIPS}/{name}"
        values["environment"] = environment()
        write_atomic(building / _FIGURES, json.dumps(values, indent=1, allow_nan=False) + "\n")
        write_atomic(building / "field.html", render_field(values))
        write_atomic(building / "misses.csv", _table(values["misses"], ("file", "label", "mistaken_for")))
        columns = ("file", "seconds", "label", "score")
        write_atomic(building / "false_accepts.csv", _table(values["false_accepts"], columns))
        shutil.rmtree(folder, ignore_errors=True)
        building.replace(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return values


def check_field(folder: Path) -> None:
    """Refuses a place that `write_field` could not write to, or that holds something else. VoxError;
    OSError of the system."""
    if not folder.name or folder.name == "..":
        raise VoxError(f"{folder}: is no name for a new folder", f"--out {folder / 'field'}")
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise VoxError(f"{folder} is in the way: there is to be a folder", "rename or remove it")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _FIGURES).is_file():
        raise VoxError(
            f"{folder} holds other files than those of a field test, which would be lost",
            f"--out {folder / 'field'}",
        )
    check_output(folder.parent / _FIGURES)


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> str:
    return csv_text(columns, [[row.get(column, "") for column in columns] for row in rows])
