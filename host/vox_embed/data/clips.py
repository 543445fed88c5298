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

MEMORY_SHARE = 0.75
"""Of the memory, which sound may take."""


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
    _check_memory(dataset, sample_rate)
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


def _check_memory(dataset: Dataset, sample_rate: int) -> None:
    """VoxError where the sound of all rows is more than this computer can hold."""
    needed = 2.0 * sample_rate * float(dataset.table["duration"].sum())
    there = _memory()
    if there and needed > MEMORY_SHARE * there:
        raise VoxError(
            f"the sound of {len(dataset)} rows takes {needed / 1e9:,.1f} GB; {there / 1e9:,.1f} are there",
            "use fewer rows: limit_samples, limit_samples_per_speaker or max_duration_of_sample",
        )


def _memory() -> int:
    """Bytes that this process may have; 0 where nobody knows."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows
        return 0
    import resource

    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    return min(total, allowed) if allowed > 0 else total


def _trimmed(clip: NDArray[np.int16]) -> NDArray[np.int16]:
    sounding = np.flatnonzero(clip)
    return clip[sounding[0] : sounding[-1] + 1] if len(sounding) else clip
