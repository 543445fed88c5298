"""Repeated runs, and the table of what was run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vox_embed.cli.main import main
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.files import METRICS
from vox_embed.runs import cross_validate, train, train_repeatedly
from vox_embed.runs.bench.flags import flags
from vox_embed.runs.bench.settings import grid_of, settings_of
from vox_embed.runs.listed import differences, ordered, runs_of

Make = Callable[..., Path]
REST = """
features: {type: logmel, bands: 12}
window: {length_ms: 200, stride_ms: 100, functionals: [mean, std]}
model: {type: forest, trees: 3}
"""


@pytest.fixture
def path(
    make_corpus_csv: Make, write_experiment: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    monkeypatch.setenv("VOX_RESULTS", str(tmp_path / "results"))
    return write_experiment(make_corpus_csv(speakers=tuple("abcdef"), takes=2), rest=REST)


def test_runs_differ_by_seed_alone(path: Path, tmp_path: Path) -> None:
    repeated = train_repeatedly(load_experiment(path, changes=["runs=3"]))
    assert repeated.seeds == (7, 8, 9)
    assert len(repeated.figures["UAR"]) == 3
    mean, deviation = repeated.spread("UAR")
    assert mean == pytest.approx(sum(repeated.figures["UAR"]) / 3)
    assert deviation >= 0
    root = tmp_path / "results"
    files = [root / "tones" / "predictions.csv", *sorted((root / "tones.runs").glob("*/predictions.csv"))]
    assert len(files) == 3
    tested = [{line.split(",")[0] for line in file.read_text().splitlines()} for file in files]
    assert tested[0] == tested[1] == tested[2]
    models = {file.with_name("model.vxm").read_bytes() for file in files}
    assert len(models) > 1
    alone = train(load_experiment(path), root=tmp_path / "alone")
    assert (tmp_path / "alone" / "tones" / "model.vxm").read_bytes() == (
        root / "tones" / "model.vxm"
    ).read_bytes()
    assert alone.integer.scores.uar == repeated.figures["UAR"][0]
    stamps = [file.stat().st_mtime_ns for file in files[1:]]
    train_repeatedly(load_experiment(path, changes=["runs=3"]))
    assert [file.stat().st_mtime_ns for file in files[1:]] == stamps


def test_the_table(path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(VoxError, match="nothing has been run"):
        runs_of()
    train(load_experiment(path))
    train(load_experiment(path, changes=["name=other", "model.type=lda"]))
    cross_validate(load_experiment(path), "speaker", 2)
    flags(settings_of(path, grid_of(["model.type=lda,tree"]), ["name=grid"])[0], inner=2)
    train_repeatedly(load_experiment(path, changes=["name=again", "runs=2"]))
    (tmp_path / "results" / "broken").mkdir()
    (tmp_path / "results" / "broken" / METRICS).write_text("{")
    found = runs_of()
    assert {(run.name, run.kind) for run in found} == {
        ("tones", "train"), ("other", "train"), ("tones", "folds"), ("grid", "flags"), ("grid", "train"),
        ("again", "train"), ("again", "runs"),
    }  # fmt: skip
    assert all({"uar", "accuracy"} <= set(run.figures) for run in found)
    best = ordered(found, "uar")
    assert [run.figures["uar"] for run in best] == sorted((run.figures["uar"] for run in found), reverse=True)
    two = [run for run in found if (run.name, run.kind) in {("tones", "train"), ("other", "train")}]
    unlike = differences(two)
    assert set(unlike["model.type"]) == {"forest", "lda"}
    assert "seed" not in unlike
    assert "name" not in unlike
    capsys.readouterr()
    assert main(["runs", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 7
    assert main(["runs", "--sort", "uar", "--differ", "--last", "3"]) == 0
    shown = capsys.readouterr().out
    assert "uar" in shown
    for wrong in ("speed", "mae"):
        assert main(["runs", "--sort", wrong]) == 1


def test_train_tells_the_spread(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(path), "--set", "runs=2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["repeated"]["seeds"] == [7, 8]
    assert main(["train", str(path), "--set", "runs=2"]) == 0
    assert "UAR of 2 runs: " in capsys.readouterr().out
