"""flags and --set as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_train import vox


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("flags")
    assert vox(place, "example").returncode == 0
    return place


def test_settings_in_processes_then_the_table(folder: Path) -> None:
    vary = ("--vary", "model.type=lda,tree", "--vary", "seed=7", "--set", "name=compared", "--inner", "2")
    done = vox(folder, "flags", "example", *vary, "--jobs", "2", "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert len(outcome["settings"]) == 2
    assert outcome["tested"]["integer"]["uar"] > 0.5
    assert (folder / "results" / "compared.flags" / "table.csv").is_file()
    shown = vox(folder, "flags", "example", *vary)
    assert shown.returncode == 0, shown.stderr
    assert "model.type" in shown.stdout
    assert "the best, model.type=" in shown.stdout


def test_set_on_commands(folder: Path) -> None:
    counted = vox(folder, "data", "example", "--set", "name=other", "--json")
    assert json.loads(counted.stdout)["name"] == "other"
    for arguments in (
        ("train", "example"),
        ("data", "example"),
        ("cross-validate", "example"),
        ("evaluate", "example"),
    ):
        done = vox(folder, *arguments, "--set", "model.trees=many")
        assert done.returncode == 1, arguments
        assert "--set model.trees: " in done.stderr
