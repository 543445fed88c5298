"""A classic model from its recordings to a board and other exports, as a user types it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from vox_embed.cli.main import main

FOREST = """
features: {type: mfcc}
window: {functionals: [mean, std]}
model: {type: forest, trees: 4}
"""
PITCH = """
features: {type: mfcc}
window: {functionals: [mean]}
model: {type: ridge, task: regression}
"""
SPLIT = "test: {take: ['3']}\nsplit_strategy: specified"


@pytest.fixture
def project(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_corpus_csv: Callable[..., Path],
    write_experiment: Callable[..., Path],
) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOX_RESULTS", str(tmp_path / "results"))
    table = make_corpus_csv(takes=4)

    def make(rest: str, data: str = "target: label", split: str = SPLIT) -> str:
        return str(write_experiment(table, split, data, rest))

    return make


def test_from_recordings_to_other_forms(
    project: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = project(FOREST)
    assert main(["train", experiment, "--json"]) == 0
    trained = json.loads(capsys.readouterr().out)
    assert main(["verify", experiment, "--target", "native", "--limit", "3"]) == 0
    assert "0 differences" in capsys.readouterr().out
    assert main(["export", experiment, "--format", "emlearn", "--out", "e"]) == 0
    assert "test windows: the CSV decides as the model" in capsys.readouterr().err
    assert main(["export", experiment, "--style", "inline", "--out", "i"]) == 0
    said = capsys.readouterr()
    if shutil.which("arm-none-eabi-gcc"):
        assert "measured: Cortex-M0" in said.out + said.err
    assert main(["evaluate", experiment, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["integer"] == trained["integer"]


def test_cross_validation_in_words(project: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cross-validate", project(FOREST), "--by", "speaker", "--folds", "2"]) == 0
    said = capsys.readouterr().out
    assert "all 40 clips: accuracy" in said
    assert "resampled 5 speakers" in said


def test_cross_validation_of_a_number(
    project: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = project(PITCH, "target: take", "split_strategy: speaker_split")
    assert main(["cross-validate", experiment, "--by", "speaker", "--folds", "2"]) == 0
    assert "MAE" in capsys.readouterr().out
