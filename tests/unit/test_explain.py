"""Shapley values against their definition, and `vox-embed explain` on trained models."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vox_embed.cli.main import main
from vox_embed.experiment import load_experiment
from vox_embed.models.shapley import shapley
from vox_embed.runs import train

Make = Callable[..., Path]


def crooked(rows: Any) -> Any:
    """Values that depend on each other, and two answers."""
    a, b, c, _ = rows.T
    return np.stack([a * b + c**2, np.maximum(a, c) - b], axis=1)


def test_as_defined() -> None:
    random = np.random.default_rng(1)
    row, start = random.normal(size=(1, 4)), random.normal(size=(1, 4))
    exact = np.zeros((4, 2))
    orders = list(permutations(range(4)))
    for order in orders:
        now = start.copy()
        for value in order:
            before = crooked(now)[0]
            now[0, value] = row[0, value]
            exact[value] += (crooked(now)[0] - before) / len(orders)
    found = shapley(crooked, row, start, 1500, 0)
    np.testing.assert_allclose(found[0], exact, atol=0.05)
    np.testing.assert_allclose(found[0].sum(axis=0), (crooked(row) - crooked(start))[0])
    assert not found[0, 3].any(), "nothing is owed to what the answers do not depend on"


def test_of_sums_each_is_owed_its_own() -> None:
    random = np.random.default_rng(2)
    weights, rows, background = (random.normal(size=size) for size in ((5, 3), (6, 5), (4, 5)))
    told: list[tuple[int, int]] = []
    found = shapley(lambda x: x @ weights, rows, background, 4, 0, lambda *done: told.append(done))
    exact = (rows - background.mean(axis=0))[:, :, None] * weights  # each of the background is drawn once
    np.testing.assert_allclose(found, exact, atol=1e-12)
    assert told[-1] == (6, 6)
    np.testing.assert_array_equal(found, shapley(lambda x: x @ weights, rows, background, 4, 0))


def test_no_rows() -> None:
    assert shapley(crooked, np.zeros((0, 4)), np.zeros((2, 4)), 1, 0).shape == (0, 4, 0)


REST = """
features: {{type: lld, sample_rate: 16000, names: [f0, centroid]}}
window: {{length_ms: 160, stride_ms: 160, functionals: [mean, std]}}
model: {{{model}}}
"""


@pytest.mark.parametrize(
    ("model", "labels", "outputs"),
    [
        ("type: forest, trees: 8", ("a", "b"), ["a", "b"]),
        ("type: ridge, task: regression, scale: standard", ("1", "2"), ["label"]),
    ],
)
def test_what_tells_tones_apart(  # noqa: PLR0917
    write_experiment: Make,
    make_corpus_csv: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    model: str,
    labels: tuple[str, ...],
    outputs: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_experiment(make_corpus_csv(labels), "test_size: 40", "", REST.format(model=model))
    train(load_experiment(path))
    capsys.readouterr()
    line = ["explain", str(path), "--windows", "8", "--draws", "2"]
    assert main([*line, "--json", "--out", "why"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["outputs"] == outputs
    assert len(said["values"]) == 4
    sizes = [sum(one["size"]) for one in said["values"]]
    assert sizes == sorted(sizes, reverse=True)
    best = said["values"][0]
    assert best["name"] in {"f0_mean", "centroid_mean"}
    assert best["direction"][-1] > 0.5, "tones of the second label are higher"
    table = list(csv.reader((tmp_path / "why" / "explanation.csv").open()))
    assert [row[0] for row in table[1:]] == [one["name"] for one in said["values"]]
    assert (tmp_path / "why" / "explanation.png").read_bytes().startswith(b"\x89PNG")
    assert main([*line, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == said
    assert main(line) == 0
    assert best["name"] in capsys.readouterr().out


def test_what_is_not_explained(
    write_experiment: Make,
    make_corpus_csv: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_experiment(make_corpus_csv(), "test_size: 40", "", REST.format(model="type: lda"))
    assert main(["explain", str(path)]) == 1
    assert "has no float model to explain" in capsys.readouterr().err
    train(load_experiment(path))
    assert main(["explain", "results/tones", "--out", str(path)]) == 1
    assert str(path) in capsys.readouterr().err
    kept = tmp_path / "results" / "tones"
    (kept / "model.float.npz").unlink()
    assert main(["explain", str(kept)]) == 1
    assert "has no float model to explain" in capsys.readouterr().err
