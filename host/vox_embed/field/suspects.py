"""Negatives that may hold the word after all: where the model is as sure as it can be."""

from __future__ import annotations

from collections.abc import Sequence

from vox_embed.field.judge import Judged
from vox_embed.field.posteriors import Clock
from vox_embed.field.sweep import Played
from vox_embed.program.vxm import ONE_Q15

SURE = 0.95
"""Posterior of a single window."""
_BEFORE, _AFTER = 0.5, 1.0
"""Seconds around an event's begin in which its windows lie."""
_NAMED = 3


def suspects(
    played: Sequence[Played], judged: Sequence[Judged], clock: Clock, labels: Sequence[str]
) -> tuple[str, ...]:
    """A note that names them, or none: a word that is said there is no false accept, and spoils figures and
    training."""
    found = []
    for one, verdict in zip(played, judged, strict=True):
        if any(recording.occurrences for recording in one.stream.recordings):
            continue
        times = clock.seconds(one.heard.frames)
        for accept in verdict.false_accepts:
            near = (times >= accept.seconds - _BEFORE) & (times <= accept.seconds + _AFTER)
            column = one.heard.values[near, labels.index(accept.label)]
            peak = float(column.max(initial=0)) / ONE_Q15
            if peak >= SURE:
                recording, seconds = one.stream.where(accept.seconds)
                found.append((-peak, f"{recording.file.name} at {seconds:.1f} s (`{accept.label}`)"))
    if not found:
        return ()
    first = ", ".join(text for _, text in sorted(found)[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (
        f"negatives: the model is sure that a word is said in {first}{more}: listen, and leave recordings "
        "out that hold it",
    )
