"""The sound of a dataset's rows."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.audio import SKIPPING, read_audio
from vox_embed.data.dataset import Dataset
from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Progress = Callable[[int, int], None]


def load_clips(
    dataset: Dataset,
    sample_rate: int,
    *,
    skip_bad_files: bool = False,
    trim_zeros: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[Dataset, list[NDArray[np.int16]]]:
    """Decode every row: the dataset (less rows left out by `skip_bad_files`, which are noted) and int16
    mono clips.

    trim_zeros leaves out the zeros that a clip begins and ends with; a clip of nothing else stays as it is.
    progress is called with (rows done, rows in all). Raises VoxError naming the first file that cannot be
    read.
    """
    rows = list(zip(dataset.table["file"], dataset.table["start"], dataset.table["end"], strict=True))

    def one(row: tuple[str, float, float]) -> NDArray[np.int16] | VoxError:
        try:
            clip = read_audio(row[0], sample_rate, row[1], row[2])
        except VoxError as error:
            if skip_bad_files:
                return error
            raise VoxError(error.message, SKIPPING) from None
        return _trimmed(clip) if trim_zeros else clip

    read: list[tuple[str, NDArray[np.int16] | VoxError]] = []
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        for done, (row, clip) in enumerate(zip(rows, pool.map(one, rows), strict=True), start=1):
            read.append((row[0], clip))
            if progress is not None:
                progress(done, len(rows))
    bad = {file: clip for file, clip in read if isinstance(clip, VoxError)}
    for file, error in bad.items():
        dataset = dataset.without([file], f"skipped: {error.message}")
    clips = [clip for file, clip in read if file not in bad and not isinstance(clip, VoxError)]
    return dataset, clips


def _trimmed(clip: NDArray[np.int16]) -> NDArray[np.int16]:
    sounding = np.flatnonzero(clip)
    return clip[sounding[0] : sounding[-1] + 1] if len(sounding) else clip
