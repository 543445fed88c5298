"""tuning: values of a model's keys, chosen on inner folds or dev, never on test rows."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vox_embed.data import load_dataset
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.results import find
from vox_embed.runs import Quiet, train
from vox_embed.runs.reading import read_sounds
from vox_embed.runs.tuning import tune

Make = Callable[..., Path]
REST = """
features: {{type: logmel, sample_rate: 8000, bands: 8}}
window: {{length_ms: 400, stride_ms: 400, functionals: [mean]}}
model: {{{model}}}
tuning: {{{tuning}}}
"""


@pytest.fixture
def experiment(write_experiment: Make, make_corpus_csv: Make) -> Callable[..., Path]:
    def make(tuning: str, model: str = "type: knn") -> Path:
        return write_experiment(
            make_corpus_csv(), "test_size: 30", "", REST.format(model=model, tuning=tuning)
        )

    return make


def sounds_of(path: Path) -> Sounds:
    settings = load_experiment(path)
    return read_sounds(settings, load_dataset(settings), settings.features.sample_rate, Quiet())


@pytest.mark.parametrize(
    ("tuning", "count"),
    [
        ("space: {k: [1, 9], prototypes: [2, 12]}", 4),
        ("method: random, trials: 3, space: {k: {low: 1, high: 9, whole: true}}", 3),
        ("method: halving, space: {k: [1, 3, 5]}, metric: accuracy", 4),
        (
            "method: optuna, trials: 4, space: {k: {low: 1, high: 9, whole: true, log: true}}, metric: "
            "macro_auc",
            4,
        ),
    ],
)
def test_each_method_tries_what_it_should_and_repeats_itself(
    tuning: str, count: int, experiment: Callable[..., Path]
) -> None:
    if "optuna" in tuning and importlib.util.find_spec("optuna") is None:
        pytest.skip("optuna is not installed (extra `optuna`)")
    path = experiment(tuning)
    settings, sounds = load_experiment(path), sounds_of(path)
    tuned = tune(settings, sounds, Quiet())
    assert len(tuned.tried) == count
    again = tune(settings, sounds, Quiet())
    assert [(one.values, one.figures) for one in again.tried] == [
        (one.values, one.figures) for one in tuned.tried
    ]
    assert tuned.experiment.tuning is None
    assert all(getattr(tuned.experiment.model, key) == value for key, value in tuned.best.values.items())


def test_test_rows_choose_nothing(experiment: Callable[..., Path]) -> None:
    path = experiment("space: {k: [1, 3], scale: [none, standard]}, folds: 2")
    settings, sounds = load_experiment(path), sounds_of(path)
    tested = sounds.rows.table["split"].to_numpy() == "test"
    assert tested.any()
    noise = np.random.default_rng(1)
    changed = [
        noise.integers(-9000, 9000, len(clip)).astype(np.int16) if test else clip
        for clip, test in zip(sounds.clips, tested, strict=True)
    ]
    first, second = (tune(settings, one, Quiet()) for one in (sounds, Sounds(sounds.rows, changed)))
    assert [one.figures for one in first.tried] == [one.figures for one in second.tried]


def test_training_takes_the_best_and_keeps_what_was_tried(
    experiment: Callable[..., Path], tmp_path: Path
) -> None:
    path = experiment("space: {c: [0.000001, 10], class_weight: [true]}", "type: logistic")
    train(load_experiment(path), root=tmp_path / "results")
    folder = tmp_path / "results" / "tones"
    with (folder / "tried.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["c"] for row in rows] == ["1e-06", "10"]
    assert sum(row["chosen"] == "best" for row in rows) == 1
    kept = find(folder).need_experiment()
    assert kept.tuning is None
    assert str(kept.model.c) == ("1e-06" if rows[0]["chosen"] else "10.0")  # type: ignore[union-attr]
    assert load_experiment(folder).tuning is not None
    assert "tuned: c=" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("tuning", "message"),
    [
        ("space: {kk: [1, 2]}", "tuning.space"),
        ("space: {k: [1, many]}", "tuning.space.k"),
        ("space: {k: {low: 1, high: 3}}", "a grid takes lists"),
        ("space: {type: [svm]}", "cannot be chosen"),
        ("space: {k: [1]}, metric: mae", "does not fit this task"),
        ("space: {k: [1]}, trials: 4", "would do nothing"),
        ("space: {k: [1]}, on: dev", "no row is for dev"),
        ("space: {k: {low: 3, high: 1}}, method: random", "is not below"),
    ],
)
def test_bad_tuning_is_refused(tuning: str, message: str, experiment: Callable[..., Path]) -> None:
    with pytest.raises(VoxError) as caught:
        path = experiment(tuning)
        tune(load_experiment(path), sounds_of(path), Quiet())
    assert message in f"{caught.value.message} {caught.value.hint}"
