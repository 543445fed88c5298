"""Flash and instructions of a forest as plain C, beside emlearn's, on the same rows:

    pip install emlearn==0.23.2; python bench/classic/inline.py

A forest of 10 trees of depth 10, on spoken digits where VOX_DATA names the folder with fsdd, else on rows
drawn at random. Cortex-M0 code, gcc -Os and -O2; instructions are counted in QEMU. Decisions are held against
the trained forest's (scikit-learn: the highest mean of the leaves' class shares).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.device.measure import compile as measuring
from vox_embed.device.measure.machine import machine_of
from vox_embed.export.inline import inline_header, inline_source
from vox_embed.models.classic.trees import Forest
from vox_embed.program.build import build_network
from vox_embed.program.classic.forests import lower_forest
from vox_embed.program.stored_trees import read_trees

ROWS = 300
HARNESS = """#include "measure.h"
#include "rows.h"
int CALL(const int16_t *features);
void measure_main(void)
{
    for (unsigned i = 0; i < ROW_COUNT; ++i) {
        const uint32_t before = measure_ticks();
        const int label = CALL(rows[i]);
        measure_print("ticks", (int32_t)(measure_ticks() - before));
        measure_print("label", label);
    }
    const uint32_t before = measure_ticks();
    measure_print("clock", (int32_t)(measure_ticks() - before));
}
"""


def digits(folder: Path) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Mean, deviation and percentiles of 26 log-mel bands over each clip."""
    import pandas as pd
    import soundfile

    from vox_embed.features import Functionals, LogMel

    front = LogMel(8000, 240, 120, 256, 26, 60.0, 3800.0)
    kind = Functionals.of(front, ("mean", "std", "p20", "p80"))
    rows, labels = [], []
    for row in pd.read_csv(folder / "fsdd.csv").itertuples():
        sound, _ = soundfile.read(folder / row.file, dtype="int16")
        if len(sound) >= front.window:
            rows.append(kind.extract(front.extract(sound), 4000, 4000)[0])
            labels.append(int(row.digit))
    return np.array(rows, np.int16), np.array(labels)


def blobs() -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 10, 3000)
    x = rng.normal(0, 2000, (10, 104))[y] + rng.normal(0, 5000, (3000, 104))
    return np.clip(np.round(x), -32768, 32767).astype(np.int16), y


def measure(
    source: Path, call: str, rows: NDArray[np.int16], flag: str
) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """Bytes of code and constants; instructions and labels of every row."""
    machine = machine_of("qemu-m0")
    gcc = f"{machine.compiler}gcc"
    folder = source.parent
    listed = ",\n".join("{" + ",".join(map(str, row)) + "}" for row in rows.tolist())
    (folder / "rows.h").write_text(
        f"#include <stdint.h>\n#define ROW_COUNT {len(rows)}u\n"
        f"static const int16_t rows[{len(rows)}][{rows.shape[1]}] = {{{listed}}};\n"
    )
    (folder / "harness.c").write_text(HARNESS)
    (folder / "program.ld").write_text(measuring.linker_script(machine))
    flags = [gcc, *machine.flags, flag, "-ffunction-sections", "-fdata-sections"]
    subprocess.run([*flags, "-c", str(source), "-o", "trees.o"], cwd=folder, check=True)
    # The function with all that it calls, and nothing else.
    link = ["-nostartfiles", "-nostdlib", f"-Wl,--gc-sections,-e{call}", "trees.o", "-lc", "-lgcc"]
    subprocess.run([*flags, *link, "-o", "alone.elf"], cwd=folder, check=True)
    sizes = subprocess.run(
        [f"{machine.compiler}size", "alone.elf"], cwd=folder, capture_output=True, text=True, check=True
    )
    start = [str(measuring.PROGRAMS / "start.c"), f"-I{measuring.PROGRAMS}", f"-DCALL={call}", "harness.c"]
    link = ["-nostartfiles", "-nostdlib", "-Wl,--gc-sections", "-T", "program.ld", "-lc", "-lgcc"]
    subprocess.run(
        [*flags, "-std=gnu99", *start, "trees.o", *link, "-o", "count.elf"], cwd=folder, check=True
    )
    said = measuring.run_program(machine, folder / "count.elf")
    ticks, labels, clock = (
        np.array([int(x) for x in re.findall(rf"^{name} (-?\d+)$", said, re.MULTILINE)])
        for name in ("ticks", "label", "clock")
    )
    counted = np.array([machine.counted(int(t - clock[0])) for t in ticks])
    return int(sizes.stdout.splitlines()[1].split()[0]), counted, labels


def as_scikit_learn(forest: Forest, X: np.ndarray, y: np.ndarray) -> object:
    """The same forest as the object that emlearn takes."""
    from sklearn.ensemble import RandomForestClassifier

    trained = RandomForestClassifier(
        forest.trees, max_depth=forest.depth, max_features=forest.max_features, random_state=forest.seed
    ).fit(X, y)
    assert np.array_equal(trained.predict(X), forest.predict(X))
    return trained


def emlearn_source(model: object, folder: Path) -> Path | None:
    try:
        from emlearn.trees import Wrapper
    except ImportError:
        print("emlearn is not installed: pip install emlearn==0.23.2", file=sys.stderr)
        return None
    code = Wrapper(model, "inline", dtype="int16_t").save(name="theirs", include_proba=False)
    code += "\nint theirs(const int16_t *x);\nint theirs(const int16_t *x) { return theirs_predict(x, 0); }\n"
    (folder / "theirs.c").write_text(code)
    return folder / "theirs.c"


def main() -> None:
    root = os.environ.get("VOX_DATA")
    X, y = digits(Path(root) / "fsdd") if root else blobs()
    order = np.random.default_rng(0).permutation(len(X))
    train, test = order[:2000], order[2000 : 2000 + ROWS]
    forest = Forest(trees=10, depth=10).fit(X[train], y[train])
    decided = forest.predict(X[test])
    model = build_network(lower_forest(forest, X[train]), {})
    print(f"{'digits' if root else 'random rows'}: {X.shape[1]} features, 10 classes, {ROWS} test rows")
    print(f"{'':8} {'flags':6} {'bytes':>8} {'instructions':>14} {'at most':>9} {'as trained':>11}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        trees = read_trees(model)
        (folder / "ours.h").write_text(inline_header("ours", trees, [str(i) for i in range(10)]))
        (folder / "ours.c").write_text(inline_source("ours", trees))
        sources = {"inline": (folder / "ours.c", "ours_predict")}
        theirs = emlearn_source(as_scikit_learn(forest, X[train], y[train]), folder)
        if theirs is not None:
            sources["emlearn"] = (theirs, "theirs")
        for name, (source, call) in sources.items():
            for flag in ("-Os", "-O2"):
                size, counted, labels = measure(source, call, X[test], flag)
                same = (labels == decided).mean()
                print(f"{name:8} {flag:6} {size:8} {counted.mean():14.1f} {counted.max():9} {same:11.1%}")


if __name__ == "__main__":
    main()
