"""Each database against each: trained on one, tested on another."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data import Dataset
from vox_embed.data.cluster import Cluster
from vox_embed.data.groups import groups_of
from vox_embed.data.processes import in_processes
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.files import METRICS, MULTIDB
from vox_embed.experiment.results import check_place, results_root
from vox_embed.gate.files import write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.models import need_packages_of
from vox_embed.report.content import AnyScores
from vox_embed.report.fit import Fit
from vox_embed.report.plots import heat_plot, png
from vox_embed.report.tag_scores import TagScores
from vox_embed.runs.bench.corpus import read_corpus
from vox_embed.runs.bench.scoring import scores_of
from vox_embed.runs.bench.trials import Trial, answers_of
from vox_embed.runs.reporter import Quiet, Reporter

TABLE, HEATMAP = "table.csv", "heatmap.png"


@dataclass(frozen=True, eq=False)
class MultiOutcome:
    """scores: {(trained on, tested on): scores}, of integer models where a device can run them."""

    names: Sequence[str]
    scores: dict[tuple[str, str], AnyScores]
    folder: Path

    @property
    def measure(self) -> str:
        """What is shown: uar, ccc or macro_f1."""
        one = next(iter(self.scores.values()))
        return "ccc" if isinstance(one, Fit) else "macro_f1" if isinstance(one, TagScores) else "uar"

    @property
    def title(self) -> str:
        """The same for people."""
        return "macro F1" if self.measure == "macro_f1" else self.measure.upper()

    def value(self, train: str, test: str) -> float | None:
        """That of a pair; None where a CCC is not defined."""
        found = getattr(self.scores[train, test], self.measure)
        return None if found is None else float(found)

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "measure": self.measure,
            "pairs": [
                {"train": a, "test": b, "clips": one.clips, **one.brief()}
                for (a, b), one in self.scores.items()
            ],
            "folder": str(self.folder),
        }


def multidb(
    experiment: Experiment,
    reporter: Reporter | None = None,
    extra: Sequence[str] = (),
    jobs: int | Cluster = 1,
    *,
    use_splits: bool = False,
    root: Path | None = None,
) -> MultiOutcome:
    """Train on each database, and test on each.

    All rows of one train and all of the other test; of one database alone its own splits do. use_splits: of
    both the rows that their splits say. extra: databases that are trained on in all pairs, and tested on in
    none. jobs: processes, or a cluster. What was tried before is not tried again. Raises VoxError.
    """
    need_packages_of(experiment)
    log = reporter or Quiet()
    names = [name for name in experiment.data.databases if name not in extra]
    strange = next((name for name in extra if name not in experiment.data.databases), None)
    if strange is not None:
        raise VoxError(f"--train-extra {strange}: no such database", f"databases: {', '.join(names)}")
    if len(names) < 2:
        raise VoxError("data.databases: it takes two or more to compare", "name others, each with its path")
    folder = (root or results_root()) / f"{experiment.name}{MULTIDB}"
    check_place("trials", folder)
    with tempfile.TemporaryDirectory(prefix=".sound-", dir=folder) as place:
        corpus = read_corpus(experiment, log, Path(place) / "all.i16", divided=True)
        rows = corpus.rows.rows
        pairs = [(a, b) for a in names for b in names]
        divided = [_splits(rows, a, b, extra, use_splits=use_splits) for a, b in pairs]
        kept = folder / "trials"
        kept.mkdir(exist_ok=True)
        trials = [Trial(experiment, corpus, splits, True, kept) for splits in divided]
        found: dict[tuple[str, str], AnyScores] = {}
        with log.task("Training on each, testing on each", "pairs") as advance:
            given = in_processes(answers_of, trials, jobs, sees=[kept, corpus.file])
            for done, answers in enumerate(given, start=1):
                tested = trials[done - 1].tested
                found[pairs[done - 1]] = scores_of(rows, answers, tested, groups_of(rows).at(tested))
                advance(done, len(trials))
    outcome = MultiOutcome(names, found, folder)
    _write(outcome)
    return outcome


def _splits(
    rows: Dataset, train: str, test: str, extra: Sequence[str], *, use_splits: bool
) -> NDArray[np.str_]:
    """train and test of a pair; VoxError where one of them has no rows."""
    databases = rows.table["database"].to_numpy(str)
    own = rows.table["split"].to_numpy(str)
    splits = np.full(len(rows), "", "U5")
    by_split = use_splits or train == test
    learned = np.isin(databases, [train, *extra])
    splits[learned & ((own != "test") | (databases != train) if by_split else True)] = "train"
    tested = (databases == test) & ((own == "test") if by_split else True)
    splits[tested] = "test"
    for what, name in (("train", train), ("test", test)):
        if not (splits == what).any():
            raise VoxError(
                f"data.databases.{name}: has no {what} rows",
                "give it a split_strategy with both, such as speaker_split",
            )
    return splits


def _write(outcome: MultiOutcome) -> None:
    names = list(outcome.names)
    cells = []
    for a in names:
        row = [outcome.value(a, b) for b in names]
        cells.append([a, *("" if value is None else f"{value:.6g}" for value in row)])
    write_atomic(outcome.folder / TABLE, csv_text(["trained on", *names], cells))
    values = np.array([[np.nan if (v := outcome.value(a, b)) is None else v for b in names] for a in names])
    write_atomic(outcome.folder / HEATMAP, png(heat_plot(values, names, outcome.title)))
    write_atomic(outcome.folder / METRICS, json.dumps(outcome.to_dict(), indent=2) + "\n")
