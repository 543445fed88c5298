"""The kept detectors of models/: they hear people who say their word, and nothing else for some minutes.

All recordings of part `test` in VOX_DATA and a part of the hours; all of these `bench/field/run.py` plays.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

MODELS = Path(__file__).resolve().parents[2] / "models"
KEPT = yaml.safe_load((MODELS / "detectors.yaml").read_text())


def every(table: Path, count: int, out: Path, **wanted: str) -> Path:
    """Every so many-th row that has the values."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if all(row[key] == value for key, value in wanted.items())
        ]
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "file": str(table.parent / row["file"])} for row in rows[::count])
    return out


@pytest.mark.parametrize("name", sorted(KEPT))
def test_a_kept_detector_hears_people(name: str, vox_data: Path, tmp_path: Path) -> None:
    said = every(vox_data / "wakewords/wakewords.csv", 1, tmp_path / "said.csv", part="test", label=name)
    talk = every(vox_data / "negatives/negatives.csv", 8, tmp_path / "talk.csv", part="test")
    command = [
        sys.executable,
        "-m",
        "vox_embed.cli.main",
        "field",
        str(MODELS / name),
        "--positives",
        str(said),
    ]
    done = subprocess.run(
        [*command, "--negatives", str(talk), "--plain", "--out", str(tmp_path / "field"), "--json"],
        env={**os.environ, "VOX_RESULTS": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    label = json.loads(done.stdout)["labels"][name]
    assert label["words"] >= 30
    assert label["hits"] / label["words"] >= KEPT[name]["recall"]
    assert label["false_accepts"] <= KEPT[name]["false_accepts"]


def test_every_detector_has_its_settings_a_card_and_a_bar() -> None:
    kept = {path.parent.name for path in MODELS.glob("*/wakeword.yaml")}
    assert kept == set(KEPT)
    for name in kept:
        assert yaml.safe_load((MODELS / name / "wakeword.yaml").read_text())["name"] == name
        assert (MODELS / name / "README.md").is_file()
        assert (MODELS / name / "model.vxm").stat().st_size <= KEPT[name]["bytes"]
