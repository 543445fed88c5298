"""Several models' answers to the same clips, put together: late fusion, by the names that Nkululeko has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.core.grid import grid_of
from vox_embed.data.groups import Groups
from vox_embed.data.tagging import text_of
from vox_embed.experiment import VoxError
from vox_embed.gate.files import write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.report.content import AnyScores
from vox_embed.report.fit import fit
from vox_embed.report.metrics import score
from vox_embed.report.paired import Paired, paired_classes, paired_tags, paired_values
from vox_embed.report.tag_scores import score_tags
from vox_embed.runs.fusion import METHODS, PERFORMANCE, WAYS, weighted
from vox_embed.runs.predictions import (
    SCORE,
    Rows,
    check_same,
    groups_in,
    predictions_of,
    read_predictions,
    tags_in,
    tags_said,
)

_WHICH = ("file", "start", "end", "speaker")
HALF = 0.5


@dataclass(frozen=True, eq=False)
class Fused:
    """scores: of the ensemble; members: {name: scores} of each model alone; against: the best of them, by its
    score on these clips, beside the ensemble."""

    scores: AnyScores
    members: Mapping[str, AnyScores]
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
    if tags_in(tables[0]):
        return _of_tags(tables, names, groups, files, method, threshold, out)
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
    labels = tuple(head.removeprefix(SCORE) for head in rows[0] if head.startswith(SCORE))
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
        fused = weighted(posteriors, weights)
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
        heads = ["label", "predicted", "score", *(f"{SCORE}{label}" for label in labels)]
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


def _of_tags(  # noqa: PLR0917
    tables: Sequence[Rows],
    names: Sequence[str],
    groups: Groups,
    files: Sequence[Path],
    method: str,
    threshold: float,
    out: Path | None,
) -> Fused:
    """Each tag of each clip is a question of its own: there, or not."""
    tags, order = tags_in(tables[0]), tables[0]
    for table, file in zip(tables, files, strict=True):
        if set(tags_in(table)) != set(tags):
            raise VoxError(f"{file}: has other tags than {files[0]}", "the same tags are needed")
    truth = tags_said(order, order, "label", tags)
    said = [tags_said(table, order, "predicted", tags) for table in tables]
    sure = np.stack([_centred(table, order, tags, one) for table, one in zip(tables, said, strict=True)])
    pairs = np.stack([1 - sure, sure], axis=3).reshape(len(tables), -1, 2)
    if method == PERFORMANCE:
        weights = _apart(groups, lambda some: [_f1(truth[some], one[some]) for one in said])
        fused = weighted(pairs, np.repeat(weights, len(tags), axis=1))
    else:
        fused = WAYS[method](pairs, threshold)
    share = (fused[:, 1] / fused.sum(axis=1)).reshape(truth.shape)
    decided = share >= HALF
    scored = [
        score_tags(truth, *one, tags, (HALF,) * len(tags), groups=groups)
        for one in zip(said, sure, strict=True)
    ]
    members: dict[str, AnyScores] = dict(zip(names, scored, strict=True))
    best = max(range(len(scored)), key=lambda i: scored[i].macro_f1)
    rows = list(order.values())
    if out is not None:
        cells = [
            [row["label"], text_of(np.array(tags)[one]), *(f"{value:.5f}" for value in values)]
            for row, one, values in zip(rows, decided, share, strict=True)
        ]
        _write(out, rows, ["label", "predicted", *(f"{SCORE}{tag}" for tag in tags)], cells)
    return Fused(
        score_tags(truth, decided, share, tags, (HALF,) * len(tags), groups=groups),
        members,
        names[best],
        paired_tags(truth, said[best], decided, groups),
    )


def _centred(table: Rows, order: Rows, tags: Sequence[str], said: NDArray[np.bool_]) -> NDArray[np.float64]:
    """[clips, tags] scores bent so that a half is where a model says that a tag is there: each has thresholds
    of its own, and each fold again."""
    try:
        scores = np.array([[float(table[clip][f"{SCORE}{tag}"]) for tag in tags] for clip in order])
    except ValueError as error:
        raise VoxError(f"a score is no number: {error}", "train it again") from None
    folds = np.array([table[clip].get("fold", "") for clip in order])
    found = np.zeros(scores.shape)
    for fold in set(folds.tolist()):
        here = folds == fold
        s, there = scores[here], said[here]
        above = np.where(there, s, 1.0).min(axis=0)
        below = np.where(there, 0.0, s).max(axis=0)
        at = np.clip((above + below) / 2, 1e-6, 1 - 1e-6)
        bent = np.where(s < at, s / at / 2, 0.5 + (s - at) / (1 - at) / 2)
        found[here] = np.where(there, np.maximum(bent, HALF), np.minimum(bent, np.nextafter(HALF, 0)))
    clipped: NDArray[np.float64] = np.clip(found, 0, 1)
    return clipped


def _f1(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    """Macro F1 of the tags that are there."""
    there = truth.sum(axis=0)
    f1 = 2 * (truth & said).sum(axis=0) / np.maximum(there + said.sum(axis=0), 1)
    return float(f1[there > 0].mean()) if (there > 0).any() else 0.0


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
    heads = [f"{SCORE}{label}" for label in labels]
    there = {head for row in table.values() for head in row if head.startswith(SCORE)}
    if not labels or there != set(heads):
        other = ", ".join(sorted(head.removeprefix(SCORE) for head in there)) or "none"
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
