"""Networks that answer with a number, and what perceptrons and networks are trained by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.sounds import tone
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.models.classic.mlp import Mlp
from vox_embed.runs import train

FEATURES = "features: {type: logmel, sample_rate: 8000, window_ms: 25, hop_ms: 20, bands: 12}\n"


def written(folder: Path, model: str, rest: str = "") -> Path:
    (folder / "audio").mkdir()
    lines = ["file,speaker,label"]
    for i in range(60):
        name, pitch = f"audio/{i:02}.wav", 300 + 40 * (i % 20)
        soundfile.write(folder / name, tone(pitch, 0.3, 8000, i), 8000)
        lines.append(f"{name},s{i // 20},{pitch / 100}")
    (folder / "table.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = folder / "exp.yaml"
    path.write_text(
        "name: pitch\ndata: "
        f"{{dev_size: 30, databases: {{a: {{path: {folder / 'table.csv'}, test_size: 34}}}}}}\n"
        f"{FEATURES}window: {{length_ms: 200, stride_ms: 200, normalise: none}}\nmodel: {{{model}}}\n{rest}",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("loss", ["ccc"])
def test_a_cnn_answers_with_a_number_on_a_device(
    loss: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorflow")
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    model = (
        f"type: cnn, task: regression, loss: {loss}, widths: [6, 8, 8], dense: 0, epochs: 14, "
        "learning_rate: 0.02, dropout: 0, optimizer: adam, scheduler: step"
    )
    outcome = train(load_experiment(written(tmp_path, model)), root=tmp_path / "results")
    assert outcome.integer is not None and outcome.reference is not None
    figures = outcome.to_dict()
    assert figures["integer"]["ccc"] > 0.5
    assert abs(figures["integer"]["ccc"] - figures["float"]["ccc"]) < 0.1
    grid = [float(label) for label in outcome.integer.scores.labels]
    assert outcome.integer.values is not None
    assert grid[0] <= outcome.integer.values.min() <= outcome.integer.values.max() <= grid[-1]


@pytest.mark.parametrize("loss", ["mse", "mae", "ccc"])
def test_perceptrons_learn_a_number_by_each_loss(loss: str) -> None:
    pytest.importorskip("tensorflow")
    random = np.random.default_rng(1)
    rows = random.normal(0, 300, (200, 4)).round().astype(np.int16)
    target = 40 + rows[:, 0] / 100 - rows[:, 1] / 200
    made = Mlp(
        task="regression", loss=loss, hidden=(8,), epochs=25, dropout=0.0, learning_rate=0.02, validation=0.0
    )
    values = made.fit(rows, target).predict(rows)
    assert np.corrcoef(values, target)[0, 1] > 0.95
    assert abs(values.mean() - target.mean()) < 0.5


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("type: cnn, loss: ccc", "task: regression"),
        ("type: cnn, task: regression, label_smoothing: 0.1", "has no classes"),
        ("type: mlp, task: regression, loss: f1", "is of classes"),
        ("type: learned, head: svm, task: regression", "tells classes apart"),
        ("type: cnn, optimiser: adam", "optimizer"),
    ],
)
def test_what_does_not_fit_is_refused(model: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(VoxError) as caught:
        load_experiment(written(tmp_path, model))
    assert message in f"{caught.value.message} {caught.value.hint}"


def test_an_mlp_learns_by_the_f1_of_its_classes() -> None:
    """A class of one row in ten counts as much as the others do."""
    pytest.importorskip("keras")
    random = np.random.default_rng(1)
    target = np.repeat([0, 1], [270, 30])
    rows = random.normal(0, 1, (300, 4))
    rows[target == 1, 0] += 1.5
    settings = {"hidden": (8,), "dropout": 0.0, "epochs": 30, "validation": 0.0, "seed": 3}
    found = {
        loss: (Mlp(loss=loss, **settings).fit(rows, target).predict(rows) == 1).sum()
        for loss in ("mse", "f1")
    }
    assert found["mse"] < found["f1"] <= 60
