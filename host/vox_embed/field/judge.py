"""Events against what really occurred: hits with their latency, misses, false accepts, time on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vox_embed.core import Replay
from vox_embed.field.posteriors import Clock
from vox_embed.field.sources import Occurrence
from vox_embed.field.streams import Stream
from vox_embed.spec.model_format import EventKind

GRACE = 1.0
"""Seconds after a word's end in which its event still counts as its own."""


@dataclass(frozen=True)
class Answer:
    """What became of one word."""

    label: str
    heard_at: float
    """Seconds from reset at which its event began; NaN: missed."""
    latency: float
    """Seconds from the end of the word to that; negative where it fired before; NaN where missed or
    unknown."""
    mistaken_for: str
    """Another label that fired in its place, or nothing."""

    @property
    def hit(self) -> bool:
        """Whether its event came."""
        return not math.isnan(self.heard_at)


@dataclass(frozen=True)
class FalseAccept:
    """An event where nothing occurred."""

    label: str
    seconds: float
    """From reset."""
    score: float
    """0..1, smoothed, when it began."""


@dataclass(frozen=True)
class Judged:
    """One stream."""

    answers: tuple[Answer, ...]
    """In the order of the stream's occurrences."""
    false_accepts: tuple[FalseAccept, ...]
    seconds_on: dict[str, float]
    """By label: time from begin to end of its events."""
    free_seconds: float
    """Time in which nothing occurs: what false accepts are counted against."""


def judge(
    stream: Stream, heard: Replay, clock: Clock, labels: Sequence[str], speech_end: float = math.nan
) -> Judged:
    """labels: of the model. speech_end: of a clip, seconds from reset."""
    begun = heard.kinds == EventKind.BEGIN
    times = clock.seconds(heard.frames)
    when, which, scores = times[begun], heard.labels[begun], heard.scores[begun]
    words = stream.occurrences()
    names = [labels[i] for i in which]
    owner = [_owner(words, float(t), name) for t, name in zip(when, names, strict=True)]
    false = tuple(
        FalseAccept(name, float(t), float(s) / 32768)
        for name, t, s, own in zip(names, when, scores, owner, strict=True)
        if own is None
    )
    answers = []
    for i, word in enumerate(words):
        mine = [(float(t), n) for t, n, own in zip(when, names, owner, strict=True) if own == i]
        at = min((t for t, name in mine if name == word.label), default=math.nan)
        end = speech_end if stream.is_clip else word.end
        other = next((name for _, name in mine if name != word.label), "")
        answers.append(Answer(word.label, at, at - end, other))
    return Judged(tuple(answers), false, _time_on(heard, times, labels, stream), _free(stream, words))


def _owner(words: Sequence[Occurrence], seconds: float, label: str) -> int | None:
    """The word that an event belongs to: of its own label first, then any; None: a false accept."""
    near = [i for i, word in enumerate(words) if word.start <= seconds <= word.end + GRACE]
    same = [i for i in near if words[i].label == label]
    return next(iter((*same, *near)), None)


def _free(stream: Stream, words: Sequence[Occurrence]) -> float:
    if stream.is_clip:
        return 0.0
    total, end = stream.duration, 0.0
    last = stream.lead + stream.duration
    for word in words:
        begin, stop = max(end, word.start), min(word.end + GRACE, last)
        total -= max(0.0, stop - begin)
        end = max(end, stop)
    return max(0.0, total)


def _time_on(
    heard: Replay, times: np.ndarray[tuple[int], np.dtype[np.float64]], labels: Sequence[str], stream: Stream
) -> dict[str, float]:
    on: dict[str, float] = {}
    since: tuple[int, float] | None = None
    for label, t, kind in zip(heard.labels, times, heard.kinds, strict=True):
        if kind == EventKind.BEGIN:
            since = int(label), float(t)
        elif since is not None:
            on[labels[since[0]]] = on.get(labels[since[0]], 0.0) + float(t) - since[1]
            since = None
    if since is not None:
        rest = stream.lead + stream.duration + stream.tail - since[1]
        on[labels[since[0]]] = on.get(labels[since[0]], 0.0) + max(0.0, rest)
    return on
