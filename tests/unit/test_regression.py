"""Regressions: from numbers in the table to values of the integer model, and what cannot be one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.sounds import tone
from vox_embed.core import Model
from vox_embed.core.grid import grid_of, grid_of_model, nearest, posteriors_of, values_of
from vox_embed.data import load_dataset
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.runs import evaluate_stored, train, write_evaluation
from vox_embed.runs.cross import cross_validate

SPEAKERS = ("ann", "ben", "cem", "dia", "eve")
REST = """
features: {{type: logmel, sample_rate: 8000, window_ms: 25, hop_ms: 20, bands: 12, fmin: 60}}
window: {{length_ms: 160, stride_ms: 80, functionals: [mean, std]}}
model: {{{model}}}
"""
RIDGE = "type: ridge, task: regression, scale: standard"

FOREST = "type: forest, trees: 8, task: regression"

Write = Callable[..., Path]


@pytest.fixture
def pitches(write_experiment: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Write:
    """A function that writes tones whose number is their pitch in octaves, and an experiment on them."""
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))

    def make(model: str = RIDGE, data: str = "", more: str = "", cells: tuple[str, ...] = ()) -> Path:
        random = np.random.default_rng(5)
        lines = ["file,speaker,octaves"]
        for i, speaker in enumerate(SPEAKERS):
            for take in range(8):
                octaves = float(random.uniform(-1.5, 2.5))
                sound = tone(300 * 2.0**octaves, 0.3 + 0.02 * take, 8000, 100 * i + take)
                # Noise in every band, so that test clips are not far off the range of the training rows.
                sound = sound + random.normal(0.0, 0.01 * np.abs(sound).max(), len(sound)).astype(sound.dtype)
                soundfile.write(tmp_path / f"{speaker}_{take}.wav", sound, 8000)
                lines.append(f"{speaker}_{take}.wav,{speaker},{octaves:.3f}")
        for at, cell in enumerate(cells, start=1):
            lines[at] = lines[at].rsplit(",", 1)[0] + "," + cell
        (tmp_path / "table.csv").write_text("\n".join(lines) + "\n")
        rest = REST.format(model=model) + more
        # Whole speakers for dev too: rows would be drawn by their paths, which are others in every run.
        return write_experiment(
            tmp_path / "table.csv", "test_size: 20\ndev_size: 25", "target: octaves\n" + data, rest
        )

    return make


@pytest.mark.parametrize(
    ("model", "largest"),
    [(RIDGE, 1e-3), ("type: svr", 1e-3), (FOREST, 2e-4)],
)
def test_the_chip_answers_the_value(model: str, largest: float, pitches: Write, tmp_path: Path) -> None:
    settings = load_experiment(pitches(model, "labels: [-4, 0, 0.5, 4]"))
    outcome = train(settings, root=tmp_path / "results")
    reference = outcome.reference
    assert reference is not None and outcome.integer.values is not None and reference.values is not None
    # The values, not only the nearest label: steps are 1 / 32767 of the distance of two labels.
    np.testing.assert_allclose(outcome.integer.values, reference.values, rtol=0, atol=largest)
    assert outcome.to_dict()["largest_difference"] <= largest
    assert outcome.integer.scores.brief()["ccc"] > 0.9

    folder = tmp_path / "results" / "tones"
    with (folder / "predictions.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["file", "start", "end", "speaker", "truth", "value", "float_value"]
    table = load_dataset(settings).select("test").table
    assert [row["truth"] for row in rows] == table["octaves"].tolist()
    np.testing.assert_allclose([float(row["value"]) for row in rows], outcome.integer.values, atol=1e-5)
    metrics = json.loads((folder / "metrics.json").read_text())
    error = np.array([float(row["value"]) - float(row["truth"]) for row in rows])
    assert metrics["integer"]["mae"] == pytest.approx(np.abs(error).mean(), abs=1e-5)
    assert metrics["integer"]["rmse"] == pytest.approx(np.sqrt((error**2).mean()), abs=1e-5)
    assert sorted(p.name for p in (folder / "plots").iterdir()) == ["classes.png", "scatter.png"]
    page = (folder / "report.html").read_text()
    assert "Largest errors" in page and "Truth and value" in page and "Confusion" not in page
    assert "mean, std of every feature: 24 values a window" in page and "log-mel, 12 mel bands from" in page
    assert "CCC" in (folder / "train.log").read_text()

    vxm = folder / "model.vxm"
    assert grid_of_model(Model(vxm.read_bytes())).tolist() == [-4.0, 0.0, 0.5, 4.0]
    again, kept = evaluate_stored(settings, vxm, vxm.with_name("model.float.npz"))
    assert again.to_dict() == outcome.to_dict()
    write_evaluation(tmp_path, again, kept)
    assert (tmp_path / "predictions.csv").read_text() == (folder / "predictions.csv").read_text()


def test_the_grid_is_made_of_the_training_rows(pitches: Write) -> None:
    path = pitches(data="bins: 5")
    dataset = load_dataset(load_experiment(path))
    grid = grid_of(dataset.labels)
    assert grid is not None and len(grid) == 5
    values = dataset.select("train").values
    np.testing.assert_allclose(grid, np.linspace(values.min(), values.max(), 5), atol=1e-3)
    assert dataset.summary().loc["all", "all"] == 40
    assert dataset.summary().loc["all", "test"] == 8
    path.write_text(path.read_text().replace("  bins: 5\n", ""))
    assert len(load_dataset(load_experiment(path)).labels) == 9


def test_random_splits_draw_low_and_high_numbers(pitches: Write) -> None:
    path = pitches()
    text = path.read_text().replace(
        "test_size: 20\n      dev_size: 25", "split_strategy: random\n      test_size: 25"
    )
    path.write_text(text)
    dataset = load_dataset(load_experiment(path))
    values = dataset.select("test").values
    assert len(values) == 8  # two of each quarter of the rows
    quarters = np.quantile(dataset.values, [0.25, 0.5, 0.75])
    assert np.bincount(np.searchsorted(quarters, values)).tolist() == [2, 2, 2, 2]


def test_cross_validation_pools_values_of_models_with_other_grids(pitches: Write, tmp_path: Path) -> None:
    outcome = cross_validate(load_experiment(pitches(FOREST)), count=2, root=tmp_path / "results")
    folder = tmp_path / "results" / "tones.folds"
    grids = {tuple(Model(file.read_bytes()).labels) for file in folder.glob("*/model.vxm")}
    assert len(grids) == 2
    with (folder / "predictions.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == len({row["file"] for row in rows}) == 40
    truth, value = (np.array([float(row[column]) for row in rows]) for column in ("truth", "value"))
    found = outcome.to_dict()
    assert found["integer"]["mae"] == pytest.approx(np.abs(value - truth).mean())
    assert found["integer"]["pearson"] == pytest.approx(np.corrcoef(truth, value)[0, 1])
    assert found["float"]["mae"] == pytest.approx(found["integer"]["mae"], abs=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cells": ("0.5", "high")}, r"table\.csv:3: `octaves` is `high`: a regression needs a number"),
        ({"cells": ("inf",)}, r"table\.csv:2: `octaves` is `inf`"),
        ({"cells": ("1",) * 40}, r"all training rows have the same number \(1\)"),
        ({"data": "labels: [1, 0]"}, "needs numbers as labels, in rising order, not 1, 0"),
        ({"data": "labels: [low, high]"}, "needs numbers as labels"),
        ({"data": "labels: [0, 1]\nbins: 4"}, "either `labels` or `bins`"),
        ({"data": "labels: ['1', '1.0000000001']"}, "too close together"),
        ({"data": "bins: 4", "model": "type: forest"}, "type: forest tells classes apart"),
        ({"more": "decision: {clip: majority}\n"}, "mean of its windows"),
    ],
)
def test_what_cannot_work_is_refused(
    change: dict[str, str], message: str, pitches: Write, tmp_path: Path
) -> None:
    with pytest.raises(VoxError, match=message):
        train(load_experiment(pitches(**change)), root=tmp_path / "results")
    assert not (tmp_path / "results" / "tones").exists()


def test_labels_far_beyond_the_values_fit(pitches: Write, tmp_path: Path) -> None:
    """Centres of the grid in the unit of the model's values would not fit 32 bits."""
    settings = load_experiment(pitches(FOREST, "labels: [-1e6, 1e6]"))
    outcome = train(settings, root=tmp_path / "results")
    reference = outcome.reference
    assert reference is not None and outcome.integer.values is not None and reference.values is not None
    np.testing.assert_allclose(outcome.integer.values, reference.values, rtol=0, atol=2.1e6 / 32767)


def test_a_model_on_numbers_outside_its_labels_is_warned_of_and_limited(
    pitches: Write, tmp_path: Path
) -> None:
    settings = load_experiment(pitches(data="labels: [0, 1]"))
    assert any("training rows lie beyond data.labels (0 to 1)" in n for n in load_dataset(settings).notes)
    outcome = train(settings, root=tmp_path / "results")
    reference = outcome.reference
    assert outcome.integer.values is not None and reference is not None and reference.values is not None
    assert outcome.integer.values.min() == 0.0 and outcome.integer.values.max() == 1.0
    assert reference.values.min() < 0.0 and reference.values.max() > 1.0


def test_grids() -> None:
    assert grid_of(["a", "b"]) is None and grid_of(["2", "1"]) is None and grid_of(["1"]) is None
    assert grid_of(["1", "nan"]) is None
    grid = grid_of(["-1", "0.5", "4"])
    assert grid is not None
    values = np.array([-9.0, -1.0, -0.25, 0.5, 1.0, 3.9, 4.0, 9.0])
    posteriors = posteriors_of(values, grid)
    np.testing.assert_allclose(posteriors.sum(axis=1), 1.0)
    np.testing.assert_allclose(values_of(posteriors, grid), np.clip(values, -1.0, 4.0))
    assert nearest(values, grid).tolist() == [0, 0, 1, 1, 1, 2, 2, 2]
    assert np.isnan(values_of(np.zeros((1, 3)), grid)).all()
