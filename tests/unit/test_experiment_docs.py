"""docs/experiment.md says what the schema says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vox_embed.experiment import load_experiment
from vox_embed.experiment.docs import main, markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "experiment.md"


def test_the_page_is_up_to_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", str(PAGE)]) == 0
    (tmp_path / "old.md").write_text(markdown() + "x")
    assert main(["--check", str(tmp_path / "old.md")]) == 1
    assert "out of date" in capsys.readouterr().err


def test_the_example_on_the_page_is_a_valid_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOX_DATA", "/data")
    example = re.search(r"```yaml\n(.*?)```", markdown(), re.DOTALL)
    assert example is not None
    (tmp_path / "exp.yaml").write_text(example.group(1))
    assert load_experiment(tmp_path).data.target == "digit"


@pytest.mark.parametrize("name", ["digits", "commands"])
def test_the_experiments_of_the_project_are_valid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOX_DATA", "/data")
    assert load_experiment(PAGE.parents[1] / "models" / name).name == name
