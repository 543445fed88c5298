"""One rule for all detectors: what `vox-embed field` counts, of posteriors of whatever made them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vox_embed.core.decision import Decider
from vox_embed.field.intervals import binomial_share, poisson_rate
from vox_embed.field.judge import judge
from vox_embed.field.measure import RATES
from vox_embed.field.posteriors import Clock
from vox_embed.field.sweep import Curve, Played, Point, sweep
from vox_embed.program.vxm import Decision

REST = 1.0
"""Seconds after the begin of an event in which no other begins: the same for all."""


@dataclass(frozen=True, eq=False)
class Detector:
    """What is compared. label: that fires. word: the recorded one that it is tried on; nothing: none is.

    plain: clips of the word, and negatives. noisy: the clips again.
    """

    name: str
    label: str
    word: str
    bytes: int
    labels: Sequence[str]
    decision: Decision
    clock: Clock
    plain: Sequence[Played]
    noisy: Sequence[Played]


def rested(decision: Decision, clock: Clock) -> Decision:
    """The same decision with REST."""
    frames = round(REST * clock.rate / clock.hop)
    rules = tuple(replace(rule, refractory=frames) for rule in decision.rules)
    return replace(decision, refractory=frames, rules=rules)


def scored(one: Detector) -> list[dict[str, Any]]:
    """A row at the detector's own settings, then one for each rate of RATES."""
    decision = rested(one.decision, one.clock)
    curve = sweep(one.plain, decision, one.clock, one.labels)[one.label]
    noisy = sweep(one.noisy, decision, one.clock, one.labels)[one.label] if one.noisy else None
    rows = [{"at_most": None, **_counts(one)}]
    rows += [{"at_most": rate, **_at(curve, noisy, curve.at_rate(rate))} for rate in RATES]
    about = {"detector": one.name, "label": one.label, "word": one.word or None, "bytes": one.bytes}
    return [{**about, "hours": round(curve.hours, 4), **row} for row in rows]


def _counts(one: Detector) -> dict[str, Any]:
    """At its own settings."""
    words, hits, false, hours = _heard(one, one.plain)
    noisy_words, noisy_hits, _, _ = _heard(one, one.noisy)
    rule = one.decision.rules[one.labels.index(one.label)] if one.decision.rules else one.decision
    return {
        "threshold": rule.threshold_on,
        **_false(false, hours),
        **_recall("recall", words, hits),
        **_recall("noisy_recall", noisy_words, noisy_hits),
    }


def _heard(one: Detector, played: Sequence[Played]) -> tuple[int, int, int, float]:
    """Words, hits, false accepts, hours in which nothing occurs."""
    decider = Decider(one.decision.section())
    words = hits = false = 0
    free = 0.0
    for each in played:
        replayed = decider.replay(each.heard.frames, each.heard.values, each.heard.gated)
        judged = judge(each.stream, replayed, one.clock, one.labels, each.heard.speech_end)
        answers = [answer for answer in judged.answers if answer.label == one.label]
        words += len(answers)
        hits += sum(answer.hit for answer in answers)
        free += judged.free_seconds
        if not each.stream.is_clip:
            false += sum(accept.label == one.label for accept in judged.false_accepts)
    return words, hits, false, free / 3600


def _at(curve: Curve, noisy: Curve | None, point: Point) -> dict[str, Any]:
    found = {
        "threshold": point.threshold,
        **_false(point.false_accepts, curve.hours),
        **_recall("recall", curve.words, curve.words - point.missed),
    }
    if noisy is None:
        return {**found, **_recall("noisy_recall", 0, 0)}
    there = int(np.flatnonzero(noisy.thresholds == point.threshold)[0])
    return {**found, **_recall("noisy_recall", noisy.words, noisy.words - int(noisy.missed[there]))}


def _false(count: int, hours: float) -> dict[str, Any]:
    interval = poisson_rate(count, hours) if hours > 0 else (0.0, math.inf)
    return {
        "false_accepts": count,
        "fa_per_hour": count / hours if hours > 0 else None,
        "fa_interval": [round(end, 6) for end in interval] if hours > 0 else None,
    }


def _recall(name: str, words: int, hits: int) -> dict[str, Any]:
    return {
        f"{name}_words": words,
        name: hits / words if words else None,
        f"{name}_interval": [round(end, 6) for end in binomial_share(hits, words)] if words else None,
    }


COLUMNS = (
    "detector",
    "tried on",
    "bytes",
    "FA/h",
    "threshold",
    "false accepts an hour",
    "recall",
    "10 dB SNR",
)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """As text."""
    lines = [COLUMNS, *(_line(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    rate = "own" if row["at_most"] is None else f"<= {row['at_most']:g}"
    low_high = row["fa_interval"]
    false = "-" if low_high is None else f"{row['fa_per_hour']:.2f} ({low_high[0]:.2f} .. {low_high[1]:.2f})"
    tried = f"{row['word']}, {row['recall_words']}" if row["word"] else "-"
    return (
        row["detector"],
        tried,
        f"{row['bytes']:,}",
        rate,
        f"{row['threshold']:.3f}",
        false,
        _share(row, "recall"),
        _share(row, "noisy_recall"),
    )


def _share(row: dict[str, Any], name: str) -> str:
    if row[name] is None:
        return "-"
    low, high = row[f"{name}_interval"]
    return f"{row[name]:.3f} ({low:.3f} .. {high:.3f})"
