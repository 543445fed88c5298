"""The scores of answers that trials gave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vox_embed.data import Dataset
from vox_embed.data.groups import Groups
from vox_embed.report.fit import Fit, fit
from vox_embed.report.metrics import Scores, score
from vox_embed.runs.bench.trials import Answers


def scores_of(rows: Dataset, answers: Answers, tested: NDArray[np.int64], groups: Groups) -> Scores | Fit:
    """answers: for the rows `tested`, in their order; groups: of those rows."""
    if rows.numeric:
        return fit(rows.values[tested], answers, rows.labels, groups=groups)
    return score(rows.targets[tested], answers, rows.labels, groups=groups)
