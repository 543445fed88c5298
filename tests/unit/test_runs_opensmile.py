"""Experiments on openSMILE's features: trained and tested on the host, refused where a device is meant."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.results import find
from vox_embed.runs import evaluate_stored, train
from vox_embed.runs.cross import cross_validate

Make = Callable[..., Path]
SMILE = "{type: opensmile, set: GeMAPSv01b}"
LOGMEL = "{type: logmel, sample_rate: 16000, window_ms: 25, hop_ms: 10, bands: 12}"
REST = """
features: {features}
window: {{length_ms: 120, stride_ms: 40, functionals: [mean, std]}}
model: {{{model}}}
"""

needs_opensmile = pytest.mark.skipif(
    importlib.util.find_spec("opensmile") is None, reason="the optional package opensmile is not installed"
)


@pytest.fixture
def experiment(
    make_corpus_csv: Make, write_experiment: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Make:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    corpus = make_corpus_csv()

    def make(features: str = SMILE, model: str = "type: logistic", rest: str = REST) -> Path:
        return write_experiment(corpus, "test_size: 30", "", rest.format(features=features, model=model))

    return make


FEATURES = {
    SMILE: 62,
    SMILE.replace("}", ", level: lld}"): 18 * 2,
    f"[{LOGMEL}, {SMILE}]": 12 * 2 + 62,
    f"[{SMILE}, {SMILE.replace('GeMAPSv01b', 'eGeMAPSv02')}]": 62 + 88,
}


@needs_opensmile
@pytest.mark.parametrize("features", FEATURES)
def test_trains_and_evaluates_on_the_host(features: str, experiment: Make, tmp_path: Path) -> None:
    # The MLP leaves TensorFlow loaded behind, beside which openSMILE has to work.
    model = (
        "type: mlp, hidden: [8], epochs: 20, learning_rate: 0.01" if "lld" in features else "type: logistic"
    )
    settings = load_experiment(experiment(features, model))
    outcome = train(settings, root=tmp_path / "results")
    folder = tmp_path / "results" / "tones"
    assert outcome.to_dict()["integer"] is None
    assert outcome.to_dict()["float"]["accuracy"] > 0.8
    assert not (folder / "model.vxm").exists()
    with np.load(folder / "model.float.npz") as stored:
        assert "estimator.classes" in stored
        widths = {len(stored[name]) for name in stored if name.endswith("scaler.centre")}
        assert widths == {FEATURES[features]}
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (metrics["integer"], metrics["integer_details"]) == (None, None)
    with (folder / "predictions.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    right = np.mean([row["label"] == row["predicted"] for row in rows])
    assert right == pytest.approx(metrics["float"]["accuracy"])
    again, _ = evaluate_stored(settings, None, folder / "model.float.npz")
    assert again.integer is None
    assert again.reference is not None
    assert outcome.reference is not None
    np.testing.assert_array_equal(again.reference.posteriors, outcome.reference.posteriors)
    report = (folder / "report.html").read_text()
    assert "openSMILE GeMAPSv01b" in report
    assert "a PC alone computes these features" in report
    assert {path.name for path in (folder / "plots").iterdir()} >= {"confusion.png", "f1.png", "scores.png"}
    assert (folder / "train.log").read_text()


@needs_opensmile
def test_cross_validates(experiment: Make, tmp_path: Path) -> None:
    settings = load_experiment(experiment(model="type: tree"))
    outcome = cross_validate(settings, "speaker", 2, root=tmp_path / "results")
    assert outcome.pooled.clips == 2 * 5 * 4
    found = outcome.to_dict()
    assert found["integer"] is None
    assert found["float"]["accuracy"] > 0.8


@pytest.mark.parametrize("features", [SMILE, f"[{LOGMEL}, {SMILE}]"])
def test_no_device_gets_it(features: str, experiment: Make, tmp_path: Path) -> None:
    """Not even a model that lies beside the experiment, of other features."""
    path = experiment(features)
    (path.parent / "model.vxm").write_bytes(b"")
    with pytest.raises(VoxError, match="host only") as refused:
        find(path, root=tmp_path / "results").need_model()
    assert "egemaps-lite" in (refused.value.hint or "")


def test_the_missing_package_is_named_before_clips_are_read(
    experiment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opensmile", None)
    with pytest.raises(VoxError, match="needs the package opensmile"):
        train(load_experiment(experiment()), root=tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_what_is_not_trained_cannot_be_evaluated(experiment: Make, tmp_path: Path) -> None:
    settings = load_experiment(experiment())
    with pytest.raises(VoxError, match="has not been trained"):
        evaluate_stored(settings, None, tmp_path / "model.float.npz")


@pytest.mark.parametrize(
    ("features", "model", "rest", "message"),
    [
        (
            SMILE,
            "type: dscnn",
            REST.replace(", functionals: [mean, std]", ""),
            "network for devices, which do not compute `opensmile`",
        ),
        (
            SMILE.replace("}", ", level: lld}"),
            "type: svm",
            REST.replace(", functionals: [mean, std]", ""),
            "learns from functionals",
        ),
        (f"[{SMILE}, {LOGMEL}]", "type: svm", REST, "comes last in a list"),
        (f"[{LOGMEL}, {SMILE}, {SMILE}]", "type: svm", REST, "the same `opensmile` twice"),
        (f"[{LOGMEL}, {SMILE.replace('}', ', level: lld}')}]", "type: svm", REST, "frames of their own"),
        (f"[{LOGMEL.replace('16000', '8000')}, {SMILE}]", "type: svm", REST, "same `sample_rate`: 8000"),
    ],
)
def test_what_does_not_go_together_is_refused(
    features: str, model: str, rest: str, message: str, experiment: Make
) -> None:
    with pytest.raises(VoxError, match=message):
        load_experiment(experiment(features, model, rest))
