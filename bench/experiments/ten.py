"""Ten experiments on fsdd by `vox-embed flags`, beside the same ten by scikit-learn on ready features.

    VOX_DATA=... python bench/experiments/ten.py

Both judge ten settings on three parts of the rows, by speaker. Before anything is timed, all features are
extracted once, and nothing is extracted again; modules are compiled, as they are after any first run. Told
are seconds of processor time, of one process each, which
depend less on what else the machine does than the time of the clock.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

TEXT = """\
name: ten
data:
  databases:
    fsdd:
      path: ${VOX_DATA}/fsdd/fsdd.csv
      split_strategy: train
  target: digit
features: {type: mfcc, sample_rate: 8000, deltas: 1}
window: {length_ms: 2400, stride_ms: 2400, functionals: [mean, std, p20, p80, slope]}
model: {type: svm}
"""
MODELS = (
    "{type: svm, c: 1}", "{type: svm, c: 3}", "{type: svm, c: 10}", "{type: svm, kernel: linear, c: 0.01}",
    "{type: svm, kernel: linear, c: 0.1}", "{type: logistic, c: 0.01}", "{type: logistic, c: 0.1}",
    "{type: lda}", "{type: forest, trees: 100}", "{type: extra_trees, trees: 100}",
)  # fmt: skip
PARTS = 3


def spent() -> float:
    """Seconds of processor time of this process and of those that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def by_flags(place: Path) -> tuple[float, float, dict]:
    """Seconds of processor and clock, and what it says."""
    grid = place / "grid.yaml"
    grid.write_text("model:\n" + "".join(f"  - {model}\n" for model in MODELS))
    command = [
        sys.executable, "-m", "vox_embed.cli.main", "flags", str(place / "exp.yaml"), "--grid", str(grid),
        "--inner", str(PARTS), "--jobs", "1", "--json",
    ]  # fmt: skip
    before, start = spent(), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=place)
    return spent() - before, time.monotonic() - start, json.loads(done.stdout)


def by_scikit_learn(place: Path) -> tuple[float, float]:
    """The same trainings on a ready table: seconds of processor and clock."""
    from vox_embed.data import load_dataset
    from vox_embed.data.folds import even_folds
    from vox_embed.experiment import load_experiment
    from vox_embed.explore.values import values_of
    from vox_embed.runs import Quiet
    from vox_embed.runs.reading import read_sounds

    experiment = load_experiment(place / "exp.yaml")
    sounds = read_sounds(experiment, load_dataset(experiment, needs=()), 8000, Quiet())
    rows, targets = values_of(experiment, sounds).rows, sounds.rows.targets
    np.savez(place / "ready.npz", rows=rows, targets=targets, parts=even_folds(sounds.rows, PARTS, 7))
    program = """
import os, sys, time
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits
ready = np.load(sys.argv[1])
rows, targets, parts = ready["rows"], ready["targets"], ready["parts"]
models = [SVC(C=1), SVC(C=3), SVC(C=10), SVC(kernel="linear", C=0.01), SVC(kernel="linear", C=0.1),
    LogisticRegression(C=0.01, max_iter=2000), LogisticRegression(C=0.1, max_iter=2000),
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    RandomForestClassifier(100, max_depth=10, random_state=7),
    ExtraTreesClassifier(100, max_depth=10, random_state=7)]
with threadpool_limits(1):
    for model in models:
        answers = np.zeros(len(targets), int)
        for part in range(parts.max() + 1):
            learn = parts != part
            fitted = make_pipeline(StandardScaler(), model).fit(rows[learn], targets[learn])
            answers[~learn] = fitted.predict(rows[~learn])
        print(type(model).__name__, recall_score(targets, answers, average="macro"))
"""
    before, start = spent(), time.monotonic()
    subprocess.run([sys.executable, "-c", program, str(place / "ready.npz")], check=True, capture_output=True)
    return spent() - before, time.monotonic() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        os.environ["VOX_RESULTS"] = str(place / "results")
        os.environ["PYTHONPYCACHEPREFIX"] = str(place / "compiled")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        (place / "exp.yaml").write_text(TEXT)
        by_flags(place)  # the first extraction
        shutil.rmtree(place / "results")
        cpu, wall, told = by_flags(place)
        by_scikit_learn(place)
        reference, reference_wall = by_scikit_learn(place)
    for one in told["settings"]:
        print(f"{one['set']['model']:32} UAR {one['uar']:.4f}")
    print(f"vox-embed flags: {cpu:.1f} s of processor, {wall:.1f} s")
    print(f"scikit-learn on ready features: {reference:.1f} s of processor, {reference_wall:.1f} s")
    print(f"ratio: {cpu / reference:.2f}")


if __name__ == "__main__":
    main()
