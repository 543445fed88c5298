"""Scores against shares of right answers, and what is right among the surest answers, as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.report.plots import INKS, Theme, figure_of, plain_axes
from vox_embed.report.sureness import Sureness

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def sureness_plot(found: Sureness, theme: Theme = "light") -> Figure:
    """Two panels: on the dashed line of the first, scores are shares of right answers."""
    from matplotlib.ticker import PercentFormatter

    ink = INKS[theme]
    figure, (left, right) = figure_of(8.0, 3.1, ink, panels=2)
    dashes: dict[str, Any] = {"color": ink.soft, "linewidth": 1, "linestyle": (0, (3, 3)), "zorder": 1}
    left.plot([0, 1], [0, 1], **dashes)
    scores, shares = ([getattr(one, name) for one in found.bins] for name in ("score", "right"))
    low, high = zip(*(one.ci95 for one in found.bins), strict=True)
    left.vlines(scores, low, high, color=ink.right, alpha=0.45, linewidth=2)
    left.plot(scores, shares, "o-", color=ink.right, linewidth=1.2, markersize=5, markeredgecolor=ink.ground)
    kept = np.array(found.kept)
    right.plot(np.arange(1, len(kept) + 1) / len(kept), kept, color=ink.right, linewidth=1.6)
    right.axhline(kept[-1], **dashes)
    auc = "" if found.auc is None else f", AUC {found.auc:.3f}"
    words = (
        (left, f"score and truth: off by {found.error:.3f}", "score of the chosen class", "right"),
        (right, f"the surest answers{auc}", "share of the clips that are answered", "right of these"),
    )
    for axes, title, x, y in words:
        axes.set_title(title, color=ink.text, fontsize=10.5, loc="left", fontweight="bold")
        axes.set_xlabel(x, color=ink.soft, fontsize=9)
        axes.set_ylabel(y, color=ink.soft, fontsize=9)
        plain_axes(axes, ink, "both")
        axes.set_xlim(-0.02, 1.02)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    left.set_ylim(-0.03, 1.05)
    bottom = min(float(kept.min()), 0.9)
    right.set_ylim(bottom - 0.05 * (1 - bottom), 1 + 0.05 * (1 - bottom))
    right.xaxis.set_major_formatter(PercentFormatter(1.0))
    return figure
