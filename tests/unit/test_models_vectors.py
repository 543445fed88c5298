"""Classic models of an experiment: from clips to a .vxm whose decisions are the trained model's."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vox_embed.core import Model
from vox_embed.data import load_dataset
from vox_embed.experiment import Experiment, VoxError, load_experiment
from vox_embed.experiment.places import default_cache_dir
from vox_embed.features.host import inputs_of
from vox_embed.models import VectorClassifier, estimator_of
from vox_embed.models.classic import CLASSIC
from vox_embed.runs import Quiet, evaluate_stored, train
from vox_embed.runs.reading import read_sounds

DATA = "test_size: 30"
REST = """
features: {{type: logmel, sample_rate: 8000, window_ms: 25, hop_ms: 20, bands: 12}}
window: {{length_ms: 120, stride_ms: 40, functionals: [mean, std, p50]}}
model: {{{model}}}
"""

Make = Callable[..., Path]


@pytest.fixture
def experiment(
    make_corpus_csv: Make, write_experiment: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Path]:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))

    def make(model: str, labels: tuple[str, ...] = ("low", "high"), rest: str = REST, data: str = "") -> Path:
        return write_experiment(make_corpus_csv(labels), DATA, data, rest.format(model=model))

    return make


MODELS = (
    "type: tree",
    "type: extra_trees, trees: 8",
    "type: xgboost, rounds: 5",
    "type: linear_svm",
    "type: svm, kernel: linear, scale: minmax",
    "type: ridge, scale: maxabs",
    "type: lda",
    "type: naive_bayes",
    "type: one_class_svm, normal: low",
    "type: forest, trees: 8, balancing: ros",
    "type: gradient_boosting, rounds: 5",
    "type: svm",
    "type: logistic, scale: robust, balancing: rus",
    "type: gmm, components: 1",
    "type: knn, prototypes: 4, k: 1",
    "type: mlp, hidden: [8], epochs: 30, batch_size: 8, learning_rate: 0.01",
    "type: isolation_forest, trees: 20, normal: low",
    "type: mahalanobis, normal: low, contamination: 0.2",
    "type: one_class_gmm, components: 1, normal: low",
)


@pytest.mark.parametrize("model", MODELS)
def test_trains_and_decides_as_the_trained_model(
    model: str, experiment: Callable[..., Path], tmp_path: Path
) -> None:
    if "xgboost" in model and importlib.util.find_spec("xgboost") is None:
        pytest.skip("xgboost is not installed (extra `xgboost`)")
    # The trained detector has no posteriors to be averaged over windows: one window a clip.
    rest = REST.replace("length_ms: 120, stride_ms: 40", "length_ms: 2000, stride_ms: 2000")
    settings = load_experiment(experiment(model, rest=rest if "normal" in model else REST))
    outcome = train(settings, root=tmp_path / "results")
    assert outcome.integer is not None
    assert outcome.reference is not None
    np.testing.assert_array_equal(outcome.integer.predicted, outcome.reference.predicted)
    assert outcome.integer.scores.accuracy > (0.4 if "normal" in model else 0.8)
    page = (tmp_path / "results" / "tones" / "report.html").read_text()
    assert "log-mel, 12 mel bands from 60 to 3800 Hz" in page
    assert "mean, std, p50 of every feature: 36 values a window" in page
    vxm = tmp_path / "results" / "tones" / "model.vxm"
    opened = Model(vxm.read_bytes())
    assert opened.functional_count == 12 * 3
    learned_from = training_rows(settings)
    found = {name for name, content in contents(vxm.parent) if any(row in content for row in learned_from)}
    rows_are_the_model = model in {
        "type: svm",
        "type: knn, prototypes: 4, k: 1",
        "type: one_class_svm, normal: low",
    }
    assert found <= ({"model.float.npz"} if rows_are_the_model else set())
    forget(settings)
    again, _ = evaluate_stored(settings, vxm, vxm.with_name("model.float.npz"))
    assert again.integer is not None
    np.testing.assert_array_equal(again.integer.posteriors, outcome.integer.posteriors)
    assert again.reference is not None
    np.testing.assert_array_equal(again.reference.posteriors, outcome.reference.posteriors)


def training_rows(settings: Experiment) -> set[bytes]:
    """What the model was trained on, as it is and scaled, in every form that a file may hold it in."""
    sounds = read_sounds(settings, load_dataset(settings), settings.features.sample_rate, Quiet()).select(
        "train"
    )
    estimator = estimator_of(settings, inputs_of(settings.features), sounds.rows.labels)
    assert isinstance(estimator, VectorClassifier)
    estimator.fit(sounds, sounds.truth)
    rows = estimator.rows_
    assert rows.shape[1] == 12 * 3
    forms = (rows, rows.astype(np.float32), rows.astype(np.float64), estimator.estimator_.scaled(rows))
    return {row.tobytes() for form in forms for row in form}


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file's bytes; those of an .npz unpacked."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as stored:
                yield path.name, b"".join(stored[name].tobytes() for name in stored.files)
        elif path.is_file():
            yield path.name, path.read_bytes()


def forget(settings: Experiment) -> None:
    """Silence in place of all that the model was trained on, and no features kept."""
    shutil.rmtree(default_cache_dir())
    for path in load_dataset(settings).select("train").table["file"]:
        sound, rate = soundfile.read(path)
        soundfile.write(path, 0 * sound, rate)


def test_every_model_is_tried() -> None:
    tried = {model.split(",")[0].removeprefix("type: ") for model in MODELS}
    assert tried == {name for name, kind in CLASSIC.items() if kind.task != "regression"}


def test_rows_of_an_older_kind_are_refused(experiment: Callable[..., Path], tmp_path: Path) -> None:
    """Files once held the training rows themselves."""
    settings = load_experiment(experiment("type: tree"))
    train(settings, root=tmp_path)
    np.savez(tmp_path / "old.npz", rows=np.zeros((4, 36), np.int16), targets=np.zeros(4, np.int64))
    for content in ((tmp_path / "old.npz").read_bytes(), b"PK", b""):
        (tmp_path / "old.npz").write_bytes(content)
        with pytest.raises(VoxError, match="does not fit this experiment"):
            evaluate_stored(settings, tmp_path / "tones" / "model.vxm", tmp_path / "old.npz")


def test_same_seed_same_bytes(experiment: Callable[..., Path], tmp_path: Path) -> None:
    settings = load_experiment(experiment("type: forest, trees: 5"))
    made = [
        (train(settings, root=tmp_path / name).model.parent / "model.vxm").read_bytes() for name in ("a", "b")
    ]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("model", "rest", "message"),
    [
        ("type: forest", REST.replace(", functionals: [mean, std, p50]", ""), "learns from functionals"),
        ("type: dscnn", REST, "network on the frames"),
        ("type: forest", REST + "augment: {{mixup: 0.2}}\n", "rows of whole windows"),
        ("type: isolation_forest, normal: quiet", REST, "no row has the label `quiet`"),
        ("type: forest, trees: 0", REST, "trees"),
        ("type: forrest", REST, "forest"),
    ],
)
def test_what_cannot_work_is_refused(
    model: str, rest: str, message: str, experiment: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(VoxError, match=message):
        train(load_experiment(experiment(model, rest=rest)), root=tmp_path / "results")
    assert not (tmp_path / "results" / "tones").exists()


@pytest.mark.parametrize(
    ("model", "normal", "equal", "said"),
    [
        ("type: naive_bayes", 0, True, "all 8 rows to train on are equal: there is nothing to learn"),
        (
            "type: mahalanobis, robust: true, normal: low",
            1,
            False,
            "model.type: mahalanobis cannot be trained",
        ),
        ("type: mahalanobis, robust: true, normal: low", 1, True, "rows to train on are equal"),
    ],
)
def test_too_little_to_learn_from_is_said(
    experiment: Callable[..., Path], model: str, normal: int, equal: bool, said: str
) -> None:
    settings = load_experiment(experiment(model))
    estimator = estimator_of(settings, inputs_of(settings.features), ["high", "low"])
    assert isinstance(estimator, VectorClassifier)
    rows = np.random.default_rng(1).integers(-99, 99, (8, 36), np.int16)
    rows[:] = 3 if equal else rows
    targets = np.arange(8) % 2 if not normal else np.array([1] + [0] * 7)
    with pytest.raises(VoxError, match=said):
        estimator._fit_rows(rows, targets)
