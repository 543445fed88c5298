"""field.html: a field test as one page, beside the clips that it plays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vox_embed.report.field_plots import det_png, threshold_png
from vox_embed.report.page import page
from vox_embed.report.themes import both_themes


def render_field(field: Mapping[str, Any]) -> str:
    """The page as HTML text, to be written as UTF-8. field: what field.json holds; an entry of `worst` may
    have a
    `clip`, the path of its sound from the page. No scripts, nothing is loaded but those clips, all strings
    escaped.
    """
    labels, own = field["labels"], field["settings"]["threshold_on"]
    return page(
        "field.html",
        {
            "percent": _percent,
            "interval": _interval,
            "rate": _rate,
            "rates": _rates,
            "fine": _fine,
            "seconds": _seconds,
        },
        f={**field, "worst": [{"clip": None, **one} for one in field["worst"]]},
        det=both_themes(lambda theme: det_png(labels, theme)),
        thresholds={
            name: both_themes(lambda theme, one=one: threshold_png(one["curve"], own, theme))  # type: ignore[misc]
            for name, one in labels.items()
        },
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _interval(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:.1f}–{100 * interval[1]:.1f} %"


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _rates(interval: tuple[float | None, float | None] | None) -> str:
    if interval is None or interval[0] is None or interval[1] is None:
        return "–"
    return f"{interval[0]:.2f}–{interval[1]:.2f}"


def _fine(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.4f} %"


def _seconds(value: float) -> str:
    return f"{value:.2f} s"
