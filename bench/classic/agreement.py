"""Decisions of integer programs against those of the trained models, and what they cost.

python bench/classic/agreement.py                 # toy, and digits and emodb where VOX_DATA has them
python bench/classic/agreement.py --costs         # on toy rows: instructions (QEMU, exact) and bytes
python bench/classic/agreement.py --models svm knn

Rows are int16 features; 1000 test rows of each set. "Instructions" are what they say, not cycles.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from helpers.classic_data import Rows, recordings, toy
from vox_embed.device.measure.bench import network_case, run_cases
from vox_embed.device.measure.machine import machine_of
from vox_embed.models.classic import ANOMALY, CLASSIC, NORMAL, ClassicEstimator
from vox_embed.program.build import build_network
from vox_embed.program.classic import lower
from vox_embed.program.classic.run import scores_of
from vox_embed.program.program import Program

MORE: dict[str, list[dict[str, object]]] = {
    "svm": [{}, {"kernel": "linear"}],
    "gmm": [{"components": 2}, {"components": 1, "covariance": "full"}],
    "gradient_boosting": [{"rounds": 20}],
}


def fitted(name: str, settings: dict[str, object], rows: Rows) -> tuple[ClassicEstimator, Program]:
    estimator = CLASSIC[name](**settings)  # type: ignore[arg-type]
    target = rows.train_y
    if estimator.task == "anomaly":
        target = np.where(target == target.max(), ANOMALY, NORMAL)
    estimator.fit(rows.train, target)
    return estimator, lower(estimator, rows.train)


def agreement(rows: Rows, estimator: ClassicEstimator, program: Program) -> str:
    decided = scores_of(program, rows.test)
    if estimator.task == "regression":
        away = np.abs(decided[:, 0] * program.output_tensor.scale - estimator.predict(rows.test))
        return f"largest error {away.max():.5f} of values with deviation {rows.test_y.std():.2f}"
    differ = int((decided.argmax(axis=1) != estimator.predict(rows.test)).sum())
    return f"{len(rows.test) - differ} of {len(rows.test)} equal"


def costs(program: Program, rows: Rows) -> str:
    data = build_network(program, {})
    parts = []
    for board in ("qemu-m0", "qemu-m4"):
        printed = run_cases(machine_of(board), [network_case(data, rows.test[:4])])
        parts.append(f"{board[5:].upper()} {int(np.mean(printed.counts(0, 'run_ticks'))):,}")
    return f"{'  '.join(parts)} instructions, {len(data):,} bytes, {program.arena_size} bytes of arena"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", choices=list(CLASSIC), default=list(CLASSIC))
    parser.add_argument("--costs", action="store_true")
    args = parser.parse_args()
    sets = {"toy": toy(4)}
    folder = os.environ.get("VOX_DATA")
    if folder and not args.costs:
        sets |= {name: recordings(name, Path(folder)) for name in ("digits", "emodb")}
    for name in args.models:
        for settings in MORE.get(name, [{}]):
            title = " ".join([name, *(f"{key}={value}" for key, value in settings.items())])
            for data, rows in sets.items():
                estimator, program = fitted(name, settings, rows)
                found = costs(program, rows) if args.costs else agreement(rows, estimator, program)
                print(f"{title:38} {data:7} {found}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
