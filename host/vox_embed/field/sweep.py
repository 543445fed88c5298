"""Every threshold over the same posteriors: false accepts an hour against misses, label by label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Replay
from vox_embed.core.decision import Decider
from vox_embed.field.intervals import Interval, binomial_share, poisson_rate
from vox_embed.field.judge import GRACE, judge
from vox_embed.field.posteriors import Clock, Posteriors
from vox_embed.field.streams import Stream
from vox_embed.program.vxm import ONE_Q15, Decision

GRID: tuple[int, ...] = tuple(sorted({*range(128, ONE_Q15, 128), *range(ONE_Q15 - 512, ONE_Q15, 8), ONE_Q15}))
"""Q15 thresholds that are tried: 1/256 apart, 1/4096 near 1."""


@dataclass(frozen=True)
class Played:
    """A stream and what was recorded of it."""

    stream: Stream
    heard: Posteriors


@dataclass(frozen=True)
class Point:
    """A threshold, and what it leads to."""

    threshold: float
    false_accepts: int
    fa_per_hour: float
    fa_interval: Interval
    missed: int
    miss_rate: float
    miss_interval: Interval


@dataclass(frozen=True, eq=False)
class Curve:
    """One label over all thresholds, rising."""

    label: str
    thresholds: NDArray[np.float64]
    false_accepts: NDArray[np.int64]
    missed: NDArray[np.int64]
    words: int
    hours: float

    def point(self, index: int) -> Point:
        """The figures of one threshold; without hours the rate is NaN."""
        false, missed = int(self.false_accepts[index]), int(self.missed[index])
        some = self.hours > 0
        return Point(
            float(self.thresholds[index]),
            false,
            false / self.hours if some else math.nan,
            poisson_rate(false, self.hours) if some else (0.0, math.inf),
            missed,
            missed / self.words if self.words else math.nan,
            binomial_share(missed, self.words),
        )

    def at_rate(self, fa_per_hour: float) -> Point:
        """The lowest threshold from which on no threshold fires more often than that."""
        too_often = np.flatnonzero(self.false_accepts > fa_per_hour * self.hours + 1e-9)
        index = int(too_often[-1]) + 1 if len(too_often) else 0
        return self.point(min(index, len(self.thresholds) - 1))


def with_threshold(decision: Decision, on: int) -> Decision:
    """Another threshold_on (Q15) for all labels, threshold_off in proportion; rules keep what else they
    say."""
    rules = tuple(
        replace(
            rule,
            threshold_on=on / ONE_Q15,
            threshold_off=int(on * _share(rule.threshold_off, rule.threshold_on)) / ONE_Q15,
        )
        for rule in decision.rules
    )
    off = int(on * _share(decision.threshold_off, decision.threshold_on))
    return replace(decision, threshold_on=on / ONE_Q15, threshold_off=off / ONE_Q15, rules=rules)


def _share(off: float, on: float) -> float:
    return off / on if on else 1.0


def sweep(
    played: Sequence[Played],
    decision: Decision,
    clock: Clock,
    labels: Sequence[str],
    grid: Sequence[int] = GRID,
) -> dict[str, Curve]:
    """A curve for each label that raises events."""
    fires = [i for i in range(len(labels)) if i not in decision.background]
    false = np.zeros((len(grid), len(labels)), np.int64)
    hits = np.zeros((len(grid), len(labels)), np.int64)
    words = np.zeros(len(labels), np.int64)
    free = 0.0
    for one in played:
        free += judge(one.stream, _nothing(), clock, labels).free_seconds
        for word in one.stream.occurrences():
            words[labels.index(word.label)] += 1
    for row, threshold in enumerate(grid):
        decider = Decider(with_threshold(decision, threshold).section())
        for one in played:
            fired, heard = _counted(one, decider, clock, labels)
            false[row] += fired
            hits[row] += heard
    scale = np.array(grid) / ONE_Q15
    return {
        labels[i]: Curve(labels[i], scale, false[:, i], words[i] - hits[:, i], int(words[i]), free / 3600)
        for i in fires
    }


def _counted(
    one: Played, decider: Decider, clock: Clock, labels: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """False accepts and hits of each label."""
    false, hits = np.zeros(len(labels), np.int64), np.zeros(len(labels), np.int64)
    replayed = decider.replay(one.heard.frames, one.heard.values, one.heard.gated)
    begun = replayed.begins()
    if not begun.any():
        return false, hits
    if not any(recording.occurrences for recording in one.stream.recordings):
        np.add.at(false, replayed.labels[begun], 1)
        return false, hits
    if one.stream.is_clip:
        times = clock.seconds(replayed.frames[begun])
        for word in one.stream.occurrences():
            inside = (times >= word.start) & (times <= word.end + GRACE)
            index = labels.index(word.label)
            hits[index] += bool((inside & (replayed.labels[begun] == index)).any())
        return false, hits
    judged = judge(one.stream, replayed, clock, labels)
    for answer in judged.answers:
        hits[labels.index(answer.label)] += answer.hit
    for accept in judged.false_accepts:
        false[labels.index(accept.label)] += 1
    return false, hits


def _nothing() -> Replay:
    empty = np.zeros(0, np.int64)
    return Replay(
        empty.astype(np.int16),
        empty.astype(np.uint16),
        empty.astype(np.uint32),
        empty.astype(np.int16),
        empty.astype(np.uint16),
        empty.astype(np.uint8),
    )
