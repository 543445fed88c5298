"""The operating point: settings of the decision for a wanted rate of false accepts, or of misses."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vox_embed.core.decision import Decider
from vox_embed.experiment.errors import VoxError
from vox_embed.field.intervals import Interval, binomial_share, poisson_rate
from vox_embed.field.judge import judge
from vox_embed.field.posteriors import Clock
from vox_embed.field.sweep import GRID, Curve, Played, sweep
from vox_embed.program.vxm import ONE_Q15, Decision, Rule

_COARSE = tuple(range(1024, ONE_Q15, 512))
_ALPHAS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15)
_HISTORIES = (2, 3, 4, 6, 8, 12)
_LONGEST = 0.5
"""Seconds that smoothing may look back, about a word: a word that is over has no more windows to give, so
that longer means are of what came before it, and differ between recordings more than between words."""
_WINDOWS = (1, 2, 3)
_OFF = (0.85, 0.7, 0.5)
_REFRACTORY_SECONDS = (0.5, 1.0, 2.0)
_AROUND = (0.5, 1.0, 2.0, 4.0)
"""Multiples of the wanted rate at which smoothings are compared: one rate alone hangs on single events."""
_SURE = 5
"""Events from which on a count is believed; below, the tail of the counts at lower thresholds has a say."""


@dataclass(frozen=True)
class Wanted:
    """What the operating point is chosen for: one of the two.

    given_up: share of the words that may be lost to what the tail of the counts says, where there are too
    few hours to count: it is an extrapolation, and beyond the highest event a threshold soon costs more
    words than it is likely to spare events. Less where the words are synthetic: those are surer than people
    are, and hide what it costs.
    """

    fa_per_hour: float | None = None
    miss_rate: float | None = None
    given_up: float = 0.1

    def __post_init__(self) -> None:
        if (self.fa_per_hour is None) == (self.miss_rate is None):
            raise VoxError("one of --fa-per-hour and --miss-rate is needed", "--fa-per-hour 0.5")
        if self.fa_per_hour is not None and not self.fa_per_hour > 0:
            raise VoxError(f"--fa-per-hour {self.fa_per_hour:g}: must be above 0")
        if self.miss_rate is not None and not 0 <= self.miss_rate < 1:
            raise VoxError(f"--miss-rate {self.miss_rate:g}: must be from 0 to below 1")


@dataclass(frozen=True)
class Chosen:
    """One label at its operating point, on the audio that it was chosen on."""

    label: str
    rule: Rule
    words: int
    missed: int
    false_accepts: int
    hours: float

    @property
    def fa_interval(self) -> Interval:
        """95 %; the claim that other audio of the kind has to meet."""
        return poisson_rate(self.false_accepts, self.hours) if self.hours else (0.0, math.inf)

    @property
    def miss_interval(self) -> Interval:
        """95 %."""
        return binomial_share(self.missed, self.words)


@dataclass(frozen=True)
class Operating:
    """Settings for the whole model."""

    decision: Decision
    labels: tuple[Chosen, ...]


@dataclass(frozen=True)
class Audio:
    """Development audio, as the model heard it."""

    played: Sequence[Played]
    clock: Clock
    labels: Sequence[str]

    def curves(self, decision: Decision, grid: Sequence[int] = GRID) -> dict[str, Curve]:
        """See `sweep`."""
        return sweep(self.played, decision, self.clock, self.labels, grid)


def choose(
    audio: Audio,
    decision: Decision,
    wanted: Wanted,
    progress: Callable[[int, int], None] | None = None,
) -> Operating:
    """Smoothing for all labels; thresholds, minimum duration and refractory time for each.

    First smoothing and minimum duration together, over a coarse grid of thresholds; then, label by label,
    where an
    event ends and how long it holds others back; then the threshold. Of equals the one that answers sooner.
    Raises
    VoxError where the audio cannot tell.
    """
    _check(audio, decision, wanted)
    smoothings = list(_smoothings(decision, audio.clock))
    steps = len(smoothings) + len(_OFF) * len(_REFRACTORY_SECONDS) + 1
    costs: list[tuple[float, int, dict[str, int]]] = []
    for i, smoothing in enumerate(smoothings):
        cost, windows = _cost(audio, smoothing, wanted)
        costs.append((round(cost, 4), i, windows))
        if progress is not None:
            progress(i + 1, steps)
    _, index, windows = min(costs, key=lambda one: one[:2])
    base = smoothings[index]
    best: dict[str, tuple[float, int, Rule]] = {}
    for i, (off, seconds) in enumerate(itertools.product(_OFF, _REFRACTORY_SECONDS)):
        rest = min(65535, round(seconds * audio.clock.rate / audio.clock.hop))
        for label, curve in _by_windows(audio, base, windows, off, rest):
            point = _point(curve, wanted)
            rule = Rule(point / ONE_Q15, int(point * off) / ONE_Q15, rest, windows[label])
            key = (round(_misses(curve, wanted), 4), i, rule)
            best[label] = min(best.get(label, key), key, key=lambda one: one[:2])
        if progress is not None:
            progress(len(smoothings) + i + 1, steps)
    rules = tuple(best[label][2] if label in best else Rule(1.0, 1.0, 0, 1) for label in audio.labels)
    chosen = replace(base, rules=rules)
    if progress is not None:
        progress(steps, steps)
    return Operating(chosen, _stated(audio, chosen))


def _check(audio: Audio, decision: Decision, wanted: Wanted) -> None:
    fires = [label for i, label in enumerate(audio.labels) if i not in decision.background]
    words = {word.label for one in audio.played for word in one.stream.occurrences()}
    missing = [label for label in fires if label not in words]
    if missing:
        raise VoxError(
            f"no positive holds `{missing[0]}`: its threshold cannot be chosen",
            "give recordings of every label that raises events, or make it background",
        )
    if wanted.fa_per_hour is not None and not any(not one.stream.is_clip for one in audio.played):
        raise VoxError("no negatives: false accepts cannot be counted", "give --negatives")


def _smoothings(decision: Decision, clock: Clock) -> Iterator[Decision]:
    """From quick to slow."""
    stride = decision.stride * clock.hop / clock.rate
    for alpha in _ALPHAS:
        if alpha == 1 or stride / alpha <= _LONGEST:
            yield replace(decision, stream="exponential", alpha=alpha, history=1, rules=())
    for history in _HISTORIES:
        if stride * history <= _LONGEST:
            yield replace(decision, stream="mean", history=history, rules=())


def _ruled(
    audio: Audio, decision: Decision, windows: int, off: float = 0.7, rest: int | None = None
) -> Decision:
    """Equal rules for all labels; the sweep puts its thresholds into them."""
    rest = round(1.0 * audio.clock.rate / audio.clock.hop) if rest is None else rest
    rule = Rule(0.5, 0.5 * off, rest, windows)
    return replace(decision, rules=(rule,) * len(audio.labels))


def _cost(audio: Audio, smoothing: Decision, wanted: Wanted) -> tuple[float, dict[str, int]]:
    """Misses, summed over the labels, and the minimum duration that is best for each."""
    found: dict[str, tuple[float, int]] = {}
    for windows in _WINDOWS:
        for label, curve in audio.curves(_ruled(audio, smoothing, windows), _COARSE).items():
            one = (round(_misses(curve, wanted), 4), windows)
            found[label] = min(found.get(label, one), one)
    return sum(cost for cost, _ in found.values()), {label: w for label, (_, w) in found.items()}


def _by_windows(
    audio: Audio, base: Decision, windows: dict[str, int], off: float, rest: int
) -> Iterator[tuple[str, Curve]]:
    for count in sorted(set(windows.values())):
        curves = audio.curves(_ruled(audio, base, count, off, rest))
        yield from ((label, curve) for label, curve in curves.items() if windows[label] == count)


def _misses(curve: Curve, wanted: Wanted) -> float:
    """What a smoothing is judged by: misses around the wanted rate of false accepts, or the other way
    round."""
    if wanted.fa_per_hour is not None:
        points = [curve.at_rate(wanted.fa_per_hour * times) for times in _AROUND]
        return float(np.mean([one.miss_rate for one in points]))
    return math.log1p(curve.false_accepts[_index_of_misses(curve, wanted.miss_rate or 0.0)])


def _index_of_misses(curve: Curve, miss_rate: float) -> int:
    """The highest threshold that misses no more than that; the lowest of all where each misses more."""
    fits = np.flatnonzero(curve.missed <= miss_rate * curve.words + 1e-9)
    return int(fits[-1]) if len(fits) else 0


def _point(curve: Curve, wanted: Wanted) -> int:
    """The threshold, Q15."""
    if wanted.fa_per_hour is None:
        return round(float(curve.thresholds[_index_of_misses(curve, wanted.miss_rate or 0.0)]) * ONE_Q15)
    counted = curve.at_rate(wanted.fa_per_hour)
    chosen = counted.threshold
    if wanted.fa_per_hour * curve.hours < _SURE:
        cheap = curve.thresholds[curve.missed <= counted.missed + wanted.given_up * curve.words]
        chosen = max(chosen, min(_of_tail(curve, wanted.fa_per_hour), float(cheap[-1])))
    return round(chosen * ONE_Q15)


def _of_tail(curve: Curve, fa_per_hour: float) -> float:
    """The threshold at which a line through log counts against log odds of lower thresholds comes to the
    wanted rate;
    0 where there are too few counts for a line. Never beyond the highest threshold that still fired by more
    than half
    of what is left up to 1: an extrapolation."""
    counts, at = curve.false_accepts, curve.thresholds
    used = (counts >= 1) & (counts <= 40) & (at < 1)
    if len(np.unique(counts[used])) < 4:
        return 0.0
    odds = np.log(at[used] / (1 - at[used]))
    slope, start = np.polyfit(odds, np.log(counts[used] / curve.hours), 1)
    if slope >= 0:
        return 0.0
    wanted = (math.log(fa_per_hour) - start) / slope
    highest = float(at[used].max())
    return min(1 / (1 + math.exp(-wanted)), highest + (1 - highest) / 2)


def _stated(audio: Audio, decision: Decision) -> tuple[Chosen, ...]:
    """All labels together, as the model will have them."""
    decider = Decider(decision.section())
    judged = [
        judge(
            one.stream,
            decider.replay(one.heard.frames, one.heard.values, one.heard.gated),
            audio.clock,
            audio.labels,
        )
        for one in audio.played
    ]
    hours = sum(one.free_seconds for one in judged) / 3600
    made = []
    for i, label in enumerate(audio.labels):
        if i in decision.background:
            continue
        answers = [a for one in judged for a in one.answers if a.label == label]
        false = sum(
            accept.label == label
            for one, verdict in zip(audio.played, judged, strict=True)
            if not one.stream.is_clip
            for accept in verdict.false_accepts
        )
        missed = sum(not a.hit for a in answers)
        made.append(Chosen(label, decision.rules[i], len(answers), missed, false, hours))
    return tuple(made)
