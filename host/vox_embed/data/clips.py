"""The sound of a dataset's rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.audio import SKIPPING, read_audio
from vox_embed.data.dataset import Dataset
from vox_embed.data.filed import FiledClips, Row
from vox_embed.data.levels import Level, level_of
from vox_embed.data.sounds import Sounds
from vox_embed.data.spool import Spool, need_disk
from vox_embed.data.store import ChosenClips
from vox_embed.data.threads import in_threads
from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Progress = Callable[[int, int], None]

SHARE = 0.5
"""Of the memory, which sound may take."""
_TOGETHER = 8
"""Rows that a thread takes at a time."""


def load_clips(
    dataset: Dataset,
    sample_rate: int,
    *,
    skip_bad_files: bool = False,
    trim_zeros: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
    memory: int | None = None,
) -> tuple[Dataset, Sequence[NDArray[np.int16]]]:
    """Decode every row: the dataset (less rows left out by `skip_bad_files`, which are noted) and int16
    mono clips.

    trim_zeros leaves out the zeros that a clip begins and ends with; a clip of nothing else stays as it is.
    progress is called with (rows done, rows in all). memory: bytes, of which sound may take half; what is
    more lies on disk, and each clip is read when it is wanted. None: any number. Raises VoxError naming the
    first file that cannot be read.
    """
    found = load_sounds(
        dataset,
        sample_rate,
        skip_bad_files=skip_bad_files,
        trim_zeros=trim_zeros,
        threads=threads,
        progress=progress,
        memory=memory,
        measure=False,
    )
    return found.rows, found.clips


def load_sounds(
    dataset: Dataset,
    sample_rate: int,
    *,
    skip_bad_files: bool = False,
    trim_zeros: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
    memory: int | None = None,
    measure: bool = True,
) -> Sounds:
    """As `load_clips`. measure: with the level of each clip, while it is at hand."""
    most = None if memory is None else int(SHARE * memory)
    needed = 2.0 * sample_rate * float(dataset.table["duration"].sum())
    too_much = most is not None and needed > most
    if too_much:
        need_disk(f"the sound of {len(dataset)} rows", needed)
    rows: list[Row] = list(
        zip(dataset.table["file"], dataset.table["start"], dataset.table["end"], strict=True)
    )

    def one(row: Row) -> tuple[NDArray[np.int16], Level | None] | VoxError:
        try:
            clip = read_audio(row[0], sample_rate, row[1], row[2])
        except VoxError as error:
            if skip_bad_files:
                return error
            raise VoxError(error.message, SKIPPING) from None
        clip = _trimmed(clip) if trim_zeros else clip
        return clip, level_of(clip, sample_rate) if measure else None

    clips = FiledClips(sample_rate, Spool(most), too_much)
    levels: list[Level | None] = []
    files: list[str] = []
    bad: dict[str, VoxError] = {}
    decoded = in_threads(one, rows, threads, together=_TOGETHER)
    for done, (row, read) in enumerate(zip(rows, decoded, strict=True), start=1):
        if isinstance(read, VoxError):
            bad[row[0]] = read
        else:
            files.append(row[0])
            clips.append(row, read[0])
            levels.append(read[1])
        if progress is not None:
            progress(done, len(rows))
    for file, error in bad.items():
        dataset = dataset.without([file], f"skipped: {error.message}")
    good = [place for place, file in enumerate(files) if file not in bad]
    chosen = clips if len(good) == len(clips) else ChosenClips(clips, tuple(good))
    return Sounds(dataset, chosen, np.array([levels[i] for i in good]) if measure else None)


def _trimmed(clip: NDArray[np.int16]) -> NDArray[np.int16]:
    sounding = np.flatnonzero(clip)
    return clip[sounding[0] : sounding[-1] + 1] if len(sounding) else clip
