"""Models of tags compared: settings, databases, ensembles, two runs on the same clips."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from helpers.tagged import TAGS, write_tagged
from vox_embed.cli.main import main
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.report.tag_scores import TagScores
from vox_embed.runs.bench.flags import flags
from vox_embed.runs.bench.multidb import multidb
from vox_embed.runs.bench.settings import grid_of, settings_of
from vox_embed.runs.compare import compare_runs
from vox_embed.runs.ensemble import METHODS, ensemble

REST = """
data: {{target: tags, tags: {{}}, dev_size: 30, databases: {{{databases}}}}}
features: {{type: logmel, sample_rate: 8000, window_ms: 25, hop_ms: 20, bands: 8}}
window: {{length_ms: 600, stride_ms: 600, functionals: [mean, std]}}
model: {{type: logistic}}
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tagged(tmp_path_factory.mktemp("tagged"))


@pytest.fixture
def experiments(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    one = f"path: {table}, split_strategy: speaker_split, test_size: 30"
    (tmp_path / "one.yaml").write_text("name: tags\n" + REST.format(databases=f"a: {{{one}}}"))
    (tmp_path / "two.yaml").write_text("name: tags\n" + REST.format(databases=f"a: {{{one}}}, b: {{{one}}}"))
    return tmp_path


def test_settings_are_judged_and_tested_by_f1(experiments: Path, tmp_path: Path) -> None:
    settings = settings_of(experiments / "one.yaml", grid_of(["model.c=0.5,1"]))[0]
    found = flags(settings, by="speaker", count=2, inner=2, root=tmp_path / "results")
    assert found.metric == "macro_f1"
    assert [one.figures["macro_f1"] > 0.9 for one in found.ranked] == [True, True]  # type: ignore[operator]
    assert isinstance(found.pooled, TagScores)
    assert found.pooled.macro_f1 > 0.9
    with (found.folder / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == found.pooled.clips
    assert {"fold", "label", "predicted", *(f"score_{tag}" for tag in TAGS)} <= set(rows[0])
    kept = sorted((found.folder / "trials").iterdir())
    times = [file.stat().st_mtime_ns for file in kept]
    again = flags(settings, by="speaker", count=2, inner=2, metric="exact", root=tmp_path / "results")
    assert [file.stat().st_mtime_ns for file in kept] == times
    assert again.pooled == found.pooled
    with pytest.raises(VoxError, match="not of tags"):
        flags(settings, metric="uar", root=tmp_path / "results")


def test_databases_of_tags(experiments: Path, tmp_path: Path) -> None:
    found = multidb(load_experiment(experiments / "two.yaml"), root=tmp_path / "results")
    assert found.measure == "macro_f1"
    assert all(isinstance(one, TagScores) and one.macro_f1 > 0.9 for one in found.scores.values())
    assert (found.folder / "heatmap.png").is_file()


def write_run(folder: Path, wrong: int, threshold: float, seed: int) -> Path:
    """Predictions of 60 clips, of which some tags are wrong."""
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(1).random((60, 3)) < 0.4
    flipped = np.zeros(truth.size, bool)
    flipped[rng.permutation(truth.size)[:wrong]] = True
    said = truth ^ flipped.reshape(truth.shape)
    room = np.where(said, 1 - threshold, threshold)
    scores = np.where(said, threshold, 0.0) + rng.random(truth.shape) * room
    folder.mkdir()
    lines = ["file,start,end,speaker,label,predicted," + ",".join(f"score_{tag}" for tag in TAGS)]
    for i in range(60):
        texts = [";".join(np.array(TAGS)[row]) for row in (truth[i], said[i])]
        lines.append(f"{i}.wav,,,s{i % 6},{texts[0]},{texts[1]}," + ",".join(f"{s:.5f}" for s in scores[i]))
    (folder / "predictions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    return [write_run(tmp_path / f"r{i}", 24, (0.1, 0.5, 0.9)[i], i + 5) for i in range(3)]


@pytest.mark.parametrize("method", METHODS)
def test_an_ensemble_of_tags(method: str, runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "fused" / "predictions.csv"
    found = ensemble(runs, method, out=out)
    assert isinstance(found.scores, TagScores)
    assert [one.clips for one in found.members.values()] == [60] * 3  # type: ignore[union-attr]
    if method in ("majority_voting", "performance_weighted"):  # two of three are right, whatever their scores
        assert found.scores.macro_f1 > max(one.macro_f1 for one in found.members.values())  # type: ignore[union-attr]
    by_name = {one.name: one for one in found.against.differences}
    assert set(by_name) == {"macro_f1", "micro_f1", "exact"}
    assert by_name["macro_f1"].b == pytest.approx(found.scores.macro_f1)
    paired = compare_runs(runs[0], out.parent)
    assert paired.differences[0].b == pytest.approx(found.scores.macro_f1)


def test_equal_models_are_their_ensemble(runs: list[Path]) -> None:
    found = ensemble([runs[0], runs[0] / "predictions.csv"])
    assert found.scores.macro_f1 == max(one.macro_f1 for one in found.members.values())  # type: ignore[union-attr]
    assert found.against.differences[0].difference == 0


def test_what_does_not_fit_is_refused(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    text = (runs[1] / "predictions.csv").read_text()
    (runs[1] / "predictions.csv").write_text(text.replace("score_noise", "score_hum"))
    with pytest.raises(VoxError, match="has other tags than"):
        ensemble(runs)
    with pytest.raises(VoxError, match="has other tags than"):
        compare_runs(runs[0], runs[1])
    assert main(["ensemble", str(runs[0]), str(runs[2])]) == 0
    assert "macro F1" in capsys.readouterr().out
