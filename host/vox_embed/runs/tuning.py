"""Choosing values of a model's keys on rows that are not tested."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.folds import even_folds
from vox_embed.data.sounds import Sounds
from vox_embed.data.store import ChosenClips
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.files import TRIED, TUNED
from vox_embed.experiment.needs import need_packages
from vox_embed.experiment.results import resolved_yaml
from vox_embed.experiment.schema import Between, Tuning
from vox_embed.gate.files import write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.report.fit import Fit
from vox_embed.report.metrics import Scores
from vox_embed.report.ranking import macro
from vox_embed.report.tag_scores import TagScores
from vox_embed.runs.bench.trials import judged
from vox_embed.runs.evaluation import Ranked
from vox_embed.runs.reporter import Reporter

_FACTOR = 3
"""Of halving: one of so many goes on, with so many times the rows."""
_LOWER_IS_BETTER = ("mae", "rmse")
Values = Mapping[str, Any]
_SERIAL = itertools.count()
"""Rows that tries have in common are kept for one tuning."""


@dataclass(frozen=True)
class Tried:
    """figures: of each inner fold, or of dev. share: of the rows that were learned from."""

    values: Values
    figures: tuple[float, ...]
    share: float = 1.0

    @property
    def mean(self) -> float:
        """Over the folds that have a figure; NaN where none has."""
        known = [figure for figure in self.figures if not math.isnan(figure)]
        return float(np.mean(known)) if known else math.nan


@dataclass(frozen=True)
class Tuned:
    """The experiment with the best values, and all that were tried, in order."""

    experiment: Experiment
    best: Tried
    tried: tuple[Tried, ...]
    metric: str

    @property
    def note(self) -> str:
        """For people."""
        what = ", ".join(f"{key}={_text(value)}" for key, value in self.best.values.items())
        return f"tuned: {what}: {self.metric} {self.best.mean:.4f}, the best of {len(self.tried)} tries"

    def write(self, folder: Path) -> None:
        """tried.csv, and the experiment as it is trained."""
        keys = list(self.best.values)
        rows = [
            [
                *(_text(one.values[key]) for key in keys),
                f"{one.share:.4g}",
                f"{one.mean:.6g}",
                f"{np.std(one.figures):.6g}",
                "best" if one is self.best else "",
            ]
            for one in self.tried
        ]
        heads = [*keys, "share of rows", self.metric, "deviation", "chosen"]
        write_atomic(folder / TRIED, csv_text(heads, rows))
        write_atomic(folder / TUNED, resolved_yaml(self.experiment))


def tune(experiment: Experiment, sounds: Sounds, log: Reporter) -> Tuned:
    """Tries what `tuning` names on the rows of train and dev, and takes the best. sounds: of all rows; those
    of test are left out at once. VoxError where nothing can be tried, or nothing has a figure."""
    settings = experiment.tuning
    assert settings is not None
    if settings.method == "optuna":
        need_packages("tuning.method: optuna", ("optuna",))
    bench = _Bench(experiment, settings, sounds)
    with log.task("Tuning", "tries") as advance:
        bench.advance = advance
        tried = _METHODS[settings.method](bench)
    last = [one for one in tried if one.share == max(one.share for one in tried)]
    sign = -1 if bench.metric in _LOWER_IS_BETTER else 1
    best = max(
        last, key=lambda one: -math.inf if math.isnan(one.mean) else sign * one.mean
    )  # of equals the first
    if math.isnan(best.mean):
        raise VoxError(
            f"tuning: no try has a figure of {bench.metric}", "more rows of each label, or another metric"
        )
    tuned = Tuned(experiment.with_model(best.values), best, tuple(tried), bench.metric)
    log.note(tuned.note)
    return tuned


class _Bench:
    """Tries values."""

    def __init__(self, experiment: Experiment, settings: Tuning, sounds: Sounds) -> None:
        self.experiment, self.settings = experiment, settings
        default = "ccc" if experiment.regression else "macro_average_precision" if experiment.tags else "uar"
        self.metric = settings.metric or default
        self.advance: Callable[[int, int], None] = lambda _done, _all: None
        self.random = np.random.default_rng([experiment.seed, 0x7E])
        self.done = 0
        splits = sounds.rows.table["split"].to_numpy(str)
        self.sounds = _without_test(sounds)
        if settings.on == "dev" and not (splits == "dev").any():
            raise VoxError(
                "tuning.on: dev, but no row is for dev", "on: folds, or give a database rows for dev"
            )
        self.plans = tuple(self._plans())
        self.serial = next(_SERIAL)

    def _plans(self) -> Iterator[NDArray[np.str_]]:
        """Splits of the rows: who learns, who judges (`test`)."""
        rows = self.sounds.rows
        if self.settings.on == "dev":
            yield np.where(rows.table["split"].to_numpy(str) == "dev", "test", "train").astype("U5")
            return
        parts = even_folds(rows, self.settings.folds, self.experiment.seed)
        for part in range(self.settings.folds):
            yield np.where(parts == part, "test", "train").astype("U5")

    def attempt(self, values: Values, share: float = 1.0, expected: int = 0) -> Tried:
        """One try, on a share of the rows that learn."""
        candidate = self.experiment.with_model(values)
        figures = []
        for number, plan in enumerate(self.plans):
            splits = plan if share >= 1 else self._thinned(plan, share, number)
            key = f"tuning {self.serial} {number} {share} {candidate.features!r} {candidate.window!r}"
            ranked = Ranked() if self.metric == "macro_auc" else None
            found = judged(candidate, self.sounds, splits, integer=False, key=key, ranked=ranked)
            figures.append(figure(found.scores, self.metric))
        self.done += 1
        self.advance(self.done, max(expected, self.done))
        return Tried(dict(values), tuple(figures), share)

    def _thinned(self, plan: NDArray[np.str_], share: float, number: int) -> NDArray[np.str_]:
        """A share of the learning rows of each label, at least two."""
        random = np.random.default_rng([self.experiment.seed, 0x7F, number])
        labels = self.sounds.rows.table["label"].to_numpy(str)
        if self.sounds.rows.numeric:
            labels = np.full(len(labels), "")
        thin = plan.copy()
        for label in sorted(set(labels.tolist())):
            places = random.permutation(np.flatnonzero((plan == "train") & (labels == label)))
            thin[places[max(2, round(share * len(places))) :]] = ""
        return thin

    def draws(self, count: int) -> list[Values]:
        """So many, no two alike while others are left."""
        found: list[Values] = []
        for _ in range(20 * count):
            values = {key: self._draw(choices) for key, choices in self.settings.space.items()}
            if values not in found:
                found.append(values)
            if len(found) == count:
                break
        return found

    def _draw(self, choices: Any) -> Any:
        if not isinstance(choices, Between):
            return choices[int(self.random.integers(len(choices)))]
        low, high = float(choices.low), float(choices.high)
        if choices.whole and not choices.log:
            return int(self.random.integers(int(low), int(high) + 1))
        if choices.log:
            value = math.exp(self.random.uniform(math.log(low), math.log(high)))
        else:
            value = self.random.uniform(low, high)
        return round(value) if choices.whole else float(f"{value:.6g}")

    def grid(self) -> list[Values]:
        """All combinations of lists."""
        space = self.settings.space
        lists = [value for value in space.values() if not isinstance(value, Between)]
        return [dict(zip(space, one, strict=True)) for one in itertools.product(*lists)]


def _without_test(sounds: Sounds) -> Sounds:
    """Test rows never judge, nor are they learned from."""
    keep = sounds.rows.table["split"].to_numpy(str) != "test"
    rows = replace(sounds.rows, table=sounds.rows.table[keep].reset_index(drop=True))
    return Sounds(rows, ChosenClips(sounds.clips, tuple(np.flatnonzero(keep).tolist())))


def figure(scores: Scores | Fit | TagScores, metric: str) -> float:
    """NaN where there is none."""
    if metric == "macro_f1" and isinstance(scores, Scores):
        known = [one.f1 for one in scores.per_class if one.f1 is not None]
        return float(np.mean(known)) if known else math.nan
    if metric == "macro_auc" and not isinstance(scores, Fit):
        value = macro(scores.rankings, "auc")
        return math.nan if value is None else value
    value = getattr(scores, metric)
    return math.nan if value is None else float(value)


def _grid(bench: _Bench) -> list[Tried]:
    all_values = bench.grid()
    return [bench.attempt(values, expected=len(all_values)) for values in all_values]


def _random(bench: _Bench) -> list[Tried]:
    draws = bench.draws(bench.settings.trials)
    return [bench.attempt(values, expected=len(draws)) for values in draws]


def _halving(bench: _Bench) -> list[Tried]:
    ranges = any(isinstance(value, Between) for value in bench.settings.space.values())
    left: Sequence[Values] = bench.draws(bench.settings.trials) if ranges else bench.grid()
    rounds = max(1, math.ceil(math.log(max(len(left), 2), _FACTOR)))
    sign = -1 if bench.metric in _LOWER_IS_BETTER else 1
    tried: list[Tried] = []
    for number in range(rounds, -1, -1):
        some = [bench.attempt(values, float(_FACTOR) ** -number) for values in left]
        tried += some
        best = sorted(some, key=lambda one: math.inf if math.isnan(one.mean) else -sign * one.mean)
        left = [one.values for one in best[: math.ceil(len(best) / _FACTOR)]]
    return tried


def _optuna(bench: _Bench) -> list[Tried]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    lower = bench.metric in _LOWER_IS_BETTER
    sampler = optuna.samplers.TPESampler(seed=bench.experiment.seed)
    study = optuna.create_study(direction="minimize" if lower else "maximize", sampler=sampler)
    tried: list[Tried] = []
    for _ in range(bench.settings.trials):
        trial = study.ask()
        values = {key: _suggested(trial, key, choices) for key, choices in bench.settings.space.items()}
        tried.append(bench.attempt(values, expected=bench.settings.trials))
        mean = tried[-1].mean
        if math.isnan(mean):
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, mean)
    return tried


def _suggested(trial: Any, key: str, choices: Any) -> Any:
    if not isinstance(choices, Between):  # by place: values may be lists
        return choices[trial.suggest_categorical(key, list(range(len(choices))))]
    if choices.whole:
        return trial.suggest_int(key, int(choices.low), int(choices.high), log=choices.log)
    return trial.suggest_float(key, float(choices.low), float(choices.high), log=choices.log)


_METHODS: dict[str, Callable[[_Bench], list[Tried]]] = {
    "grid": _grid,
    "random": _random,
    "halving": _halving,
    "optuna": _optuna,
}


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
