"""Grids of settings: from texts and files to experiments."""

from __future__ import annotations

from pathlib import Path

import pytest

from vox_embed.experiment import VoxError
from vox_embed.runs.bench.settings import grid_of, settings_of

TEXT = """\
name: tones
data: {databases: {one: {path: table.csv}}}
window: {functionals: [mean]}
model: {type: svm}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "exp.yaml"
    file.write_text(TEXT)
    return file


def test_every_combination(path: Path) -> None:
    made, left_out = settings_of(path, grid_of(["model.c=0.1,1e1", "model.type=svm,linear_svm"]))
    assert [one.title for one in made] == [
        "model.c=0.1, model.type=svm",
        "model.c=0.1, model.type=linear_svm",
        "model.c=1e1, model.type=svm",
        "model.c=1e1, model.type=linear_svm",
    ]
    assert not left_out
    # `model.type` comes last and begins with its own defaults, where it is another
    assert [one.experiment.model.c for one in made] == [0.1, 1, 10, 1]


def test_sections_lists_and_texts(path: Path) -> None:
    grid = grid_of(["model={type: tree, depth: 3},{type: lda}", "window.functionals=[mean, std],[mean]"])
    made, _ = settings_of(path, grid)
    assert [one.named["model"] for one in made[::2]] == ["tree depth 3", "lda"]
    assert made[0].experiment.model.depth == 3
    assert made[0].experiment.window.functionals == ("mean", "std")
    labels = settings_of(path, grid_of(["data.labels=[1.10, 'true'],[True, no]"]))[0]
    assert [one.experiment.data.labels for one in labels] == [("1.10", "true"), ("True", "no")]


def test_a_file_gives_names(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "grid.yaml"
    file.write_text("model: {small: {type: tree, depth: 2}, large: {type: forest}}\nseed: [1, 2]\n")
    made, _ = settings_of(path, grid_of([], file), ["decision.clip=mean"])
    assert [one.title for one in made] == [
        "model=small, seed=1", "model=small, seed=2", "model=large, seed=1", "model=large, seed=2",
    ]  # fmt: skip


def test_what_cannot_be_is_left_out_and_told(path: Path) -> None:
    made, left_out = settings_of(path, grid_of(["model.type=svm,tree", "model.c=1,2"]))
    assert len(made) == 2
    assert len(left_out) == 2
    assert "left out: model.type=tree, model.c=1: --set model.c: unknown key `c`" in left_out[0]


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        (["model.c"], "no `=`"),
        (["model.c="], "no `=`"),
        ([], "nothing to vary"),
        (["model.c=1,1"], "`1` is there twice"),
        (["model.c=[1"], "not valid YAML"),
        (["model.cc=1,2"], "none of 2 settings can be"),
        (
            ["seed=" + ",".join(map(str, range(200))), "model.c=" + ",".join(map(str, range(1, 200)))],
            "more than",
        ),
    ],
)
def test_bad_grids(path: Path, vary: list[str], message: str) -> None:
    with pytest.raises(VoxError) as caught:
        settings_of(path, grid_of(vary))
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [("- a\n", "a grid is a mapping"), ("model.c: 3\n", ":1: model.c: a list"), ("seed: []\n", "is empty")],
)
def test_bad_files(path: Path, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "grid.yaml"
    file.write_text(text)
    with pytest.raises(VoxError) as caught:
        settings_of(path, grid_of([], file))
    assert message in caught.value.message
