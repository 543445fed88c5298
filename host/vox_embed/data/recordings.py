"""What hearing its files adds to a table: which recording each row is cut from, and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from vox_embed.data.heard import Heard, Progress
from vox_embed.data.listen import Sound, Span
from vox_embed.data.measure import without_bad
from vox_embed.data.signal import BEYOND, CANCELLED, CLIPPED, CUT, FAINT, OFFSET, SILENT
from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    import pandas as pd

_SENTENCES = (
    (
        SILENT,
        "hold no sound: all their samples are the same",
        "nothing can be learned from them; take them out, or see why nothing was recorded",
    ),
    (
        CANCELLED,
        "have channels that cancel one another when they are mixed",
        "turn one channel round, or keep one of them alone",
    ),
    (
        FAINT,
        "are hardly louder than the steps of 16 bits (peaks below -72 dB of full scale)",
        "record with more gain, or take them out",
    ),
    (OFFSET, "have an offset (DC) beside which the sound is small", "take it off with a high-pass filter"),
    (CLIPPED, "are clipped: more than 0.1 % of their samples lie on a cut peak", "record with less gain"),
    (
        BEYOND,
        "have samples beyond full scale, which are cut off there",
        "scale the file's floating-point samples to -1..1",
    ),
    (CUT, "lie in files that end before their header says", "they were not copied or recorded whole"),
)


_ROUNDING = 1e-6  # seconds


def listened(
    rows: pd.DataFrame,
    heard: Heard,
    skip_bad_files: bool,
    notes: list[str],
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The rows with `recording` (equal where files hold the same samples), `offset` (seconds from the first
    sample of the recording that is not zero to the start of the row), `rate` in Hz and `faults` (words); less
    those of files that cannot be read, as `without_bad` has it. heard: of their database."""
    spans: dict[str, list[Span]] = {}
    for file, span in zip(rows["file"], _spans(rows), strict=True):
        spans.setdefault(file, []).append(span)
    found = heard.hear(spans, progress)
    bad = {file: sound for file, sound in found.items() if isinstance(sound, VoxError)}
    rows = without_bad(rows, bad, skip_bad_files, notes).reset_index(drop=True)
    sounds = [sound for file in rows["file"] if isinstance(sound := found[file], Sound)]
    return rows.assign(
        recording=[sound.recording or file for file, sound in zip(rows["file"], sounds, strict=True)],
        offset=[
            start - sound.lead / sound.info.sample_rate
            for start, sound in zip(rows["start"], sounds, strict=True)
        ],
        rate=[sound.info.sample_rate for sound in sounds],
        faults=[" ".join(sound.faults[span]) for sound, span in zip(sounds, _spans(rows), strict=True)],
    )


def _spans(rows: pd.DataFrame) -> list[Span]:
    return [
        (float(start), None if math.isnan(end) else float(end))
        for start, end in zip(rows["start"], rows["end"], strict=True)
    ]


def doubtful_sounds(
    table: pd.DataFrame, sample_rate: int, background: Iterable[str], frame: float = 0.0
) -> list[str]:
    """One note for each kind of fault: how many rows have it, the first, and what to do.

    sample_rate: of the features. background: labels whose rows may be silent. frame: seconds of one frame.
    """
    notes = []
    short = table[table["duration"] < frame - _ROUNDING]
    if len(short):
        file, start, length = short.iloc[0][["file", "start", "duration"]]
        notes.append(
            f"warning: {len(short)} of {len(table)} clips are shorter than one frame ({1000 * frame:g} ms), "
            f"the first {1000 * length:.3g} ms: {file}{f' from {start:g} s' if start else ''}; take them out "
            "(`min_duration_of_sample`), or see whether `start` and `end` are right"
        )
    for fault, sentence, advice in _SENTENCES:
        faulty = table["faults"].map(lambda found, fault=fault: fault in found.split())
        if fault in (SILENT, FAINT):
            faulty &= ~table["label"].isin(list(background))
        if faulty.any():
            file, start = table.loc[faulty, ["file", "start"]].iloc[0]
            where = file + (f" from {start:g} s" if start else "")
            notes.append(
                f"warning: {faulty.sum()} of {len(table)} clips {sentence}; first: {where}; {advice}"
            )
    low = table[table["rate"] < sample_rate]
    if len(low):
        least = int(low["rate"].min())
        first = low.loc[low["rate"] == least, "file"].iloc[0]
        notes.append(
            f"warning: {len(low)} of {len(table)} clips were recorded at less than features.sample_rate "
            f"({sample_rate} Hz), the lowest at {least} Hz: above {least // 2} Hz they hold nothing; "
            f"first: {first}; {_of_rates(table, low)}"
        )
    return notes


def _of_rates(table: pd.DataFrame, low: pd.DataFrame) -> str:
    """Whether a model could tell labels by their rate."""
    labels = sorted(set(table["label"]))
    only = [x for x in labels if (low["label"] == x).sum() == (table["label"] == x).sum()]
    if only and len(only) < len(labels):
        return f"all of label `{only[0]}` are, and may be known by that alone"
    return "choose a sample_rate that all have, or features.fmax below"
