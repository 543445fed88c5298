"""Several models' answers to the same clips, put together: late fusion, by the names that Nkululeko has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.core.grid import grid_of
from vox_embed.data.groups import Groups
from vox_embed.experiment import VoxError
from vox_embed.gate.files import write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.report.fit import Fit, fit
from vox_embed.report.metrics import Scores, score
from vox_embed.report.paired import Paired, paired_classes, paired_values
from vox_embed.runs.predictions import Rows, check_same, groups_in, predictions_of, read_predictions

Posteriors = NDArray[np.float64]
"""[models, clips, labels]."""
_SCORE = "score_"
_WHICH = ("file", "start", "end", "speaker")


@dataclass(frozen=True, eq=False)
class Fused:
    """scores: of the ensemble; members: {name: scores} of each model alone; against: the best of them, by its
    score on these clips, beside the ensemble."""

    scores: Scores | Fit
    members: Mapping[str, Scores | Fit]
    best: str
    against: Paired

    def to_dict(self) -> dict[str, object]:
        """As `--json` prints it."""
        return {
            "ensemble": self.scores.brief(),
            "members": {name: one.brief() for name, one in self.members.items()},
            "best": self.best,
            "paired": self.against.to_dict(),
        }


# ---- ways ----------------------------------------------------------------------------------------------


def _entropy(posteriors: Posteriors) -> NDArray[np.float64]:
    """[models, clips] 0 (sure) .. 1 (all labels alike)."""
    p = np.clip(posteriors, 1e-12, 1)
    found = -(p * np.log(p)).sum(axis=2) / np.log(p.shape[2])
    doubt: NDArray[np.float64] = np.clip(found, 0, 1)
    return doubt


def _weighted(posteriors: Posteriors, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """[clips, labels]; weights: [models, clips]. Where all are 0, all count alike."""
    weights = np.where(weights.sum(axis=0) > 0, weights, 1.0)
    found: NDArray[np.float64] = (posteriors * weights[:, :, None]).sum(axis=0) / weights.sum(axis=0)[:, None]
    return found


def _majority(posteriors: Posteriors) -> NDArray[np.float64]:
    """Votes; of as many, the higher mean posterior counts."""
    votes = np.eye(posteriors.shape[2])[posteriors.argmax(axis=2)].mean(axis=0)
    found = votes + posteriors.mean(axis=0) * 1e-3
    shares: NDArray[np.float64] = found / found.sum(axis=1, keepdims=True)
    return shares


def _surest(posteriors: Posteriors) -> NDArray[np.float64]:
    """Of each clip the model with the highest posterior."""
    model = posteriors.max(axis=2).argmax(axis=0)
    found: NDArray[np.float64] = posteriors[model, np.arange(posteriors.shape[1])]
    return found


def _certain(posteriors: Posteriors, threshold: float) -> NDArray[np.float64]:
    """The model with the lowest uncertainty where that is below the threshold, else the mean of all."""
    doubt = _entropy(posteriors)
    model = doubt.argmin(axis=0)
    clips = np.arange(posteriors.shape[1])
    sure = doubt[model, clips] < threshold
    chosen: NDArray[np.float64] = np.where(sure[:, None], posteriors[model, clips], posteriors.mean(axis=0))
    return chosen


WAYS: dict[str, Callable[[Posteriors, float], NDArray[np.float64]]] = {
    "mean": lambda p, _: p.mean(axis=0),
    "sum": lambda p, _: p.sum(axis=0),
    "max": lambda p, _: p.max(axis=0),
    "majority_voting": lambda p, _: _majority(p),
    "max_class": lambda p, _: _surest(p),
    "uncertainty_threshold": _certain,
    "uncertainty_weighted": lambda p, _: _weighted(p, 1 - _entropy(p)),
    "confidence_weighted": lambda p, _: _weighted(p, p.max(axis=2)),
}
"""Name -> [models, clips, labels], threshold -> [clips, labels]. `performance_weighted` needs the truth."""
PERFORMANCE = "performance_weighted"
METHODS = (*WAYS, PERFORMANCE)


# ---- runs ----------------------------------------------------------------------------------------------


def ensemble(
    runs: Sequence[Path],
    method: str = "mean",
    by: str = "speaker",
    threshold: float = 0.5,
    out: Path | None = None,
) -> Fused:
    """Put the predictions of two or more runs together, and compare with the best of them.

    runs: as `compare_runs` takes them. method: of METHODS; of regressions mean or performance_weighted, whose
    weights are each model's UAR (of regressions, one by its MAE) on the clips of the other groups, never on
    the group itself. by: the column of groups. out: a predictions.csv to write. Raises VoxError.
    """
    if len(runs) < 2:
        raise VoxError("an ensemble needs two models or more", "name their results folders")
    if method not in METHODS:
        raise VoxError(f"--method {method}: there is no such way", f"one of: {', '.join(METHODS)}")
    files = [predictions_of(run) for run in runs]
    tables = [read_predictions(file) for file in files]
    for file, table in zip(files[1:], tables[1:], strict=True):
        check_same(tables[0], table, (files[0], file))
    names = _names(files)
    rows = list(tables[0].values())
    groups = groups_in(rows, by, files[0])
    if "truth" in rows[0]:
        return _of_values(tables, names, groups, method, out)
    return _of_classes(tables, names, groups, files, method, threshold, out)


def _of_classes(  # noqa: PLR0917
    tables: Sequence[Rows],
    names: Sequence[str],
    groups: Groups,
    files: Sequence[Path],
    method: str,
    threshold: float,
    out: Path | None,
) -> Fused:
    rows = list(tables[0].values())
    labels = tuple(head.removeprefix(_SCORE) for head in rows[0] if head.startswith(_SCORE))
    posteriors = np.stack(
        [_posteriors(table, tables[0], labels, file) for table, file in zip(tables, files, strict=True)]
    )
    index = {label: i for i, label in enumerate(labels)}
    strange = sorted({row["label"] for row in rows} - set(labels))
    if strange:
        raise VoxError(f"{files[0]}: no scores of label `{strange[0]}`", "train it again")
    truth = np.array([index[row["label"]] for row in rows], np.int64)
    answers = posteriors.argmax(axis=2)
    if method == PERFORMANCE:
        hits = answers == truth
        weights = _apart(groups, lambda some: [_uar(truth[some], hit[some], len(labels)) for hit in hits])
        fused = _weighted(posteriors, weights)
    else:
        fused = WAYS[method](posteriors, threshold)
    decided = fused.argmax(axis=1)
    members = {
        name: score(truth, answer, labels, groups=groups) for name, answer in zip(names, answers, strict=True)
    }
    best = max(members, key=lambda name: members[name].uar)
    right = answers[names.index(best)] == truth
    if out is not None:
        shares = fused / fused.sum(axis=1, keepdims=True)
        heads = ["label", "predicted", "score", *(f"{_SCORE}{label}" for label in labels)]
        cells = [
            [row["label"], labels[choice], f"{p[choice]:.5f}", *(f"{value:.5f}" for value in p)]
            for row, choice, p in zip(rows, decided.tolist(), shares, strict=True)
        ]
        _write(out, rows, heads, cells)
    return Fused(
        score(truth, decided, labels, groups=groups),
        members,
        best,
        paired_classes(truth, right, decided == truth, groups),
    )


def _of_values(
    tables: Sequence[Rows], names: Sequence[str], groups: Groups, method: str, out: Path | None
) -> Fused:
    if method not in ("mean", PERFORMANCE):
        raise VoxError(f"--method {method} is for classes", f"of a regression: mean, {PERFORMANCE}")
    rows = list(tables[0].values())
    values = np.array([[float(table[clip]["value"] or "nan") for clip in tables[0]] for table in tables])
    truth = np.array([float(row["truth"]) for row in rows])
    weights = np.ones(values.shape)
    if method == PERFORMANCE:
        errors = np.abs(values - truth)
        weights = _apart(groups, lambda some: [1 / max(float(np.nanmean(e[some])), 1e-9) for e in errors])
    weights = np.where(np.isnan(values), 0.0, weights)
    total = weights.sum(axis=0)
    fused = np.where(
        total > 0, (np.nan_to_num(values) * weights).sum(axis=0) / np.maximum(total, 1e-12), np.nan
    )
    labels = tuple(f"{value:g}" for value in (truth.min(), truth.max()))
    if grid_of(labels) is None:
        raise VoxError("all clips have the same number: there is nothing to compare")
    members = {name: fit(truth, own, labels, groups=groups) for name, own in zip(names, values, strict=True)}
    best = min(members, key=lambda name: members[name].mae)
    own = values[names.index(best)]
    heard = np.flatnonzero(~np.isnan(own) & ~np.isnan(fused))
    if out is not None:
        cells = [
            [row["truth"], "" if np.isnan(value) else f"{value:.6g}"]
            for row, value in zip(rows, fused, strict=True)
        ]
        _write(out, rows, ["truth", "value"], cells)
    some = groups if len(heard) == len(rows) else groups.at(heard)
    return Fused(
        fit(truth, fused, labels, groups=groups),
        members,
        best,
        paired_values(truth[heard], own[heard], fused[heard], some),
    )


def _names(files: Sequence[Path]) -> list[str]:
    """After their folders; told apart where those are called the same."""
    names = [file.parent.name or str(file) for file in files]
    return [name if names.count(name) == 1 else str(file) for name, file in zip(names, files, strict=True)]


def _posteriors(table: Rows, order: Rows, labels: Sequence[str], file: Path) -> NDArray[np.float64]:
    """[clips, labels] in the order of the first table's clips."""
    heads = [f"{_SCORE}{label}" for label in labels]
    there = {head for row in table.values() for head in row if head.startswith(_SCORE)}
    if not labels or there != set(heads):
        other = ", ".join(sorted(head.removeprefix(_SCORE) for head in there)) or "none"
        raise VoxError(
            f"{file}: has scores of {other}, not of {', '.join(labels)}", "the same labels are needed"
        )
    try:
        found = np.array([[float(table[clip][head]) for head in heads] for clip in order])
    except ValueError as error:
        raise VoxError(f"{file}: {error}", "train it again") from None
    sums = found.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.where(sums > 0, found / np.where(sums > 0, sums, 1), 1 / len(labels))
    return shares


def _apart(groups: Groups, worth: Callable[[NDArray[np.bool_]], Sequence[float]]) -> NDArray[np.float64]:
    """[models, clips] what each model is worth on the clips of other groups."""
    if groups.count < 2:
        raise VoxError(f"{PERFORMANCE} needs two groups or more", "choose another column: --by")
    by_group = np.array([worth(groups.members != group) for group in range(groups.count)])
    found: NDArray[np.float64] = by_group[groups.members].T
    return found


def _uar(truth: NDArray[np.int64], hit: NDArray[np.bool_], labels: int) -> float:
    counts, hits = np.bincount(truth, minlength=labels), np.bincount(truth, hit, minlength=labels)
    return float((hits[counts > 0] / counts[counts > 0]).mean())


def _write(
    out: Path, rows: Sequence[Mapping[str, str]], heads: Sequence[str], cells: Sequence[Sequence[str]]
) -> None:
    which = [column for column in _WHICH if column in rows[0]]
    table = [[*(row[column] for column in which), *more] for row, more in zip(rows, cells, strict=True)]
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(out, csv_text([*which, *heads], table))
