"""A field test: positives and hours of negatives through the listener, and everything counted from that."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np

from vox_embed.core import Model
from vox_embed.core.decision import Decider
from vox_embed.device.measure.layers import layers_of
from vox_embed.experiment.errors import VoxError
from vox_embed.field.conditions import Condition, Surroundings
from vox_embed.field.intervals import hours_to_claim
from vox_embed.field.judge import Answer, FalseAccept, Judged, judge
from vox_embed.field.listen import listen
from vox_embed.field.posteriors import Clock, Store, window_of
from vox_embed.field.sources import Recording, Source, event_labels
from vox_embed.field.streams import LONGEST_CLIP, Stream, apart, strung
from vox_embed.field.suspects import suspects
from vox_embed.field.sweep import Curve, Played, sweep
from vox_embed.program.vxm import Decision, read_sections
from vox_embed.spec.model_format import SectionTag

RATES = (0.1, 0.5, 1.0)
"""False accepts an hour at which misses are stated."""

Task = Callable[[str, str], AbstractContextManager[Callable[[int, int], None]]]


@dataclass(frozen=True)
class Word:
    """One occurrence, and what became of it at the model's own settings."""

    recording: Recording
    answer: Answer


@dataclass(frozen=True)
class Fired:
    """A false accept, and where it lies."""

    accept: FalseAccept
    recording: Recording
    seconds: float
    """In the file."""


@dataclass(frozen=True)
class Conditioned:
    """Hits under one condition: at the model's own settings, and at the threshold of each rate in RATES."""

    name: str
    words: int
    hits: int
    hits_at: Mapping[float, int]


@dataclass(frozen=True, eq=False)
class FieldResult:
    """All figures of a field test; see `vox_embed.field.summary` for them as a dictionary."""

    name: str
    labels: tuple[str, ...]
    """That raise events."""
    decision: Decision
    clock: Clock
    hours: float
    """In which nothing occurs."""
    words: tuple[Word, ...]
    false_accepts: tuple[Fired, ...]
    """At the model's own settings, the surest first."""
    worst: tuple[Fired, ...]
    """The same, filled up with those of lower thresholds where there are few."""
    seconds_on: Mapping[str, float]
    """In the hours of negatives."""
    hours_of: Mapping[str, Mapping[str, float]]
    """Group -> value -> hours of negatives."""
    curves: Mapping[str, Curve]
    conditions: Mapping[str, tuple[Conditioned, ...]]
    """By label."""
    speed: float
    """Times real time, of what was played now; NaN where everything had been recorded before."""
    notes: tuple[str, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)
    """Windows a second, bytes of memory and the like."""


@dataclass(frozen=True)
class Setup:
    """How a field test is run.

    jobs: processes; None: one a processor core. worst: false accepts to keep at least. conditions: whether
    positives
    are played under them.
    """

    surroundings: Surroundings = field(default_factory=Surroundings)
    conditions: bool = True
    jobs: int | None = None
    store: Store | None = None
    worst: int = 20


def measure(  # noqa: PLR0917
    name: str,
    data: bytes,
    positives: Source,
    negatives: Source,
    setup: Setup | None = None,
    task: Task | None = None,
) -> FieldResult:
    """data: of a .vxm that hears. positives may be empty, and so may negatives, but not both. Raises
    VoxError."""
    setup = setup or Setup()
    if not positives.recordings and not negatives.recordings:
        raise VoxError("there is nothing to play: neither positives nor negatives")
    model = Model(data)
    decision = Decision.from_section(read_sections(data)[SectionTag.DECISION])
    labels = tuple(model.labels)
    fires = event_labels(labels, [labels[i] for i in decision.background])
    clock = Clock.of(model)
    window = window_of(data)[0] * model.hop / model.sample_rate
    conditions = setup.surroundings.conditions(model.sample_rate) if setup.conditions else (Condition(),)
    plain = [*apart(positives.recordings, Condition(), window), *strung(negatives.recordings)]
    short = [one for one in positives.recordings if one.duration <= LONGEST_CLIP]
    more = {c: apart(short, c, window) for c in conditions if c.kind != "plain"}
    streams = [*plain, *(stream for each in more.values() for stream in each)]

    began = time.monotonic()
    with (task or _silent)("Listening", "s") as advance:
        heard = listen(
            data, streams, setup.surroundings, store=setup.store, jobs=setup.jobs, progress=advance
        )
    took = time.monotonic() - began
    played = [Played(stream, one) for stream, one in zip(streams, heard, strict=True)]
    first, rest = played[: len(plain)], played[len(plain) :]
    with (task or _silent)("Trying thresholds", "") as advance:
        curves = sweep(first, decision, clock, labels)
    judged = [_judged(one, decision, clock, labels) for one in first]
    names = {c: setup.surroundings.name(c, model.sample_rate) for c in conditions}
    return FieldResult(
        name=name,
        labels=fires,
        decision=decision,
        clock=clock,
        hours=sum(one.free_seconds for one in judged) / 3600,
        words=_words(first, judged),
        false_accepts=_fired(first, judged),
        worst=_worst(first, decision, clock, labels, setup.worst),
        seconds_on=_time_on(first, judged),
        hours_of=_hours_of(first, judged),
        curves=curves,
        conditions=_conditioned(first, rest, names, curves, decision, clock, labels),
        speed=sum(stream.duration for stream in streams) / max(took, 1e-9),
        notes=(
            *positives.notes,
            *negatives.notes,
            *suspects(first, judged, clock, labels),
            *_warnings(first, curves, window),
        ),
        facts=_facts(model, data),
    )


def _silent(title: str, unit: str) -> AbstractContextManager[Callable[[int, int], None]]:
    return nullcontext(lambda done, total: None)


def _judged(one: Played, decision: Decision, clock: Clock, labels: Sequence[str]) -> Judged:
    replayed = Decider(decision.section()).replay(one.heard.frames, one.heard.values, one.heard.gated)
    return judge(one.stream, replayed, clock, labels, one.heard.speech_end)


def _owners(stream: Stream) -> list[Recording]:
    return [one for one in stream.recordings for _ in one.occurrences]


def _words(played: Sequence[Played], judged: Sequence[Judged]) -> tuple[Word, ...]:
    return tuple(
        Word(recording, answer)
        for one, verdict in zip(played, judged, strict=True)
        for recording, answer in zip(_owners(one.stream), verdict.answers, strict=True)
    )


def _fired(played: Sequence[Played], judged: Sequence[Judged]) -> tuple[Fired, ...]:
    found = []
    for one, verdict in zip(played, judged, strict=True):
        if one.stream.is_clip:
            continue
        for accept in verdict.false_accepts:
            recording, seconds = one.stream.where(accept.seconds)
            found.append(Fired(accept, recording, seconds))
    return tuple(sorted(found, key=lambda f: (-f.accept.score, str(f.recording.file), f.seconds)))


def _worst(
    played: Sequence[Played], decision: Decision, clock: Clock, labels: Sequence[str], count: int
) -> tuple[Fired, ...]:
    """At least `count` where lower thresholds have so many: the highest threshold that gives them."""
    from vox_embed.field.sweep import with_threshold

    free = [one for one in played if not one.stream.is_clip]
    own = round(decision.threshold_on * 32768)
    found: tuple[Fired, ...] = ()
    for threshold in (own, *(own * step // 8 for step in (7, 6, 5, 4, 3, 2, 1))):
        lower = with_threshold(decision, max(1, threshold))
        found = _fired(free, [_judged(one, lower, clock, labels) for one in free])
        if len(found) >= count:
            break
    return found[: max(count, sum(f.accept.score >= decision.threshold_on for f in found))]


def _time_on(played: Sequence[Played], judged: Sequence[Judged]) -> dict[str, float]:
    on: dict[str, float] = {}
    for one, verdict in zip(played, judged, strict=True):
        if any(recording.occurrences for recording in one.stream.recordings):
            continue
        for label, seconds in verdict.seconds_on.items():
            on[label] = on.get(label, 0.0) + seconds
    return on


def _hours_of(played: Sequence[Played], judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    hours: dict[str, dict[str, float]] = {}
    for one, verdict in zip(played, judged, strict=True):
        if verdict.free_seconds <= 0:
            continue
        for recording in one.stream.recordings:
            for group, value in recording.groups.items():
                of = hours.setdefault(group, {})
                of[value] = of.get(value, 0.0) + recording.free_seconds / 3600
    return hours


def _conditioned(  # noqa: PLR0917
    plain: Sequence[Played],
    rest: Sequence[Played],
    names: Mapping[Condition, str],
    curves: Mapping[str, Curve],
    decision: Decision,
    clock: Clock,
    labels: Sequence[str],
) -> dict[str, tuple[Conditioned, ...]]:
    """For each label its words under each condition."""
    from vox_embed.field.sweep import with_threshold

    tables: dict[str, list[Conditioned]] = {}
    groups: dict[Condition, list[Played]] = {c: [] for c in names}
    for one in (*plain, *rest):
        if any(recording.occurrences for recording in one.stream.recordings):
            groups[one.stream.condition].append(one)
    for label, curve in curves.items():
        if not curve.words:
            continue
        settings = {
            rate: with_threshold(decision, round(curve.at_rate(rate).threshold * 32768)) for rate in RATES
        }
        for condition, name in names.items():
            own = _hits(groups[condition], decision, clock, labels, label)
            at = {
                rate: _hits(groups[condition], one, clock, labels, label)[0] for rate, one in settings.items()
            }
            if own[1]:
                tables.setdefault(label, []).append(Conditioned(name, own[1], own[0], at))
    return {label: tuple(rows) for label, rows in tables.items()}


def _hits(
    played: Iterable[Played], decision: Decision, clock: Clock, labels: Sequence[str], label: str
) -> tuple[int, int]:
    answers = [a for one in played for a in _judged(one, decision, clock, labels).answers if a.label == label]
    return sum(a.hit for a in answers), len(answers)


def _warnings(played: Sequence[Played], curves: Mapping[str, Curve], window: float) -> tuple[str, ...]:
    found = []
    hours = next(iter(curves.values())).hours
    too_fine = [rate for rate in RATES if hours < 1 / rate]
    if hours == 0:
        found.append(
            "no negatives: false accepts an hour are unknown, and thresholds cannot be chosen by them"
        )
    elif too_fine:
        rates = " and ".join(f"{rate:g}" for rate in too_fine)
        found.append(
            f"{hours:.2f} h of negatives are too few for {rates} false accepts an hour: not one event in "
            f"them shows a rate below {-math.log(0.05) / hours:.1f} an hour at best; "
            f"{hours_to_claim(min(too_fine)):.0f} h without one would show {min(too_fine):g}"
        )
    short = [
        one.stream.recordings[0].file.name
        for one in played
        if one.stream.is_clip and one.stream.duration < window
    ]
    if short:
        found.append(
            f"{len(short)} positives are shorter than the window of {window:g} s ({short[0]}, ...): quiet "
            "like their own background fills it"
        )
    return tuple(found)


def _facts(model: Model, data: bytes) -> dict[str, float]:
    window, stride = window_of(data)
    second = model.sample_rate / model.hop
    macs = sum(layer.macs for layer in layers_of(data))
    return {
        "frames_per_second": second,
        "windows_per_second": second / stride,
        "window_seconds": window / second,
        "model_bytes": float(model.size),
        "listener_bytes": float(model.listener_size),
        "macs_per_window": float(macs),
        "macs_per_second": macs * second / stride,
    }


def latencies(result: FieldResult, label: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Seconds from the end of each word that was heard to its event."""
    found = [w.answer.latency for w in result.words if w.answer.label == label and w.answer.hit]
    return np.array([one for one in found if not math.isnan(one)])
