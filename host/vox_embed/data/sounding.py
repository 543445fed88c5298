"""How much of a row is sound: frames above a level. An energy gate, which takes any sound for voice."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.audio import read_blocks
from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

FRAME = 0.02
"""Seconds."""
LEVEL = -50.0
"""dB of full scale, where `decision.gate_dbfs` says nothing else."""
_THREADS = 4


def seconds_of_sound(rows: pd.DataFrame, level: float) -> NDArray[np.float64]:
    """[rows] seconds whose frames have a level (root of the mean square) of `level` dBFS or more.

    rows: has file, start and end. A file that cannot be read counts as full of sound: others complain of
    it.
    """
    files = list(dict.fromkeys(rows["file"]))
    with ThreadPoolExecutor(_THREADS) as pool:
        loud = dict(zip(files, pool.map(lambda file: _loud(file, level), files), strict=True))
    found = np.zeros(len(rows))
    for i, (file, start, end) in enumerate(zip(rows["file"], rows["start"], rows["end"], strict=True)):
        frames = loud[file]
        if frames is None:
            found[i] = np.inf
            continue
        first = round(start / FRAME)
        last = len(frames) if np.isnan(end) else max(round(end / FRAME), first + 1)
        found[i] = FRAME * float(np.count_nonzero(frames[first:last]))
    return found


def _loud(file: str, level: float) -> NDArray[np.bool_] | None:
    """[frames] of a file."""
    from vox_embed.data.audio import probe

    try:
        length = max(1, round(FRAME * probe(file).sample_rate))
        powers = list(_powers(read_blocks(file), length))
    except VoxError:
        return None
    return np.concatenate(powers) >= 10 ** (level / 10) if powers else np.zeros(0, bool)


def _powers(blocks: Iterable[NDArray[np.float32]], length: int) -> Iterable[NDArray[np.float64]]:
    """Mean squares of frames of the mix of all channels; a last frame is taken as it is."""
    left = np.zeros(0)
    for block in blocks:
        mix = np.concatenate([left, block.mean(axis=1, dtype=np.float64)])
        whole = len(mix) // length
        yield np.square(mix[: whole * length]).reshape(whole, length).mean(axis=1)
        left = mix[whole * length :]
    if len(left):
        yield np.array([np.square(left).mean()])
