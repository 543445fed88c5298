"""A field test as plain values: what field.json holds and the report shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from vox_embed.field.intervals import binomial_share, poisson_rate
from vox_embed.field.measure import RATES, FieldResult, Fired, Word, latencies
from vox_embed.field.sweep import Curve, Point

_CURVE_POINTS = 80
_GROUPS_SHOWN = 60


def summary(result: FieldResult) -> dict[str, Any]:
    """JSON values alone: no NaN, no tuples that matter. Times in seconds, rates an hour, shares 0..1."""
    return {
        "model": result.name,
        "labels": {label: _label(result, label) for label in result.labels},
        "negatives": _negatives(result),
        "positives": {"words": len(result.words), "by": _word_groups(result)},
        "misses": [_miss(word) for word in result.words if not word.answer.hit],
        "false_accepts": [_accept(one) for one in result.false_accepts],
        "worst": [_accept(one) for one in result.worst],
        "settings": _settings(result),
        "stream": {**result.facts, "speed": _number(result.speed)},
        "notes": list(result.notes),
    }


def _number(value: float, digits: int = 6) -> float | None:
    return None if not math.isfinite(value) else round(float(value), digits)


def _label(result: FieldResult, label: str) -> dict[str, Any]:
    words = [w for w in result.words if w.answer.label == label]
    hits = sum(w.answer.hit for w in words)
    false = sum(f.accept.label == label for f in result.false_accepts)
    curve = result.curves[label]
    own: dict[str, Any] = {
        "words": len(words),
        "hits": hits,
        "miss_rate": _number(1 - hits / len(words)) if words else None,
        "miss_interval": [round(x, 6) for x in binomial_share(len(words) - hits, len(words))],
        "false_accepts": false,
        **_rate(false, result.hours),
        "share_on": _number(result.seconds_on.get(label, 0.0) / (3600 * result.hours), 9)
        if result.hours
        else None,
        "latency": _latency(latencies(result, label).tolist()),
        "mistaken_for": _mistaken(words),
    }
    at = [{"rate": rate, **_point(curve.at_rate(rate))} for rate in RATES] if result.hours else []
    return {**own, "at": at, "curve": _curve(curve), "conditions": _conditions(result, label)}


def _rate(count: int, hours: float) -> dict[str, Any]:
    if hours <= 0:
        return {"fa_per_hour": None, "fa_interval": None}
    return {
        "fa_per_hour": _number(count / hours),
        "fa_interval": [round(x, 6) for x in poisson_rate(count, hours)],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "threshold": point.threshold,
        "false_accepts": point.false_accepts,
        "fa_per_hour": _number(point.fa_per_hour),
        "fa_interval": [_number(x) for x in point.fa_interval],
        "missed": point.missed,
        "miss_rate": _number(point.miss_rate),
        "miss_interval": [round(x, 6) for x in point.miss_interval],
    }


def _curve(curve: Curve) -> dict[str, Any]:
    """Thinned where neighbours are equal; the ends stay."""
    count = len(curve.thresholds)
    change = [
        i
        for i in range(count)
        if i in (0, count - 1)
        or curve.false_accepts[i] != curve.false_accepts[i - 1]
        or curve.missed[i] != curve.missed[i - 1]
    ]
    step = max(1, len(change) // (4 * _CURVE_POINTS))
    kept = sorted({*change[::step], change[-1]})
    return {
        "threshold": [round(float(curve.thresholds[i]), 6) for i in kept],
        "false_accepts": [int(curve.false_accepts[i]) for i in kept],
        "missed": [int(curve.missed[i]) for i in kept],
        "words": curve.words,
        "hours": _number(curve.hours),
    }


def _latency(seconds: Sequence[float]) -> dict[str, Any] | None:
    if not seconds:
        return None
    low, middle, high = np.percentile(seconds, [10, 50, 90])
    return {
        "p10": _number(low, 3),
        "median": _number(middle, 3),
        "p90": _number(high, 3),
        "longest": _number(max(seconds), 3),
    }


def _mistaken(words: Iterable[Word]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        if not word.answer.hit and word.answer.mistaken_for:
            found[word.answer.mistaken_for] = found.get(word.answer.mistaken_for, 0) + 1
    return found


def _conditions(result: FieldResult, label: str) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "words": one.words,
            "recall": _number(one.hits / one.words),
            "recall_interval": [round(x, 6) for x in binomial_share(one.hits, one.words)],
            "recall_at": {f"{rate:g}": _number(hits / one.words) for rate, hits in one.hits_at.items()},
        }
        for one in result.conditions.get(label, ())
    ]


def _negatives(result: FieldResult) -> dict[str, Any]:
    by: dict[str, list[dict[str, Any]]] = {}
    for group, hours in result.hours_of.items():
        rows = []
        for value, h in hours.items():
            count = sum(f.recording.groups.get(group) == value for f in result.false_accepts)
            rows.append({"value": value, "hours": _number(h), "false_accepts": count, **_rate(count, h)})
        rows.sort(key=lambda row: (-row["false_accepts"], row["value"]))
        by[group] = rows[:_GROUPS_SHOWN]
    total = len(result.false_accepts)
    return {
        "hours": _number(result.hours),
        "false_accepts": total,
        **_rate(total, result.hours),
        "by": by,
    }


def _word_groups(result: FieldResult) -> dict[str, list[dict[str, Any]]]:
    by: dict[str, dict[str, list[bool]]] = {}
    for word in result.words:
        for group, value in word.recording.groups.items():
            by.setdefault(group, {}).setdefault(value, []).append(word.answer.hit)
    made = {}
    for group, values in by.items():
        rows = [
            {
                "value": value,
                "words": len(hits),
                "recall": _number(sum(hits) / len(hits)),
                "recall_interval": [round(x, 6) for x in binomial_share(sum(hits), len(hits))],
            }
            for value, hits in values.items()
        ]
        made[group] = sorted(rows, key=lambda row: (row["recall"], row["value"]))[:_GROUPS_SHOWN]
    return made


def _miss(word: Word) -> dict[str, Any]:
    return {
        "file": str(word.recording.file),
        "label": word.answer.label,
        "mistaken_for": word.answer.mistaken_for,
        **({"speaker": word.recording.groups["speaker"]} if "speaker" in word.recording.groups else {}),
    }


def _accept(one: Fired) -> dict[str, Any]:
    return {
        "label": one.accept.label,
        "score": round(one.accept.score, 5),
        "file": str(one.recording.file),
        "seconds": round(one.seconds, 3),
    }


def _settings(result: FieldResult) -> dict[str, Any]:
    d = result.decision
    frame = result.clock.hop / result.clock.rate
    return {
        "stream": d.stream,
        "history": d.history,
        "alpha": d.alpha,
        "threshold_on": d.threshold_on,
        "threshold_off": d.threshold_off,
        "refractory_seconds": round(d.refractory * frame, 6),
        "window_seconds": round(d.window * frame, 6),
        "stride_seconds": round(d.stride * frame, 6),
    }
