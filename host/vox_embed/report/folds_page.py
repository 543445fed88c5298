"""The report of a cross-validation: all rows together, and fold by fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vox_embed.data.groups import drawn_text
from vox_embed.report import plots
from vox_embed.report.content import AnyScores
from vox_embed.report.fit import Fit
from vox_embed.report.html import share_text
from vox_embed.report.metrics import Scores
from vox_embed.report.page import page
from vox_embed.report.ranking_plot import ranking_plot
from vox_embed.report.tag_scores import TagScores
from vox_embed.report.text_parts import number_text
from vox_embed.report.themes import Picture, both_themes


@dataclass(frozen=True, eq=False)
class FoldsData:
    """What the page shows. figures: names and fields. spread: {field: {mean, deviation}}. tested: of each
    fold,
    what was held out."""

    title: str
    pooled: AnyScores
    folds: Mapping[str, AnyScores]
    figures: Sequence[tuple[str, str]]
    spread: Mapping[str, Mapping[str, float]]
    tested: Mapping[str, str]
    truths: Sequence[float]
    values: Sequence[float]
    on_host: bool
    experiment: str


def render_folds(data: FoldsData) -> str:
    """The page as HTML text: no scripts, nothing is loaded, all strings escaped."""
    pooled = data.pooled
    return page(
        "folds.html",
        {"number": number_text, "share": share_text},
        data=data,
        rows=[_row(name, scores, data) for name, scores in data.folds.items()],
        together=[
            (title, getattr(pooled, field), getattr(pooled, f"{field}_ci95"), data.spread.get(field))
            for title, field in data.figures
        ],
        parts=_parts(pooled),
        drawn=drawn_text(pooled.resampled),
        notes=pooled.notes,
        by_fold=both_themes(lambda theme: _by_fold(data, theme)),
        confusion=_confusion(pooled),
        curves=_ranking(pooled),
        scatter=_scatter(data),
    )


def all_fold_plots(data: FoldsData) -> dict[str, bytes]:
    """File name -> PNG, for the folder `plots/`."""
    made = {"folds.png": _by_fold(data, "light")}
    if isinstance(data.pooled, Scores):
        p = data.pooled
        made["confusion.png"] = plots.png(plots.confusion_plot(p.confusion, p.labels, p.columns))
    if not isinstance(data.pooled, Fit) and any(one.curve for one in data.pooled.rankings):
        made["ranking.png"] = plots.png(ranking_plot(data.pooled.rankings))
    if data.truths:
        made["scatter.png"] = plots.png(plots.scatter_plot(data.truths, data.values))
    return made


def _row(name: str, scores: AnyScores, data: FoldsData) -> dict[str, Any]:
    return {
        "name": name,
        "tested": data.tested.get(name, ""),
        "clips": scores.clips,
        "figures": [getattr(scores, field) for _, field in data.figures],
    }


def _parts(scores: AnyScores) -> Sequence[Any]:
    """Class by class, or tag by tag."""
    if isinstance(scores, Fit):
        return ()
    return scores.per_tag if isinstance(scores, TagScores) else scores.per_class


def _by_fold(data: FoldsData, theme: plots.Theme) -> bytes:
    """The main figure of every fold, as bars."""
    title, field = data.figures[-1 if isinstance(data.pooled, Scores | Fit) else 0]
    values = [getattr(one, field) for one in data.folds.values()]
    return plots.png(plots.bars_plot(list(data.folds), values, title, data.spread.get(field), theme))


def _confusion(pooled: AnyScores) -> Picture | None:
    if not isinstance(pooled, Scores):
        return None
    return both_themes(
        lambda theme: plots.png(plots.confusion_plot(pooled.confusion, pooled.labels, pooled.columns, theme))
    )


def _ranking(pooled: AnyScores) -> Picture | None:
    if isinstance(pooled, Fit) or not any(one.curve for one in pooled.rankings):
        return None
    return both_themes(lambda theme: plots.png(ranking_plot(pooled.rankings, theme)))


def _scatter(data: FoldsData) -> Picture | None:
    if not data.truths:
        return None
    return both_themes(lambda theme: plots.png(plots.scatter_plot(data.truths, data.values, theme)))
