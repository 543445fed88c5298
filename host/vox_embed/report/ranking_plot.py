"""ROC, precision over recall, and DET of labels as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.report.plots import INKS, Ink, Theme, figure_of, in_legend, plain_axes
from vox_embed.report.ranking import Ranking

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMED = 6
_LEAST, _MOST = 0.001, 0.6
"""Of the error rates that a DET shows."""


def ranking_plot(rankings: Sequence[Ranking], theme: Theme = "light") -> Figure:
    """Three panels. Of more than six labels those with the smallest AUC have colours, the others are grey."""
    ink = INKS[theme]
    shown = [one for one in rankings if one.curve]
    if not shown:
        raise ValueError("no curves to plot")
    by_auc = sorted(shown, key=lambda one: (one.auc or 0.0, one.label))
    named = shown if len(shown) <= _NAMED else by_auc[:_NAMED]
    figure, axes = figure_of(9.9, 3.1, ink, panels=3)
    for one in sorted(shown, key=lambda one: one in named):
        colour = ink.series[named.index(one)] if one in named else ink.line
        for panel, (x, y) in zip(axes, _lines(one), strict=True):
            panel.plot(x, y, color=colour, linewidth=1.6 if one in named else 1.0, label=one.label)
    _finish(axes, ink)
    handles = [next(line for line in axes[0].lines if line.get_label() == one.label) for one in named]
    texts = [
        in_legend(_cut(f"{one.label}: AUC {one.auc:.3f}, EER {100 * (one.eer or 0):.1f} %")) for one in named
    ]
    legend = figure.legend(
        handles, texts, loc="outside lower center", ncols=min(3, len(named)), frameon=False, fontsize=8.5,
        labelcolor=ink.text,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure


def _cut(text: str, length: int = 48) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _lines(one: Ranking) -> list[tuple[Any, Any]]:
    recall = np.array([point.recall for point in one.curve])
    wrong = np.array([point.false_positives for point in one.curve])
    precision = np.array([point.precision for point in one.curve], np.float64)
    roc = np.append(0.0, wrong), np.append(0.0, recall)
    det = _normal(np.clip(roc[0], _LEAST / 2, 1)), _normal(np.clip(1 - roc[1], _LEAST / 2, 1))
    return [roc, (np.append(0.0, recall), np.append(precision[0], precision)), det]


def _normal(shares: Any) -> Any:
    """Deviations of a normal distribution, by which a DET is drawn."""
    from scipy.stats import norm

    return norm.ppf(np.clip(shares, _LEAST / 2, 1 - _LEAST / 2))


def _finish(axes: Any, ink: Ink) -> None:
    ticks = np.array([0.002, 0.01, 0.05, 0.1, 0.2, 0.4])
    words = ("ROC", "false positives", "recall"), ("precision and recall", "recall", "precision"), (
        "DET", "false positives", "missed",
    )  # fmt: skip
    for panel, (title, x, y) in zip(axes, words, strict=True):
        panel.set_title(title, color=ink.text, fontsize=10.5, loc="left", fontweight="bold")
        panel.set_xlabel(x, color=ink.soft, fontsize=9)
        panel.set_ylabel(y, color=ink.soft, fontsize=9)
        plain_axes(panel, ink, "both")
        panel.set_xlim(-0.02, 1.02)
        panel.set_ylim(-0.02, 1.04)
    dashes = {"color": ink.soft, "linewidth": 1, "linestyle": (0, (3, 3)), "zorder": 1}
    axes[0].plot([0, 1], [0, 1], **dashes)
    low, high = _normal(np.array([_LEAST, _MOST]))
    axes[2].plot([low, high], [low, high], **dashes)
    for limit, put in ((axes[2].set_xlim, axes[2].set_xticks), (axes[2].set_ylim, axes[2].set_yticks)):
        limit(low, high)
        put(_normal(ticks), [f"{100 * share:g} %" for share in ticks], fontsize=8)
