"""The ready experiments of models/: each reaches the scores of models/scores.yaml, through the C library.

By default the kept model.vxm is evaluated on the recordings in VOX_DATA; `--full` trains it anew first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

MODELS = Path(__file__).resolve().parents[2] / "models"
SCORES = yaml.safe_load((MODELS / "scores.yaml").read_text())
VOX_EMBED = [sys.executable, "-m", "vox_embed.cli.main"]


def vox(folder: Path, *arguments: str) -> dict:
    done = subprocess.run(
        [*VOX_EMBED, *arguments, "--json"],
        env={**os.environ, "VOX_RESULTS": str(folder)},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", sorted(SCORES))
def test_the_kept_model_reaches_its_score(name: str, vox_data: Path, tmp_path: Path) -> None:
    outcome = vox(tmp_path, "evaluate", str(MODELS / name))
    assert outcome["integer"]["accuracy"] >= SCORES[name]["accuracy"]
    assert outcome["model_bytes"] <= SCORES[name]["bytes"]


@pytest.mark.parametrize("name", sorted(SCORES))
def test_training_reaches_the_score(name: str, vox_data: Path, tmp_path: Path, full: bool) -> None:
    if not full:
        pytest.skip("takes minutes: run with --full")
    outcome = vox(tmp_path, "train", str(MODELS / name / "exp.yaml"))
    assert outcome["integer"]["accuracy"] >= SCORES[name]["accuracy"]
    assert outcome["points_lost"] <= SCORES[name]["loss"]
    assert outcome["model_bytes"] <= SCORES[name]["bytes"]


def test_every_experiment_with_a_model_has_a_score_and_a_card() -> None:
    detectors = {path.parent.name for path in MODELS.glob("*/wakeword.yaml")}  # test_detectors.py
    kept = {path.parent.name for path in MODELS.glob("*/model.vxm")} - detectors
    assert kept == set(SCORES)
    for name in kept:
        assert (MODELS / name / "README.md").is_file()
        assert (MODELS / name / "exp.yaml").is_file()
