"""Several labels at once: from the table to a device's events, networks and classic models alike."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from helpers.tagged import RATE, TAGS, tagged_clip, write_tagged
from vox_embed.api import Model as Opened
from vox_embed.cli.main import app
from vox_embed.core import Listener, Model
from vox_embed.data import load_dataset
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.program.vxm import tag_thresholds
from vox_embed.report.tag_scores import TagScores
from vox_embed.runs import cross_validate, evaluate_stored, train

CLASSIC = "window: {length_ms: 600, stride_ms: 600, functionals: [mean, std]}\n"
NETWORK = "window: {length_ms: 300, stride_ms: 100, normalise: none}\n"
FEATURES = "features: {type: logmel, sample_rate: 8000, window_ms: 25, hop_ms: 20, bands: 16}\n"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tagged(tmp_path_factory.mktemp("tagged"))


def written(folder: Path, table: Path, model: str, rest: str = CLASSIC, data: str = "  tags: {}\n") -> Path:
    path = folder / "exp.yaml"
    path.write_text(
        f"name: tags\ndata:\n  target: tags\n{data}  dev_size: 30\n"
        f"  databases: {{made: {{path: {table}, split_strategy: speaker_split, test_size: 30}}}}\n"
        f"{FEATURES}{rest}model: {{{model}}}\n",
        encoding="utf-8",
    )
    return path


MODELS = ("type: logistic", "type: forest, trees: 10", "type: svm", "type: naive_bayes", "type: knn, k: 1")


@pytest.mark.parametrize("model", MODELS)
def test_a_classic_model_for_each_tag_decides_as_trained_in_one_program(
    model: str, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    outcome = train(load_experiment(written(tmp_path, table, model)), root=tmp_path / "results")
    assert outcome.integer is not None and outcome.reference is not None
    assert outcome.integer.tags is not None
    np.testing.assert_array_equal(outcome.integer.tags, outcome.reference.tags)
    assert outcome.to_dict()["integer"]["macro_f1"] > 0.9
    with (tmp_path / "results" / "tags" / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {"label", "predicted", *(f"score_{tag}" for tag in TAGS)} <= set(rows[0])
    assert any(row["label"] == "high;low;noise" for row in rows)
    assert any(row["label"] == "" for row in rows)
    report = (tmp_path / "results" / "tags" / "report.html").read_text(encoding="utf-8")
    assert "Macro F1" in report
    details = json.loads((tmp_path / "results" / "tags" / "metrics.json").read_text())["integer_details"]
    assert [one["label"] for one in details["ranking"]] == list(TAGS)


@pytest.fixture(scope="module")
def network(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("tensorflow")
    folder = tmp_path_factory.mktemp("network")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOX_CACHE", str(folder / "cache"))
        model = "type: stream_cnn, width: 12, kernels: [3], epochs: 25, learning_rate: 0.02, stride: 1"
        rest = NETWORK + "decision: {alpha: 1, thresholds: {noise: 0.4}, refractory_ms: 0}\n"
        train(load_experiment(written(folder, table, model, rest)), root=folder / "results")
    return folder


def test_a_network_has_a_sigmoid_and_a_threshold_for_each_tag(network: Path) -> None:
    found = json.loads((network / "results" / "tags" / "metrics.json").read_text())
    assert found["integer"]["macro_f1"] > 0.8
    data = (network / "results" / "tags" / "model.vxm").read_bytes()
    thresholds = tag_thresholds(data)
    assert thresholds is not None
    assert thresholds[TAGS.index("noise")] == pytest.approx(0.4, abs=1e-4)
    again, rows = evaluate_stored(
        load_experiment(network / "exp.yaml"),
        network / "results" / "tags" / "model.vxm",
        network / "results" / "tags" / "model.float.npz",
    )
    assert again.to_dict()["integer"] == found["integer"]
    assert rows.tags


def test_tags_begin_and_end_events_of_their_own_at_the_same_time(network: Path) -> None:
    data = (network / "results" / "tags" / "model.vxm").read_bytes()
    parts = [(), ("low", "high"), ("low", "high", "noise"), ("low",), ()]
    sound = np.concatenate([tagged_clip(has, 900 + i, 1.5) for i, has in enumerate(parts)])
    heard = Listener(Model(data)).push(sound)
    on: set[int] = set()
    most = 0
    for event in heard.events:
        assert (event.label in on) == (event.kind == 2)
        (on.add if event.kind == 1 else on.discard)(event.label)
        most = max(most, len(on))
    assert most == len(TAGS)
    assert not on


def test_tags_of_columns_and_of_cells_are_the_same(table: Path, tmp_path: Path) -> None:
    cells = load_dataset(load_experiment(written(tmp_path, table, "type: logistic")))
    columns = f"  tags: {{columns: [{', '.join(TAGS)}]}}\n"
    others = load_dataset(load_experiment(written(tmp_path, table, "type: logistic", data=columns)))
    np.testing.assert_array_equal(cells.indicator, others.indicator)
    chosen = "  tags: {}\n  labels: [noise, low]\n"
    fewer = load_dataset(load_experiment(written(tmp_path, table, "type: logistic", data=chosen)))
    assert fewer.labels == ("noise", "low")
    assert len(fewer) == len(cells)
    assert cells.summary().loc["all", "all"] == 48


@pytest.mark.parametrize(
    ("model", "data", "message"),
    [
        ("type: logistic", "  tags: {columns: [high, lwo]}\n", "data.tags.columns"),
        ("type: logistic", "  tags: {columns: [speaker]}\n", "`speaker` is `s0`"),
        ("type: logistic", "  tags: {}\n  labels: [high, lwo]\n", "no row has the tag `lwo`"),
        ("type: one_class_svm", "  tags: {}\n", "it knows no tags"),
        ("type: ridge, task: regression", "  tags: {}\n", "it knows no tags"),
        ("type: logistic, balancing: ros", "  tags: {}\n", "balanced"),
        ("type: logistic", "  tags: {seperator: ','}\n", "separator"),
    ],
)
def test_bad_tags_are_refused(model: str, data: str, message: str, table: Path, tmp_path: Path) -> None:
    with pytest.raises(VoxError) as caught:
        load_dataset(load_experiment(written(tmp_path, table, model, data=data)))
    assert message in f"{caught.value.message} {caught.value.hint}"


def test_a_tag_that_all_rows_have_is_refused(table: Path, tmp_path: Path) -> None:
    text = table.read_text(encoding="utf-8").replace(",s", ",s").splitlines()
    full = [text[0] + ",all", *(line + ",1" for line in text[1:])]
    (table.parent / "full.csv").write_text("\n".join(full) + "\n", encoding="utf-8")
    path = written(
        tmp_path, table.parent / "full.csv", "type: logistic", data="  tags: {columns: [all, low]}\n"
    )
    with pytest.raises(VoxError, match="all training rows have it"):
        load_dataset(load_experiment(path))


def test_sounds_are_at_the_rate_of_the_model() -> None:
    assert len(tagged_clip((), 1)) == round(0.6 * RATE)


def test_folds_of_tags_and_what_predict_says(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    path = written(tmp_path, table, "type: logistic")
    outcome = cross_validate(load_experiment(path), count=2, root=tmp_path / "results")
    assert isinstance(outcome.pooled, TagScores)
    assert outcome.spread["macro_f1"]["folds"] == 2
    assert "macro F1" in (outcome.folder / "report.html").read_text(encoding="utf-8")
    assert (outcome.folder / "plots" / "ranking.png").is_file()
    fold = next(outcome.folder.glob("*/model.vxm"))
    heard = Opened(fold).classify(tagged_clip(("high", "low"), 5))
    assert heard.labels == ("high", "low")
    result = CliRunner().invoke(app, ["predict", str(fold), str(table), "--out", str(tmp_path / "heard.csv")])
    assert result.exit_code == 0, result.output
    with (tmp_path / "heard.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    right = [set(row["tags_pred"].split(";")) == set(row["tags"].split(";")) for row in rows]
    assert np.mean(right) > 0.8
    assert float(rows[0]["tags_score_noise"]) < 0.5
