"""Trees as plain C: compiled here, and asked beside the library and beside the trained model."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.tiny_model import tiny_model
from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.export import ExportModel, export_model, find_target
from vox_embed.export.inline import identifier
from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.models.classic.boosting import GradientBoosting
from vox_embed.models.classic.outliers import IsolationForest
from vox_embed.models.classic.trees import DecisionTree, ExtraTrees, Forest
from vox_embed.program.build import build_network
from vox_embed.program.classic.forests import lower_boosting, lower_forest
from vox_embed.program.classic.outliers import lower_isolation

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror")
MAIN = """#include <stdio.h>
#include "forest.h"
int main(void)
{
    int16_t x[FOREST_FEATURES];
    while (fread(x, sizeof x, 1, stdin) == 1) {
        printf("%d\\n", forest_predict(x));
    }
    return 0;
}
"""
FEATURES = 70  # more than three bases' worth


def data(classes: int, rows: int, seed: int) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Clusters that overlap, so that leaves are mixed."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, rows)
    centres = rng.normal(0, 600, (classes, FEATURES))
    x = centres[y] + rng.normal(0, 1500, (rows, FEATURES))
    return np.clip(np.round(x), -32768, 32767).astype(np.int16), y


def exported(estimator: ClassicEstimator, X: NDArray[np.int16], folder: Path) -> tuple[bytes, Path]:
    lower = lower_boosting if isinstance(estimator, GradientBoosting) else lower_forest
    model = build_network(lower(estimator, X), {})
    export_model(find_target("inline"), ExportModel(model, "forest"), folder)
    (folder / "main.c").write_text(MAIN)
    return model, folder


def ask(folder: Path, X: NDArray[np.int16], *flags: str) -> NDArray[np.int64]:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    program = folder / "program"
    command = [
        compiler,
        *STRICT,
        *flags,
        str(folder / "forest.c"),
        str(folder / "main.c"),
        "-o",
        str(program),
    ]
    subprocess.run(command, check=True)
    done = subprocess.run([str(program)], input=X.astype("<i2").tobytes(), capture_output=True, check=True)
    return np.array(done.stdout.split(), np.int64)


KINDS = {
    "forest": (lambda: Forest(trees=10, depth=6), 7),
    "forest_of_two": (lambda: Forest(trees=9, depth=12), 2),
    "one_tree": (lambda: DecisionTree(depth=5), 4),
    "extra_trees": (lambda: ExtraTrees(trees=12, depth=7), 5),
    "boosting": (lambda: GradientBoosting(rounds=8, depth=3), 3),
}


@pytest.mark.parametrize("kind", KINDS)
def test_decides_as_the_model_and_as_trained(kind: str, tmp_path: Path) -> None:
    make, classes = KINDS[kind]
    X, y = data(classes, 600, 3)
    estimator = make().fit(X, y)
    model, folder = exported(estimator, X, tmp_path)
    rng = np.random.default_rng(5)
    rows = np.concatenate(
        [data(classes, 300, 4)[0], rng.integers(-32768, 32768, (300, FEATURES)).astype(np.int16)]
    )
    said = ask(folder, rows, "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    outputs = Model(model).run(rows)
    assert np.array_equal(said, outputs.argmax(axis=1))
    assert np.array_equal(said, estimator.predict(rows))
    assert len(set(said)) == classes


def test_no_compiler_looks_through_it(tmp_path: Path) -> None:
    """The same answers from clang, and where pointers are not hidden."""
    X, y = data(4, 500, 8)
    _, folder = exported(Forest(trees=6, depth=8).fit(X, y), X, tmp_path)
    first = ask(folder, X, "-O2")
    source = folder / "forest.c"
    source.write_text(source.read_text().replace("defined(__GNUC__)", "0"))
    assert np.array_equal(first, ask(folder, X, "-O2"))


def test_files_and_names(tmp_path: Path) -> None:
    X, y = data(3, 200, 1)
    _, folder = exported(Forest(trees=3, depth=3).fit(X, y), X, tmp_path / "out")
    assert {p.name for p in folder.iterdir()} >= {"README.md", "forest.c", "forest.h"}
    assert "forest_predict(features)" in (folder / "README.md").read_text()
    assert identifier("my model-2") == "my_model_2"
    assert identifier("2nd") == "model_2nd"


@pytest.mark.parametrize("target", ["inline", "emlearn"])
def test_a_value_is_no_class(target: str, tmp_path: Path) -> None:
    X, y = data(2, 200, 1)
    one_value = (
        lower_forest(Forest(trees=2, depth=3, task="regression").fit(X, y.astype(float)), X),
        lower_isolation(IsolationForest(trees=5).fit(X, y), X),
    )
    for program in one_value:
        with pytest.raises(VoxError, match="one value, not classes"):
            export_model(
                find_target(target), ExportModel(build_network(program, {}), "value"), tmp_path / "x"
            )


def test_a_network_has_no_trees(tmp_path: Path) -> None:
    with pytest.raises(VoxError, match="holds no trees"):
        export_model(find_target("inline"), ExportModel(tiny_model("conv"), "tiny"), tmp_path / "x")
