"""Each database against each: which rows train and test, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vox_embed.cli.main import main
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.runs.bench import trials
from vox_embed.runs.bench.multidb import multidb

Make = Callable[..., Path]
TEXT = """\
name: tones
data:
  databases:
    one: {path: ONE, test_size: 40}
    two: {path: TWO, test_size: 40}
    odd: {path: ODD, test_size: 40, mapping: {low: high, high: low}}
features: {type: logmel, bands: 12}
window: {length_ms: 200, stride_ms: 100, functionals: [mean, std]}
model: {type: lda}
"""


@pytest.fixture
def path(make_corpus_csv: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three databases of the same tones, one with its labels the wrong way round."""
    monkeypatch.setenv("VOX_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    text = TEXT
    for i, name in enumerate(("one", "two", "odd")):
        text = text.replace(name.upper(), str(make_corpus_csv(takes=2 + i, folder=name)))
    file = tmp_path / "exp.yaml"
    file.write_text(text)
    return file


def test_pairs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = load_experiment(path)
    found = multidb(experiment)
    assert found.measure == "uar"
    assert found.value("one", "two") > 0.9
    assert found.value("one", "odd") < 0.1
    assert found.value("odd", "odd") > 0.9
    assert found.scores["one", "two"].clips == 2 * 5 * 3
    assert found.scores["one", "one"].clips == 2 * 2 * 2
    assert {p.name for p in found.folder.iterdir()} == {"table.csv", "heatmap.png", "metrics.json", "trials"}
    trained = []
    real = trials.judged
    monkeypatch.setattr(trials, "judged", lambda *args, **more: trained.append(args) or real(*args, **more))
    assert multidb(experiment).to_dict() == found.to_dict()
    assert not trained
    by_splits = multidb(experiment, use_splits=True)
    assert by_splits.scores["one", "two"].clips == 2 * 2 * 3


def test_an_extra_database_is_trained_on_and_never_tested(path: Path) -> None:
    found = multidb(load_experiment(path), extra=["odd"])
    assert set(found.scores) == {(a, b) for a in ("one", "two") for b in ("one", "two")}
    assert found.value("one", "two") < 0.9  # it is told the opposite by more clips
    with pytest.raises(VoxError, match="no such database"):
        multidb(load_experiment(path), extra=["three"])
    with pytest.raises(VoxError, match="two or more"):
        multidb(load_experiment(path), extra=["one", "two"])


def test_the_command(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["multidb", str(path), "--jobs", "1", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["pairs"]) == 9
    assert main(["multidb", str(path), "--jobs", "1"]) == 0
    assert "UAR, trained on" in capsys.readouterr().out
