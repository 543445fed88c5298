"""Forests for emlearn: its own C code decides as we say it does, and the difference to the model is known."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from test_export_inline import data

from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.export import ExportModel, export_model, find_target
from vox_embed.export.emlearn import Forest as EmlearnForest
from vox_embed.models.classic.boosting import GradientBoosting
from vox_embed.models.classic.trees import Forest
from vox_embed.program.build import build_network
from vox_embed.program.classic.forests import lower_boosting, lower_forest
from vox_embed.program.stored_trees import read_trees

MAIN = """#include <stdio.h>
#include "forest_emlearn.h"
int main(void)
{
    int16_t x[70];
    while (fread(x, sizeof x, 1, stdin) == 1) {
        printf("%d\\n", (int)forest_predict(x));
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def forest() -> tuple[bytes, np.ndarray]:
    X, y = data(6, 700, 2)
    estimator = Forest(trees=10, depth=7).fit(X[:500], y[:500])
    return build_network(lower_forest(estimator, X[:500]), {}), X[500:]


def by_csv(text: str, rows: np.ndarray) -> list[int]:
    """As emlearn-micropython reads and decides: written out from the format's description."""
    lines = [line.split(",") for line in text.split("\r\n")]
    leaves = [int(line[1]) for line in lines if line[0] == "l"]
    roots = [int(line[1]) for line in lines if line[0] == "r"]
    nodes = [tuple(map(int, line[1:])) for line in lines if line[0] == "n"]
    classes = next(int(line[1]) for line in lines if line[0] == "c")
    decided = []
    for row in rows:
        votes = [0] * classes
        for root in roots:
            at = root
            while at >= 0:
                feature, value, left, right = nodes[at]
                child = left if row[feature] < value else right
                at = at + child if child >= 0 else child
            votes[leaves[-1 - at]] += 1
        decided.append(votes.index(max(votes)))
    return decided


def test_csv_decides_as_we_say(forest: tuple[bytes, np.ndarray], tmp_path: Path) -> None:
    model, rows = forest
    export_model(find_target("emlearn"), ExportModel(model, "forest"), tmp_path)
    said = EmlearnForest.make(read_trees(model)).decide(rows, votes=True)
    assert by_csv((tmp_path / "forest.csv").read_bytes().decode(), rows) == said.tolist()
    trained = Model(model).run(rows).argmax(axis=1)
    agreement = (said == trained).mean()
    assert 0.8 < agreement <= 1


def test_emlearns_own_c_decides_as_we_say(forest: tuple[bytes, np.ndarray], tmp_path: Path) -> None:
    found = importlib.util.find_spec("emlearn")
    compiler = shutil.which("gcc")
    if found is None or not found.submodule_search_locations or compiler is None:
        pytest.skip("emlearn, or a C compiler, is not installed")
    model, rows = forest
    export_model(find_target("emlearn"), ExportModel(model, "forest"), tmp_path)
    (tmp_path / "main.c").write_text(MAIN)
    include = f"-I{found.submodule_search_locations[0]}"
    command = [compiler, "-std=gnu99", "-O1", include, "main.c", "-o", "main", "-lm"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    done = subprocess.run(
        [str(tmp_path / "main")], input=rows.astype("<i2").tobytes(), capture_output=True, check=True
    )
    said = EmlearnForest.make(read_trees(model)).decide(rows, votes=False)
    assert [int(x) for x in done.stdout.split()] == said.tolist()
    trained = Model(model).run(rows).argmax(axis=1)
    assert (said == trained).mean() >= 0.97


@pytest.mark.parametrize(("classes", "inline"), [(31, True), (64, True), (65, False)])
def test_many_classes(classes: int, inline: bool, tmp_path: Path) -> None:
    """The hint names a form that holds them: plain C ends at 64 classes."""
    random = np.random.default_rng(classes)
    y = np.tile(np.arange(classes), 4)
    X = (100 * y[:, None] + random.integers(-20, 20, (len(y), 2))).astype(np.int16)
    model = ExportModel(build_network(lower_forest(Forest(trees=2, depth=8).fit(X, y), X), {}), "many")
    with pytest.raises(VoxError, match=f"{classes} classes; emlearn's trees have at most 30") as refused:
        export_model(find_target("emlearn"), model, tmp_path / "emlearn")
    assert ("--style inline" in str(refused.value.hint)) == inline
    assert "--target c99" in str(refused.value.hint)
    if inline:
        assert export_model(find_target("inline"), model, tmp_path / "inline")
        return
    with pytest.raises(VoxError, match="65 classes; inline code has at most 64") as refused:
        export_model(find_target("inline"), model, tmp_path / "inline")
    assert refused.value.hint == "export the library, which runs them: --target c99"
    assert export_model(find_target("vxm"), model, tmp_path / "vxm")


def test_what_emlearn_cannot_hold(tmp_path: Path) -> None:
    X, y = data(3, 200, 1)
    boosted = GradientBoosting(rounds=3, depth=2).fit(X, y)
    with pytest.raises(VoxError, match="add up odds"):
        export_model(
            find_target("emlearn"), ExportModel(build_network(lower_boosting(boosted, X), {}), "b"), tmp_path
        )
    wide = np.tile(X, 2)
    forest = Forest(trees=2, depth=2).fit(wide, y)
    with pytest.raises(VoxError, match="140 features; emlearn's trees have at most 127"):
        export_model(
            find_target("emlearn"), ExportModel(build_network(lower_forest(forest, wide), {}), "w"), tmp_path
        )
