"""Long rows as several of one length: a label of a whole clip is one of windows inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vox_embed.experiment.schema import Cut

if TYPE_CHECKING:
    import pandas as pd

_LEAST = 0.5  # of a length that is left at the end: then there is a last piece that ends with the row
_ROUNDING = 1e-6  # seconds


def cut_rows(name: str, rows: pd.DataFrame, cut: Cut, notes: list[str]) -> pd.DataFrame:
    """The rows, of which those that are longer than `cut.length` are several. rows: has start, end,
    duration."""
    stride = cut.stride or cut.length
    places, starts = [], []
    for place, (start, duration) in enumerate(zip(rows["start"], rows["duration"], strict=True)):
        found = _starts(duration, cut.length, stride)
        places += [place] * len(found)
        starts += [None] if found == [None] else [round(start + one, 6) for one in found if one is not None]
    long = [start is not None for start in starts]
    if not any(long):
        return rows
    made = rows.iloc[places].reset_index(drop=True)
    for i, start in enumerate(starts):
        if start is not None:
            made.loc[i, ["start", "end", "duration"]] = [start, round(start + cut.length, 6), cut.length]
    count = (rows["duration"] > cut.length + _ROUNDING).sum()
    notes.append(
        f"database `{name}`: {count} of {len(rows)} rows are cut into {sum(long)} pieces of {cut.length:g} s"
    )
    return made


def _starts(duration: float, length: float, stride: float) -> list[float | None]:
    """Seconds from the row's start; [None] for a row that stays as it is."""
    if duration <= length + _ROUNDING:
        return [None]
    count = int((duration - length + _ROUNDING) / stride)
    found: list[float | None] = [i * stride for i in range(count + 1)]
    left = duration - length - count * stride
    if left > _LEAST * length:
        found.append(duration - length)
    return found
