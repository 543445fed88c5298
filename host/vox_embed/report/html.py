"""report.html: one file, and the clips beside it that it plays; on paper, light or dark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vox_embed.data.groups import drawn_text
from vox_embed.report import pictures
from vox_embed.report.content import AnyScores, ReportData
from vox_embed.report.fit import FIGURES, Fit
from vox_embed.report.metrics import Scores, points_lost
from vox_embed.report.page import page
from vox_embed.report.plots import Theme
from vox_embed.report.sureness import sureness
from vox_embed.report.tag_scores import FIGURES as OF_TAGS
from vox_embed.report.tag_scores import TagScores
from vox_embed.report.text_parts import number_text
from vox_embed.report.themes import Picture, both_themes

__all__ = ["ReportData", "render"]


@dataclass(frozen=True)
class _Cell:
    count: int
    share: float
    """Of the row, 0..1."""
    right: bool
    depth: float
    """Strength of the colour in percent; grows with the root of the share, so that few mistakes are seen."""


def render(data: ReportData) -> str:
    """The report as HTML text, to be written as UTF-8: no scripts, nothing is loaded but the clips beside it,
    all strings escaped."""
    scores = data.scores
    regression, tags = isinstance(scores, Fit), isinstance(scores, TagScores)
    return page(
        "report.html",
        {
            "percent": _percent,
            "interval": _interval,
            "share": share_text,
            "thousands": _thousands,
            "size": _size,
            "duration": _duration,
            "number": number_text,
            "numbers": _numbers,
        },
        data=data,
        scores=scores,
        regression=regression,
        tags=tags,
        rankings=() if isinstance(scores, Fit) else scores.rankings,
        ranking=_picture(pictures.ranking_png, data),
        reference=data.reference,
        on_host=data.integer is None,
        rows=_confusion(scores) if isinstance(scores, Scores) else (),
        compared=_compared(data),
        drawn=drawn_text(scores.resampled),
        notes=(*data.notes, *scores.notes),
        mistakes_total=_mistakes(scores),
        split_rows=_split_rows(data),
        speakers=any(split.speakers is not None for split in data.splits),
        distribution=_picture(pictures.distribution_png, data) if data.splits else None,
        training=_picture(pictures.training_png, data),
        histogram=_picture(pictures.scores_png, data),
        sure=sureness(data.answer_scores, data.answer_correct),
        sureness=_picture(pictures.sureness_png, data),
        scatter=_picture(pictures.scatter_png, data),
    )


def _picture(make: Callable[[ReportData, Theme], bytes | None], data: ReportData) -> Picture | None:
    return both_themes(lambda theme: make(data, theme))


def _confusion(scores: Scores) -> list[tuple[str, int, list[_Cell]]]:
    """A row per class: label, its clips, cells."""
    rows = []
    for i, (label, counts) in enumerate(zip(scores.labels, scores.confusion, strict=True)):
        total = sum(counts)
        shares = [count / total if total else 0.0 for count in counts]
        cells = [
            _Cell(count, share, i == j, round(12 + 80 * share**0.5, 1) if count else 0.0)
            for j, (count, share) in enumerate(zip(counts, shares, strict=True))
        ]
        rows.append((label, total, cells))
    return rows


def _mistakes(scores: AnyScores) -> int:
    """Clips that are wrong; of tags those of which not every one is right."""
    if isinstance(scores, Fit):
        return 0
    return round(scores.clips * (1 - (scores.exact if isinstance(scores, TagScores) else scores.accuracy)))


def _compared(data: ReportData) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    shares = (("Accuracy", "accuracy"), ("UAR", "uar"))
    regression = isinstance(data.scores, Fit)
    figures = FIGURES if regression else OF_TAGS if isinstance(data.scores, TagScores) else shares
    for name, attribute in figures:
        row: dict[str, Any] = {"name": name, "interval": getattr(data.scores, f"{attribute}_ci95")}
        row["value"] = getattr(data.scores, attribute)
        if data.reference is not None:
            row["reference"] = getattr(data.reference, attribute)
            row["reference_interval"] = getattr(data.reference, f"{attribute}_ci95")
            if not regression:
                row["lost"] = round(points_lost(row["value"], row["reference"]), 2) + 0.0
        rows.append(row)
    return rows


def _split_rows(data: ReportData) -> list[dict[str, Any]]:
    rows = []
    for split in data.splits:
        counts = [split.clips.get(label, 0) for label in data.scores.labels]
        rows.append(
            {
                "name": split.name,
                "total": sum(split.clips.values()),
                "seconds": split.seconds,
                "speakers": split.speakers,
                "fewest": min(counts),
                "most": max(counts),
            }
        )
    return rows


def _percent(share: float, digits: int = 1) -> str:
    """0.98667 -> 98.7 %; 100 only where it is 100."""
    text = f"{100 * share:.{digits}f}"
    if share < 1 and float(text) == 100:
        text = f"{100 - 10**-digits:.{digits}f}"
    return f"{text} %"


def _interval(interval: tuple[float, float]) -> str:
    return f"{_percent(interval[0])[:-2]}–{_percent(interval[1])}"


def _numbers(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else " to ".join(number_text(one) for one in interval)


def share_text(value: float | None) -> str:
    """Three digits of a share; a dash for none."""
    return "–" if value is None else f"{value:.3f}"


def _thousands(value: int) -> str:
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _size(count: int) -> str:
    """Bytes: 25144 -> 25.1 kB."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 10**6 else f"{count / 1e6:.2f} MB"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{seconds / 60:.1f} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
