"""How long rows are, and which of them are left out for that, for their number or because they cannot be
read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vox_embed.data.audio import SKIPPING, AudioInfo
from vox_embed.data.drawing import shuffled
from vox_embed.data.heard import Heard
from vox_embed.data.threads import in_threads
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Database

if TYPE_CHECKING:
    import pandas as pd

_THREADS, _TOGETHER = 4, 16
"""Files that a thread takes at a time."""
_ROUNDING = 0.05  # seconds by which an end may be behind the file's


def measured(rows: pd.DataFrame, heard: Heard, skip_bad_files: bool, notes: list[str]) -> pd.DataFrame:
    """Adds `duration`; drops, or complains about, files that are missing, unreadable or too short. heard: of
    their database."""
    files = list(dict.fromkeys(rows["file"]))

    def attempt(file: str) -> AudioInfo | VoxError:
        try:
            return heard.probe(file)
        except VoxError as error:
            return error

    found = dict(zip(files, in_threads(attempt, files, _THREADS, together=_TOGETHER), strict=True))
    bad = {file: info for file, info in found.items() if isinstance(info, VoxError)}
    lengths = {file: info.duration for file, info in found.items() if isinstance(info, AudioInfo)}
    total = rows["file"].map(lengths)
    rows = without_bad(rows, bad, skip_bad_files, notes)
    rows = _that_start(rows, total[rows.index], skip_bad_files, notes)
    total = total[rows.index]
    late = rows[rows["end"] > total + _ROUNDING]
    if len(late):
        place, end = late.iloc[0][["place", "end"]]
        notes.append(
            f"warning: {len(late)} rows end after their file does; first: {place}: end {end:g} s, but the "
            f"file has {total[late.index[0]]:g} s: is it in seconds?"
        )
    ends = rows["end"].where(rows["end"] < total, total)
    return rows.assign(duration=(ends - rows["start"]).astype(float)).reset_index(drop=True)


def _that_start(
    rows: pd.DataFrame, total: pd.Series[float], skip_bad_files: bool, notes: list[str]
) -> pd.DataFrame:
    """The rows less those that start behind their file; VoxError where they are not to be skipped."""
    late = rows["start"] >= total
    said = [
        f"{place}: start {start:g} s, but {file} has {length:g} s"
        for place, start, file, length in zip(
            *(rows.loc[late, name] for name in ("place", "start", "file")), total[late], strict=True
        )
    ]
    if said and not skip_bad_files:
        more = f"; {len(said) - 1} more such rows" if len(said) > 1 else ""
        raise VoxError(
            said[0] + more,
            "are the times in seconds? (`900 ms` is understood, too.) `data.skip_bad_files: true` leaves "
            "such rows out",
        )
    notes.extend(f"skipped: {sentence}" for sentence in said)
    return rows[~late]


def without_bad(
    rows: pd.DataFrame, bad: Mapping[str, VoxError], skip_bad_files: bool, notes: list[str]
) -> pd.DataFrame:
    """The rows less those of bad files, each of which is listed in `notes`; VoxError for them all where
    they are not to be skipped."""
    if bad and not skip_bad_files:
        first = next(iter(bad.values()))
        more = f"; {len(bad) - 1} more such files" if len(bad) > 1 else ""
        raise VoxError(first.message + more, SKIPPING)
    notes.extend(f"skipped: {error.message}" for error in bad.values())
    return rows[~rows["file"].isin(list(bad))]


def limited(name: str, rows: pd.DataFrame, database: Database, seed: int) -> pd.DataFrame:
    """The rows that the limits of a database leave: by their length, their number, and that of a speaker."""
    low, high = database.min_duration_of_sample, database.max_duration_of_sample
    if low is not None:
        rows = rows[rows["duration"] >= low]
    if high is not None:
        rows = rows[rows["duration"] <= high]
    if rows.empty:
        raise VoxError(f"database `{name}`: no rows are left after filters and limits")
    names = rows["key"] + "\0" + rows["start"].map(str) + "\0" + rows["end"].map(str)
    order = {item: i for i, item in enumerate(shuffled(names, seed))}
    rank = names.map(order).sort_values(kind="stable")
    if database.limit_samples_per_speaker is not None:
        speakers = rows["speaker"].where(rows["speaker"].notna(), rows["key"])
        place = speakers.loc[rank.index].groupby(speakers.loc[rank.index]).cumcount()
        rank = rank[place < database.limit_samples_per_speaker]
    if database.limit_samples is not None:
        rank = rank.iloc[: database.limit_samples]
    return rows.loc[rank.index.sort_values()].reset_index(drop=True)
