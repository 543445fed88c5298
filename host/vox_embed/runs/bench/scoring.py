"""The scores of answers that trials gave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vox_embed.data import Dataset
from vox_embed.data.groups import Groups
from vox_embed.report.content import AnyScores
from vox_embed.report.fit import fit
from vox_embed.report.metrics import score
from vox_embed.report.tag_scores import TagScores, score_tags
from vox_embed.runs.bench.trials import Answers


def scores_of(rows: Dataset, answers: Answers, tested: NDArray[np.int64], groups: Groups) -> AnyScores:
    """answers: for the rows `tested`, in their order; groups: of those rows."""
    if rows.tags:
        return _of_tags(rows, answers, tested, groups)
    if rows.numeric:
        return fit(rows.values[tested], answers, rows.labels, groups=groups)
    return score(rows.targets[tested], answers, rows.labels, groups=groups)


def _of_tags(rows: Dataset, answers: Answers, tested: NDArray[np.int64], groups: Groups) -> TagScores:
    """Thresholds are those of each trial, of which there is no single one: the lowest that a tag was found
    at is told."""
    said, scores = parts_of(answers)
    lowest = [float(scores[said[:, i], i].min(initial=1.0)) for i in range(len(rows.labels))]
    return score_tags(rows.indicator[tested], said, scores, rows.labels, lowest, groups=groups)


def parts_of(answers: Answers) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Of tags: which are said to be there, and their scores."""
    count = answers.shape[1] // 2
    return answers[:, :count] > 0.5, answers[:, count:]
