"""What the folds of a cross-validation left, read and scored: each fold, all together, mean and spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from vox_embed.data import Dataset
from vox_embed.data.groups import Groups, groups_of
from vox_embed.data.tagging import indicator, tags_of
from vox_embed.experiment import VoxError
from vox_embed.report.content import AnyScores
from vox_embed.report.fit import FIGURES, Fit, fit
from vox_embed.report.metrics import Scores, answer_names, score
from vox_embed.report.ranking import rank
from vox_embed.report.tag_scores import FIGURES as OF_TAGS
from vox_embed.report.tag_scores import TagScores, score_tags
from vox_embed.runs.written import WHICH, clips_of

Row = Mapping[str, str]
_SCORE = "score_"
_OF_CLASSES = (("accuracy", "accuracy"), ("UAR", "uar"))


def figures_of(scores: AnyScores) -> tuple[tuple[str, str], ...]:
    """Names as people read them, and fields."""
    if isinstance(scores, Fit):
        return FIGURES
    return OF_TAGS if isinstance(scores, TagScores) else _OF_CLASSES


def spread(folds: Mapping[str, AnyScores]) -> dict[str, dict[str, float]]:
    """Of each figure, mean and standard deviation (of a sample) over the folds that have it."""
    found = {}
    for _, field in figures_of(next(iter(folds.values()))):
        values = [value for one in folds.values() if (value := getattr(one, field)) is not None]
        if values:
            deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
            found[field] = {"mean": float(np.mean(values)), "deviation": deviation, "folds": len(values)}
    return found


class Grouped:
    """Which rows of predictions.csv belong together: by `data.group`, speakers, or else the folds' column."""

    def __init__(self, dataset: Dataset, by: str) -> None:
        speakers = dataset.table["speaker"].notna().any()
        self._groups = groups_of(dataset, None if dataset.group is not None or speakers else by)
        self._place = {clip: i for i, clip in enumerate(clips_of(dataset))}

    def of(self, rows: Sequence[Row]) -> Groups:
        """The groups of these rows."""
        places = np.array([self._place[tuple(row[column] for column in WHICH)] for row in rows])
        if len(places) == len(self._place):
            return Groups(self._groups.members[places], self._groups.kinds)
        return self._groups.at(places)


def fit_of(rows: Sequence[Row], column: str, labels: tuple[str, ...], groups: Groups) -> Fit:
    """Of a regression. column: with the values."""
    try:
        truth = [float(row["truth"]) for row in rows]
        values = [float(row[column] or "nan") for row in rows]
    except (KeyError, ValueError) as error:
        raise VoxError(
            f"the predictions of a fold hold no number: {error}", "train the folds again"
        ) from None
    return fit(truth, values, labels, groups=groups)


def scores_of(rows: Sequence[Row], labels: tuple[str, ...], groups: Groups, *, ranked: bool) -> Scores:
    """Of classes. ranked: with the ranking of each, by the scores of all folds' models."""
    codes = {name: code for code, name in answer_names(labels).items()}
    unknown = sorted({row.get(column, "") for row in rows for column in ("label", "predicted")} - set(codes))
    if unknown:
        raise VoxError(f"a fold was trained with the label `{unknown[0]}`, which the data does not have")
    truth = np.array([codes[row["label"]] for row in rows], np.int64)
    predicted = np.array([codes[row["predicted"]] for row in rows], np.int64)
    found = score(truth, predicted, labels, groups=groups)
    if not ranked:
        return found
    here = np.eye(len(labels), dtype=bool)[truth]
    return replace(found, rankings=rank(here, _posteriors(rows, labels), labels, groups=groups))


def tag_scores_of(rows: Sequence[Row], labels: tuple[str, ...], groups: Groups) -> TagScores:
    """Of tags. Thresholds are those of each fold, of which there is no single one."""
    texts = [row["label"] for row in rows], [row["predicted"] for row in rows]
    strange = sorted({tag for some in texts for text in some for tag in tags_of(text)} - set(labels))
    if strange:
        raise VoxError(f"a fold was trained with the tag `{strange[0]}`, which the data does not have")
    truth, predicted = (indicator(some, labels) for some in texts)
    scores = _posteriors(rows, labels)
    lowest = [float(scores[predicted[:, i], i].min(initial=1.0)) for i in range(len(labels))]
    return score_tags(truth, predicted, scores, labels, lowest, groups=groups)


def _posteriors(rows: Sequence[Row], labels: Sequence[str]) -> np.ndarray:
    try:
        return np.array([[float(row[_SCORE + label]) for label in labels] for row in rows])
    except (KeyError, ValueError) as error:
        raise VoxError(f"the predictions of a fold have no score: {error}", "train the folds again") from None
