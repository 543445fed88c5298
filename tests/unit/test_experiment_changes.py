"""`--set KEY=VALUE`: keys of the experiment file, changed beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.schema import Experiment

TEXT = """\
name: tones
data:
  databases:
    one.two: {path: table.csv, split_strategy: random}
features:
  - {type: mfcc, bands: 30}
  - {type: lld, set: prosody}
window: {functionals: [mean, std]}
model: {type: svm, kernel: linear, c: 0.01, class_weight: true}
"""


@pytest.fixture
def load(tmp_path: Path):
    path = tmp_path / "exp.yaml"
    path.write_text(TEXT)

    def loaded(*changes: str) -> Experiment:
        return load_experiment(path, changes=changes)

    return loaded


def test_values_are_yaml(load) -> None:
    changed = load("model.c=1e-3", "seed=11", "features[1].bands=40", "window.functionals=[mean, slope]")
    assert changed.model.c == 1e-3
    assert changed.seed == 11
    assert changed.features.parts[0].bands == 40
    assert changed.window.functionals == ("mean", "slope")


def test_a_section_that_is_not_there_is_made(load) -> None:
    assert load("decision.clip=majority").decision.clip == "majority"


def test_a_name_with_points_is_found(load) -> None:
    assert load("data.databases.one.two.test_size=30").data.databases["one.two"].test_size == 30


def test_labels_are_as_they_are_written(load) -> None:
    assert load("data.labels=[1.10, True]").data.labels == ("1.10", "True")


def test_another_type_begins_with_its_defaults(load) -> None:
    model = load("model.type=forest", "model.trees=20").model
    assert (model.type, model.trees, model.class_weight) == ("forest", 20, False)
    assert load("model.type=svm").model.c == 0.01


def test_paths_are_from_where_the_user_is(load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    databases = load("data.databases.one.two.path=other.csv").data.databases
    assert databases["one.two"].path == inner / "other.csv"
    assert load().data.databases["one.two"].path == tmp_path / "table.csv"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("model.c", "no `=`"),
        ("=3", "no `=`"),
        ("modle.c=3", "--set modle.c: unknown key `modle`"),
        ("model.cc=3", "--set model.cc: unknown key `cc` in `model`"),
        ("model.c=-1", "--set model.c: model.c: `-1`"),
        ("model.c=[1", "--set model.c"),
        ("features.bands=3", "`features` is a list of 2"),
        ("model[1].c=3", "`model` is no list"),
        ("classes[9]=x", "`classes` is no list"),
        ("features[3].bands=3", "there is no item 3"),
        ("features[0].bands=3", "there is no item 0"),
        ("name.first=3", "no section that could have a key `first`"),
        ("model.type=forst", "unknown model type `forst`"),
        ("model..c=1", "cannot be read as a key"),
    ],
)
def test_bad_changes_are_named(load, change: str, message: str) -> None:
    with pytest.raises(VoxError) as caught:
        load(change)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ("features.bands=3", "features[1].bands=..."),
        ("features.2.bands=3", "features[2].bands=..."),
        ("features.0.bands=3", "features[1].bands=..."),
        ("features.7=3", "features[2]=..."),
        ("model[1].c=3", "model.c=..."),
    ],
)
def test_an_index_is_shown_as_it_is_typed(load, change: str, hint: str) -> None:
    with pytest.raises(VoxError) as caught:
        load(change)
    assert hint in (caught.value.hint or "")
