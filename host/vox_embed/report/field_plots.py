"""Plots of a field test: misses against false accepts, and both against the threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vox_embed.report.plots import INKS, Theme, figure_of, plain_axes, png

_LOWEST = 0.5  # events: where a log axis puts none at all


def det_png(labels: Mapping[str, Mapping[str, Any]], theme: Theme = "light") -> bytes | None:
    """Misses against false accepts an hour, a line for each label that has words; None without any.

    labels: name -> what `field.json` has of it.
    """
    shown = {name: one["curve"] for name, one in labels.items() if one["curve"]["words"]}
    shown = {name: curve for name, curve in shown.items() if curve["hours"]}
    if not shown:
        return None
    ink = INKS[theme]
    figure, axes = figure_of(6.4, 3.6, ink)
    for n, (name, curve) in enumerate(shown.items()):
        rate = np.maximum(np.array(curve["false_accepts"], float), _LOWEST) / curve["hours"]
        missed = 100 * np.array(curve["missed"], float) / curve["words"]
        colour = ink.series[n % len(ink.series)]
        # A blank in front: matplotlib leaves names like `_silence_` out of legends.
        axes.step(rate, missed, where="post", color=colour, label=f" {name}", linewidth=1.8)
    for at in (0.1, 0.5, 1.0):
        axes.axvline(at, color=ink.line, linewidth=1, zorder=0)
    axes.set_xscale("log")
    axes.set_ylim(0, 100)
    axes.set_xlabel("false accepts an hour (none at all: drawn as half an event)", color=ink.soft, fontsize=9)
    axes.set_ylabel("missed, %", color=ink.soft, fontsize=9)
    plain_axes(axes, ink, "both")
    legend = axes.legend(frameon=False, fontsize=9, labelcolor=ink.text, loc="upper right")
    for text in legend.get_texts():
        text.set_parse_math(False)  # a label's dollar sign is not the start of a formula
    return png(figure)


def threshold_png(curve: Mapping[str, Any], own: float, theme: Theme = "light") -> bytes | None:
    """False accepts an hour and misses of one label against the threshold. own: the model's threshold_on."""
    ink = INKS[theme]
    figure, axes = figure_of(6.4, 3.0, ink)
    at = np.array(curve["threshold"])
    if curve["hours"]:
        rate = np.maximum(np.array(curve["false_accepts"], float), _LOWEST) / curve["hours"]
        axes.step(at, rate, where="post", color=ink.wrong, linewidth=1.8, label="false accepts an hour")
        axes.set_yscale("log")
    axes.set_ylabel("false accepts an hour", color=ink.wrong, fontsize=9)
    if curve["words"]:
        other = axes.twinx()
        missed = 100 * np.array(curve["missed"], float) / curve["words"]
        other.step(at, missed, where="post", color=ink.right, linewidth=1.8)
        other.set_ylim(0, 100)
        other.set_ylabel("missed, %", color=ink.right, fontsize=9)
        other.tick_params(colors=ink.soft, labelsize=8.5)
        for spine in other.spines.values():
            spine.set_visible(False)
    axes.axvline(own, color=ink.soft, linewidth=1, linestyle=":")
    axes.set_xlim(0, 1)
    axes.set_xlabel("threshold_on (dotted: the model's)", color=ink.soft, fontsize=9)
    plain_axes(axes, ink, "x")
    return png(figure)


def reliability_png(
    before: Sequence[tuple[float, float, int]],
    after: Sequence[tuple[float, float, int]],
    theme: Theme = "light",
) -> bytes:
    """How often posteriors of a size are right, before and after the temperature: (mean posterior, share
    right, count)."""
    ink = INKS[theme]
    figure, axes = figure_of(4.2, 3.8, ink)
    axes.plot((0, 1), (0, 1), color=ink.line, linewidth=1.2)
    for points, colour, name in ((before, ink.wrong, "before"), (after, ink.right, "after")):
        kept = [(x, y) for x, y, count in points if count]
        axes.plot([x for x, _ in kept], [y for _, y in kept], color=colour, marker="o", ms=4, label=name)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("posterior", color=ink.soft, fontsize=9)
    axes.set_ylabel("share that is right", color=ink.soft, fontsize=9)
    plain_axes(axes, ink, "both")
    axes.legend(frameon=False, fontsize=9, labelcolor=ink.text, loc="upper left")
    return png(figure)
