"""Classic models of an experiment: from clips to a .vxm whose decisions are the trained model's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vox_embed.core import Model
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.runs import evaluate_stored, train

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
    "type: forest, trees: 8, balancing: ros",
    "type: gradient_boosting, rounds: 5",
    "type: svm",
    "type: logistic, scale: robust, balancing: rus",
    "type: gmm, components: 1",
    "type: knn, prototypes: 4, k: 1",
    "type: mlp, hidden: [8], epochs: 30, batch_size: 8, learning_rate: 0.01",
    "type: isolation_forest, trees: 20, normal: low",
    "type: mahalanobis, normal: low, contamination: 0.2",
)


@pytest.mark.parametrize("model", MODELS)
def test_trains_and_decides_as_the_trained_model(
    model: str, experiment: Callable[..., Path], tmp_path: Path
) -> None:
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
    again, _ = evaluate_stored(settings, vxm, vxm.with_name("model.float.npz"))
    assert again.integer is not None
    np.testing.assert_array_equal(again.integer.posteriors, outcome.integer.posteriors)
    assert again.reference is not None
    np.testing.assert_array_equal(again.reference.posteriors, outcome.reference.posteriors)


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
        ("type: forest", REST + "augment: {{gain_db: [-6, 0]}}\n", "trained on the clips as they are"),
        ("type: isolation_forest, normal: quiet", REST, "tells 'quiet' from everything else"),
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
