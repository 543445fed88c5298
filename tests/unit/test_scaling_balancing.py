"""Scalings and balancings of classic models: those of scikit-learn and imbalanced-learn, kept as numbers."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from vox_embed.data import load_dataset
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.schema.classic import SYNTHESIZING, Balancing, Logistic
from vox_embed.models import VectorClassifier
from vox_embed.models.balance import rebalanced
from vox_embed.models.classic.linear import LogisticRegression
from vox_embed.models.classic.scaling import SCALERS
from vox_embed.models.rows import ClipRows
from vox_embed.models.speakers import by_speaker
from vox_embed.runs import train

Make = Callable[..., Path]
RNG = np.random.default_rng(5)
ROWS = np.concatenate([RNG.exponential(100, (60, 3)) - 20, RNG.normal(300, 40, (60, 3))])
OTHERS = RNG.normal(100, 200, (50, 3))
needs_imblearn = pytest.mark.skipif(
    importlib.util.find_spec("imblearn") is None, reason="imbalanced-learn is not installed (extra `balance`)"
)


def reference(kind: str):
    from sklearn import preprocessing

    return {
        "standard": preprocessing.StandardScaler(),
        "robust": preprocessing.RobustScaler(),
        "minmax": preprocessing.MinMaxScaler(),
        "maxabs": preprocessing.MaxAbsScaler(),
        "normalizer": preprocessing.Normalizer(),
        "power": preprocessing.PowerTransformer(),
        "quantile": preprocessing.QuantileTransformer(
            n_quantiles=len(ROWS), output_distribution="normal", random_state=0
        ),
        "bins": preprocessing.KBinsDiscretizer(
            10, encode="ordinal", strategy="quantile", quantile_method="linear"
        ),
    }[kind]


@pytest.mark.parametrize("kind", SCALERS)
def test_scaled_as_scikit_learn_does(kind: str) -> None:
    fit, numbers = SCALERS[kind]
    scaler = fit(ROWS)
    wanted = reference(kind).fit(ROWS)
    for rows in (ROWS, OTHERS):
        np.testing.assert_allclose(scaler.scaled(rows), wanted.transform(rows), atol=1e-6)
    kept = numbers.of(scaler.arrays())
    np.testing.assert_array_equal(kept.scaled(OTHERS), scaler.scaled(OTHERS))
    assert len(scaler.centre) == 3


@pytest.mark.parametrize("kind", SCALERS)
def test_a_model_with_each_scaling_is_kept(kind: str) -> None:
    targets = np.repeat([0, 1], 60)
    model = LogisticRegression(scale=kind).fit(ROWS, targets)
    assert model.score(ROWS, targets) > 0.8
    again = LogisticRegression(scale=kind).restore(model.state())
    np.testing.assert_array_equal(again.predict_float(OTHERS), model.predict_float(OTHERS))


@pytest.mark.parametrize("scale", ["normalizer", "power", "quantile", "bins", "speaker"])
def test_what_no_device_computes_is_refused_on_its_features(
    scale: str, make_corpus_csv: Make, write_experiment: Make
) -> None:
    rest = f"window: {{functionals: [mean]}}\nmodel: {{type: svm, scale: {scale}}}"
    with pytest.raises(VoxError, match=f"no device can compute `{scale}`"):
        load_experiment(write_experiment(make_corpus_csv(), rest=rest))
    rest = f"features: {{type: opensmile}}\nmodel: {{type: svm, scale: {scale}}}"
    assert load_experiment(write_experiment("x.csv", rest=rest)).model.scale == scale


class Levels(ClipRows):
    """A row a clip: its first samples."""

    width = 2
    names = ("first", "second")

    def fit(self, clips, progress=None):
        return self.of(clips)

    def of(self, clips):
        return np.array([clip[:2] for clip in clips], np.float64), np.arange(len(clips))

    def state(self):
        return {}

    def restore(self, state) -> None:
        assert not state


def test_each_speaker_has_a_scale_of_their_own(make_corpus_csv: Make, write_experiment: Make) -> None:
    """Speakers differ by far more than classes: only their own scale tells the classes apart."""
    rows = load_dataset(load_experiment(write_experiment(make_corpus_csv())), needs=())
    speakers = rows.table["speaker"].map({"ann": 0, "ben": 1, "cem": 2, "dia": 3, "eve": 4})
    noise = np.random.default_rng(0).normal(0, 3, (len(rows), 2))
    values = 1000 * speakers.to_numpy()[:, None] + 20 * rows.targets[:, None] + noise
    sounds = Sounds(rows, list(values.astype(np.int16)))
    learn, test = sounds.select("train"), sounds.select("test")
    found = {}
    for scale in ("standard", "speaker"):
        model = VectorClassifier(Logistic(scale=scale), Levels(), rows.labels).fit(learn, learn.truth)
        found[scale] = (model.float_predict_clips(test).argmax(axis=1) == test.truth).mean()
        kept = VectorClassifier(Logistic(scale=scale), Levels(), rows.labels).load_bytes(model.to_bytes())
        np.testing.assert_array_equal(kept.float_predict_clips(test), model.float_predict_clips(test))
    assert found["speaker"] == 1.0
    assert found["standard"] < 0.8


def test_without_speakers_all_are_one() -> None:
    scaled = by_speaker(ROWS, np.arange(len(ROWS)), list(ROWS))
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), 1)


@needs_imblearn
@pytest.mark.parametrize("how", sorted(SYNTHESIZING))
def test_rows_are_balanced(how: str) -> None:
    rng = np.random.default_rng(1)
    rows = np.concatenate([rng.normal(0, 50, (90, 4)), rng.normal(60, 50, (20, 4))])
    targets = np.repeat([0, 1], [90, 20])
    made, labels = rebalanced(how, rows, targets, seed=3)
    again, same = rebalanced(how, rows, targets, seed=3)
    np.testing.assert_array_equal(made, again)
    np.testing.assert_array_equal(labels, same)
    before, after = 20 / 110, np.bincount(labels).min() / len(labels)
    assert after > before


@needs_imblearn
def test_too_few_rows_are_named() -> None:
    with pytest.raises(VoxError, match="one has 1"):
        rebalanced("smote", ROWS[:5], np.array([0, 0, 0, 0, 1]), seed=0)


@needs_imblearn
def test_a_balanced_model_runs_on_a_device(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    csv = make_corpus_csv()
    lines = csv.read_text().splitlines()
    csv.write_text("\n".join(line for i, line in enumerate(lines) if "high" not in line or i % 2) + "\n")
    rest = (
        "features: {type: logmel, bands: 12}\n"
        "window: {length_ms: 120, stride_ms: 40, functionals: [mean, std]}\n"
        "model: {type: logistic, balancing: smote}"
    )
    outcome = train(load_experiment(write_experiment(csv, rest=rest)), root=tmp_path / "results")
    assert outcome.integer.scores.accuracy > 0.8
    np.testing.assert_array_equal(outcome.integer.predicted, outcome.reference.predicted)
    assert "that `balancing: smote` made" in (tmp_path / "results" / "tones" / "train.log").read_text()


def test_a_regression_has_no_classes_to_make_rows_of(write_experiment: Make) -> None:
    rest = "window: {functionals: [mean]}\nmodel: {type: ridge, task: regression, balancing: smote}"
    with pytest.raises(VoxError, match="`smote` is for classes"):
        load_experiment(write_experiment("x.csv", rest=rest))


def test_every_name_of_the_list_is_there() -> None:
    assert len(get_args(Balancing)) == 13
