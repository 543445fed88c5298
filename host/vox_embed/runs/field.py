"""A field test written down: figures, page, clips, lists."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

from vox_embed.experiment.results import environment
from vox_embed.field.clips import write_clips
from vox_embed.field.measure import FieldResult
from vox_embed.field.summary import summary
from vox_embed.gate.files import write_atomic
from vox_embed.report.field_page import render_field

CLIPS = "false_accepts"


def write_field(folder: Path, result: FieldResult) -> dict[str, Any]:
    """field.json, field.html, misses.csv, false_accepts.csv and the clips of the worst; returns what
    field.json holds.

    The folder appears when all is done, in place of an earlier one. Raises VoxError or OSError.
    """
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
        write_atomic(building / "field.json", json.dumps(values, indent=1, allow_nan=False) + "\n")
        write_atomic(building / "field.html", render_field(values))
        write_atomic(building / "misses.csv", _table(values["misses"], ("file", "label", "mistaken_for")))
        columns = ("file", "seconds", "label", "score")
        write_atomic(building / "false_accepts.csv", _table(values["false_accepts"], columns))
        shutil.rmtree(folder, ignore_errors=True)
        building.replace(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return values


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
