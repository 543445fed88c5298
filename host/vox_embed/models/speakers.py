"""Values as each speaker has them: mean 0 and deviation 1 over that speaker's rows, without labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.sounds import Sounds


def by_speaker(rows: NDArray[Any], owner: NDArray[np.int64], clips: Any) -> NDArray[np.float64]:
    """Rows, each less its speaker's mean, over the deviation. owner: [rows] index of each row's clip.

    Clips without a speaker, or of which nobody says whose they are, count as one speaker's.
    """
    whose = _speakers(clips)[owner]
    scaled = np.empty(rows.shape, np.float64)
    for speaker in range(int(whose.max(initial=-1)) + 1):
        own = whose == speaker
        values = rows[own].astype(np.float64)
        spread = values.std(axis=0)
        scaled[own] = (values - values.mean(axis=0)) / np.where(spread == 0, 1.0, spread)
    return scaled


def _speakers(clips: Any) -> NDArray[np.int64]:
    if not isinstance(clips, Sounds):
        return np.zeros(len(clips), np.int64)
    table = clips.rows.table
    names = (table["database"] + "/" + table["speaker"]).fillna("").to_numpy(str)
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
