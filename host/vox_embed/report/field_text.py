"""A field test as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table


def field_tables(values: Mapping[str, Any]) -> list[Table]:
    """The model's settings; misses at given rates; conditions. values: what field.json holds."""
    tables = [_own(values)]
    if values["negatives"]["hours"]:
        tables.append(_rates(values))
    tables += [_conditions(name, one) for name, one in values["labels"].items() if len(one["conditions"]) > 1]
    return tables


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold")
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right")
    return table


def _own(values: Mapping[str, Any]) -> Table:
    hours = values["negatives"]["hours"]
    table = _table(
        f"{values['model']}: at its own settings, {hours:.2f} h of negatives",
        "label",
        "words",
        "missed",
        "95 %",
        "false accepts",
        "an hour",
        "95 %",
        "latency",
    )
    for name, one in values["labels"].items():
        latency = one["latency"]
        table.add_row(
            name,
            str(one["words"]),
            _percent(one["miss_rate"]),
            _interval(one["miss_interval"], 100) if one["words"] else "–",
            str(one["false_accepts"]),
            "–" if one["fa_per_hour"] is None else f"{one['fa_per_hour']:.2f}",
            _interval(one["fa_interval"], 1),
            "–" if latency is None else f"{latency['median']:.2f} s",
        )
    return table


def _rates(values: Mapping[str, Any]) -> Table:
    table = _table(
        "misses at given false accepts an hour", "label", "at most", "threshold", "an hour", "missed", "95 %"
    )
    for name, one in values["labels"].items():
        for at in one["at"]:
            table.add_row(
                name,
                f"{at['rate']:g}",
                f"{at['threshold']:.4f}",
                f"{at['fa_per_hour']:.2f} ({_interval(at['fa_interval'], 1)})",
                _percent(at["miss_rate"]),
                _interval(at["miss_interval"], 100) if one["words"] else "–",
            )
    return table


def _conditions(name: str, one: Mapping[str, Any]) -> Table:
    rates = list(one["conditions"][0]["recall_at"])
    table = _table(f"{name}: heard", "played", "words", "heard", *(f"at {rate} an hour" for rate in rates))
    for row in one["conditions"]:
        at = [_percent(value) for value in row["recall_at"].values()]
        table.add_row(row["name"], str(row["words"]), _percent(row["recall"]), *at)
    return table


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _interval(interval: list[float | None] | None, scale: float) -> str:
    if interval is None or interval[0] is None or interval[1] is None:
        return "–"
    digits = 1 if scale == 100 else 2
    return f"{scale * interval[0]:.{digits}f}–{scale * interval[1]:.{digits}f}"


def operating_table(values: Mapping[str, Any]) -> Table:
    """An operating point as a table. values: what operating.json holds."""
    smoothing = values["smoothing"]
    how = f"exponential, {smoothing['alpha']:g}"
    if smoothing["stream"] != "exponential":
        how = f"{smoothing['stream']} of {smoothing['history']}"
    table = _table(
        f"operating point (smoothing: {how}; temperature: {values['temperature'] or 'as it was'})",
        "label",
        "on",
        "off",
        "windows",
        "refractory",
        "missed",
        "95 %",
        "an hour",
        "95 %",
    )
    for name, one in values["labels"].items():
        rate = one["fa_per_hour"]
        table.add_row(
            name,
            f"{one['threshold_on']:.4f}",
            f"{one['threshold_off']:.4f}",
            str(one["windows"]),
            f"{one['refractory_frames']} frames",
            _percent(one["missed"] / one["words"]),
            _interval(one["miss_interval"], 100),
            "–" if rate is None else f"{rate:.2f}",
            _interval(one["fa_interval"], 1),
        )
    return table
