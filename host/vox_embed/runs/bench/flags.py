"""Settings compared on parts of the training rows; the best is then tested once, on rows that chose nothing.

Nested cross-validation where the test rows are folds, too: Varma and Simon, "Bias in error estimation when
using cross-validation for model selection", 2006.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data import Dataset
from vox_embed.data.cluster import Cluster
from vox_embed.data.folds import even_folds
from vox_embed.data.groups import groups_of
from vox_embed.data.processes import in_processes
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.files import FLAGS, METRICS
from vox_embed.experiment.results import check_place, results_root
from vox_embed.features.host import inputs_of
from vox_embed.gate.files import write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.models import VectorClassifier, estimator_of, need_packages_of
from vox_embed.report.content import AnyScores
from vox_embed.runs.bench.answers import write_answers
from vox_embed.runs.bench.corpus import read_corpus
from vox_embed.runs.bench.scoring import scores_of
from vox_embed.runs.bench.settings import Setting
from vox_embed.runs.bench.trials import Answers, Corpus, Trial, answers_of, features_memory
from vox_embed.runs.extraction import extract_on
from vox_embed.runs.outcome import Outcome
from vox_embed.runs.planning import plan
from vox_embed.runs.reporter import Quiet, Reporter
from vox_embed.runs.written import clips_of

TABLE = "table.csv"
METRICS_OF_SCORES = ("uar", "accuracy")
METRICS_OF_FITS = ("ccc", "pearson", "mae", "rmse")
METRICS_OF_TAGS = ("macro_f1", "micro_f1", "exact", "macro_average_precision")
_LOWER_IS_BETTER = ("mae", "rmse")


@dataclass(frozen=True, eq=False)
class Judged:
    """A setting and what it reached on training rows held out."""

    setting: Setting
    scores: AnyScores


@dataclass(frozen=True, eq=False)
class Ranked:
    """A setting, and what it reached on training rows held out. figures: {name: value}, the mean where there
    are outer folds; intervals: {name: (low, high)} where there are none. taken: outer folds that chose it."""

    setting: Setting
    figures: Mapping[str, float | None]
    intervals: Mapping[str, tuple[float, float] | None]
    taken: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        known = {name: list(one) for name, one in self.intervals.items() if one is not None}
        return {"set": dict(self.setting.named), **self.figures, "ci95": known, "taken": self.taken}


@dataclass(frozen=True, eq=False)
class FlagsOutcome:
    """ranked: all settings, the best first. metric: by which. tested: of the best, on the rows held out from
    all: an Outcome, or pooled scores of outer folds, of which `chosen` says which setting each took."""

    ranked: Sequence[Ranked]
    metric: str
    folder: Path
    tested: Outcome | None = None
    pooled: AnyScores | None = None
    chosen: Mapping[str, Setting] = field(default_factory=dict)
    on_host: bool = False
    """`pooled` is of float models, at least in one fold."""

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "metric": self.metric,
            "settings": [one.to_dict() for one in self.ranked],
            "tested": None if self.tested is None else self.tested.to_dict(),
            "pooled": None if self.pooled is None else {**self.pooled.brief(), "clips": self.pooled.clips},
            "chosen": {fold: dict(one.named) for fold, one in self.chosen.items()},
            "folder": str(self.folder),
        }


def flags(  # noqa: PLR0917
    settings: Sequence[Setting],
    reporter: Reporter | None = None,
    by: str | None = None,
    count: int | None = None,
    inner: int = 5,
    metric: str | None = None,
    jobs: int | Cluster = 1,
    *,
    root: Path | None = None,
) -> FlagsOutcome:
    """Compare settings, and test the best.

    Each is trained and judged on `inner` parts of the training rows; the best is trained on all of them and
    tested on the test rows of the experiment, as `train` does. by: instead, the values of a column are test
    rows one after the other (or `count` groups of them), and for each the best setting is chosen anew. jobs:
    processes, or a cluster. What was judged before, of the same rows and settings, is not judged again.
    Raises VoxError.
    """
    log = reporter or Quiet()
    first = settings[0].experiment
    folder = (root or results_root()) / f"{first.name}{FLAGS}"
    for setting in settings:
        need_packages_of(setting.experiment)
    check_place("trials", folder)
    metric = _metric(metric, first)
    with _corpora(settings, log, folder, divided=by is None) as corpora:
        bench = _Bench(settings, corpora, folder, log, inner=inner, jobs=jobs, metric=metric)
        if by is None:
            return _choose(bench, root)
        return _nested(bench, by, count)


def _choose(bench: _Bench, root: Path | None) -> FlagsOutcome:
    """The best on the training rows of the experiment, tested on its test rows."""
    rows = bench.rows
    learn = rows.table["split"].to_numpy(str) != "test"
    judged = bench.judge({"": learn})[""]
    best = judged[0].setting.experiment
    tested = None
    if learn.all():
        bench.log.note("warning: no test rows: the best setting is not tested on others")
    else:
        from vox_embed.runs.training import train

        tested = train(best, bench.log, root=root)
    names = bench.figures
    ranked = [
        Ranked(
            one.setting,
            {name: getattr(one.scores, name) for name in names},
            {name: getattr(one.scores, f"{name}_ci95", None) for name in names},
        )
        for one in judged
    ]
    outcome = FlagsOutcome(ranked, bench.metric, bench.folder, tested)
    _write(outcome, bench)
    return outcome


def _nested(bench: _Bench, by: str, count: int | None) -> FlagsOutcome:
    rows = bench.rows
    experiment = bench.settings[0].experiment
    outer = plan(experiment, rows, by, count)
    cells = rows.column(by)
    assert cells is not None
    words = cells.map(str)
    tests = {fold.name: words.isin(fold.values).to_numpy() for fold in outer}
    found = bench.judge({name: ~test for name, test in tests.items()})
    chosen = {name: judged[0].setting for name, judged in found.items()}
    trials = [
        bench.trial(setting, np.where(tests[name], "test", "train"), integer=True)
        for name, setting in chosen.items()
    ]
    answers = _no_answers(rows)
    for trial, given in zip(trials, bench.run(trials, "Testing the chosen"), strict=True):
        answers[trial.tested] = given
    by_groups = groups_of(rows, None if rows.group or rows.table["speaker"].notna().any() else by)
    pooled = scores_of(rows, answers, np.arange(len(rows)), by_groups)
    names = [name for name, test in tests.items() for _ in range(int(test.sum()))]
    order = np.concatenate([np.flatnonzero(test) for test in tests.values()])
    write_answers(bench.folder, rows, answers, list(zip(names, order.tolist(), strict=True)))
    ranked = _over_folds(found, bench)
    on_host = any(inputs_of(one.experiment.features).for_device is None for one in chosen.values())
    outcome = FlagsOutcome(ranked, bench.metric, bench.folder, None, pooled, chosen, on_host)
    _write(outcome, bench)
    return outcome


def _over_folds(found: Mapping[str, Sequence[Judged]], bench: _Bench) -> list[Ranked]:
    """Settings by their mean over the outer folds."""
    ranked = []
    for setting in bench.settings:
        scores = [one.scores for judged in found.values() for one in judged if one.setting is setting]
        figures = {name: _mean([getattr(one, name) for one in scores]) for name in bench.figures}
        taken = sum(judged[0].setting is setting for judged in found.values())
        ranked.append(Ranked(setting, figures, {}, taken))
    return sorted(ranked, key=lambda one: -bench.worth(one.figures[bench.metric]))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


class _Bench:
    """The settings with their rows and sound, and the processes that judge them."""

    def __init__(
        self,
        settings: Sequence[Setting],
        corpora: Sequence[Corpus],
        folder: Path,
        log: Reporter,
        *,
        inner: int,
        jobs: int | Cluster,
        metric: str,
    ) -> None:
        self.settings, self.corpora = settings, corpora
        self.folder, self.log = folder, log
        self.metric = metric
        self._inner, self._jobs = inner, jobs
        self.kept = folder / "trials"
        self.kept.mkdir(exist_ok=True)
        self._extract()

    @property
    def rows(self) -> Dataset:
        """Of the first setting; all have these."""
        return self.corpora[0].rows.rows

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of what is told of each setting."""
        return _metrics_of(self.settings[0].experiment)

    def worth(self, figure: float | None) -> float:
        """Of the metric's figure: the higher the better."""
        if figure is None or math.isnan(figure):
            return float("-inf")
        return -figure if self.metric in _LOWER_IS_BETTER else figure

    def judge(self, parts: Mapping[str, NDArray[np.bool_]]) -> dict[str, list[Judged]]:
        """For each part, rows that may be learned from: all settings, the best first."""
        plans = {name: self._folds(learn) for name, learn in parts.items()}
        trials = [
            self.trial(setting, splits, integer=False)
            for folds in plans.values()
            for setting in self.settings
            for splits in folds
        ]
        coming = self.run(trials, "Judging settings")
        found: dict[str, list[Judged]] = {}
        for name, folds in plans.items():
            judged = [self._judged(setting, folds, coming) for setting in self.settings]
            found[name] = sorted(judged, key=lambda one: -self.worth(getattr(one.scores, self.metric)))
        return found

    def _folds(self, learn: NDArray[np.bool_]) -> list[NDArray[np.str_]]:
        """Splits of all rows, one for each inner part of those that may be learned from."""
        rows = self.rows
        experiment = self.settings[0].experiment
        seed = experiment.seed if experiment.data.split_seed is None else experiment.data.split_seed
        own = replace(rows, table=rows.table[learn].reset_index(drop=True))
        numbers = np.full(len(rows), -1)
        numbers[learn] = even_folds(own, self._inner, seed)
        return [
            np.where(numbers < 0, "", np.where(numbers == fold, "test", "train"))
            for fold in range(self._inner)
        ]

    def trial(self, setting: Setting, splits: NDArray[np.str_], *, integer: bool) -> Trial:
        """One of a setting."""
        corpus = self.corpora[self.settings.index(setting)]
        return Trial(setting.experiment, corpus, splits, integer, self.kept)

    def run(self, trials: Sequence[Trial], title: str) -> Iterator[Answers]:
        """Their answers, in their order."""
        with self.log.task(title, "trials") as advance:
            sees = [self.kept, *(corpus.file for corpus in self.corpora)]
            given = in_processes(answers_of, trials, self._jobs, sees=sees)
            for done, answers in enumerate(given, start=1):
                advance(done, len(trials))
                yield answers

    def _judged(
        self, setting: Setting, folds: Sequence[NDArray[np.str_]], coming: Iterator[Answers]
    ) -> Judged:
        rows = self.rows
        tested = np.concatenate([np.flatnonzero(splits == "test") for splits in folds])
        answers = np.concatenate([next(coming) for _ in folds])
        return Judged(setting, scores_of(rows, answers, tested, groups_of(rows).at(tested)))

    def _extract(self) -> None:
        """What all folds share is computed once, before processes want it at the same time."""
        if self._jobs == 1:
            return
        seen: set[str] = set()
        cache = features_memory()
        for setting, corpus in zip(self.settings, self.corpora, strict=True):
            experiment = setting.experiment
            key = f"{experiment.features!r} {corpus.digest}"
            inputs = inputs_of(experiment.features)
            if key in seen or any(part.identity is None for part in inputs.host):
                continue
            seen.add(key)
            if isinstance(self._jobs, Cluster):
                extract_on(self._jobs, experiment, corpus.rows, cache, self.log)
            estimator = estimator_of(experiment, inputs, corpus.rows.rows.labels, cache)
            if isinstance(estimator, VectorClassifier):
                with self.log.task("Extracting features", "files") as advance:
                    estimator.source.fit(corpus.rows.clips, advance)


def _metrics_of(experiment: Experiment) -> tuple[str, ...]:
    if experiment.tags:
        return METRICS_OF_TAGS
    return METRICS_OF_FITS if experiment.regression else METRICS_OF_SCORES


def _no_answers(rows: Dataset) -> Answers:
    """Of all rows, to be filled."""
    if rows.tags:
        return np.zeros((len(rows), 2 * len(rows.labels)))
    return np.zeros(len(rows), np.float64 if rows.numeric else np.int64)


def _metric(wanted: str | None, experiment: Experiment) -> str:
    known = _metrics_of(experiment)
    if wanted is None:
        return known[0]
    if wanted not in known:
        what = "tags" if experiment.tags else "a regression" if experiment.regression else "a classification"
        raise VoxError(f"--metric {wanted}: not of {what}", f"one of: {', '.join(known)}")
    return wanted


@contextmanager
def _corpora(
    settings: Sequence[Setting], log: Reporter, folder: Path, *, divided: bool
) -> Iterator[list[Corpus]]:
    """Rows and sound of each setting, read once where they are the same; gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix=".sound-", dir=folder))
    try:
        read: dict[str, Corpus] = {}
        found = []
        for setting in settings:
            experiment = setting.experiment
            key = f"{experiment.data!r} {experiment.features.sample_rate} {_decides(experiment)}"
            if key not in read:
                read[key] = read_corpus(experiment, log, place / f"{len(read)}.i16", divided=divided)
            found.append(read[key])
        _check_alike(settings, found)
        yield found
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _decides(experiment: Experiment) -> tuple[Any, ...]:
    """What else the rows depend on."""
    return experiment.seed, experiment.regression, experiment.decision.background


def _check_alike(settings: Sequence[Setting], corpora: Sequence[Corpus]) -> None:
    first = corpora[0].rows.rows
    for setting, corpus in zip(settings, corpora, strict=True):
        rows = corpus.rows.rows
        if rows is first:
            continue
        if clips_of(rows) != clips_of(first) or (rows.labels != first.labels and not rows.numeric):
            raise VoxError(
                f"{setting.title}: has other rows or labels than {settings[0].title}",
                "vary what is learned, not what is tested",
            )


# ---- files -------------------------------------------------------------------------------------------


def _write(outcome: FlagsOutcome, bench: _Bench) -> None:
    keys, names = list(bench.settings[0].named), bench.figures
    rows = []
    for one in outcome.ranked:
        figures: list[object] = []
        for name in names:
            low, high = one.intervals.get(name) or (None, None)
            figures += [_number(value) for value in (one.figures[name], low, high)]
        rows.append([*one.setting.named.values(), *figures, one.taken])
    heads = [*keys, *(f"{name}{part}" for name in names for part in ("", "_low", "_high")), "taken"]
    write_atomic(bench.folder / TABLE, csv_text(heads, rows))
    write_atomic(bench.folder / METRICS, json.dumps(outcome.to_dict(), indent=2) + "\n")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
