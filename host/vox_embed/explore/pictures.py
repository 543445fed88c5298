"""Pictures of data: how a column and the target go together, how values lie, which of them say something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vox_embed.explore.columns import Column
from vox_embed.report.plots import INKS, Theme, figure_of, in_legend, plain_axes, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from vox_embed.report.plots import Ink

_MOST_BARS = 24
_CUT = 22  # characters of a name at an axis


def together_png(target: Column, column: Column, title: str, theme: Theme = "light") -> bytes:
    """Bars of two nominals, boxes of a number by a nominal, points of two numbers."""
    ink = INKS[theme]
    both = target.known & column.known
    a, b = target.at(both), column.at(both)
    if a.kind == "nominal" and b.kind == "nominal":
        return _bars(a, b, title, ink, _frequent(target))
    if a.kind == "number" and b.kind == "number":
        figure, axes = figure_of(5.4, 3.6, ink)
        plain_axes(axes, ink, "both")
        x, y = b.values.astype(np.float64), a.values.astype(np.float64)
        axes.scatter(x, y, s=9, color=ink.series[0], alpha=0.45, linewidths=0)
        slope, start = np.polyfit(x, y, 1)
        ends = np.array([x.min(), x.max()])
        axes.plot(ends, slope * ends + start, color=ink.wrong, linewidth=1.6)
        axes.set_xlabel(b.axis, color=ink.soft, fontsize=9)
        axes.set_ylabel(a.axis, color=ink.soft, fontsize=9)
        _titled(axes, title, ink)
        return png(figure)
    number, nominal = (a, b) if a.kind == "number" else (b, a)
    return boxes_png(number, nominal, title, theme)


def boxes_png(number: Column, nominal: Column, title: str, theme: Theme = "light") -> bytes:
    """A box for each value: quartiles, whiskers to the 5th and 95th percentile."""
    ink = INKS[theme]
    names = _frequent(nominal)
    values = [number.values[nominal.values == name].astype(np.float64) for name in names]
    figure, axes = figure_of(5.4, max(1.6, 0.3 * len(names) + 0.8), ink)
    plain_axes(axes, ink, "x")
    boxes = axes.boxplot(
        values, orientation="horizontal", whis=(5, 95), showfliers=False, patch_artist=True, widths=0.6
    )
    for i, box in enumerate(boxes["boxes"]):
        box.set(facecolor=_colour(ink, i), edgecolor=ink.soft, alpha=0.75)
    for part in ("whiskers", "caps"):
        for line in boxes[part]:
            line.set(color=ink.soft)
    for line in boxes["medians"]:
        line.set(color=ink.text, linewidth=1.6)
    axes.set_yticks(range(1, len(names) + 1), [_short(name) for name in names])
    axes.invert_yaxis()
    axes.set_xlabel(number.axis, color=ink.soft, fontsize=9)
    _titled(axes, title, ink)
    return png(figure)


def _bars(target: Column, column: Column, title: str, ink: Ink, labels: list[str]) -> bytes:
    """For each value of the column, clips of each target. labels: of the whole target, so that each has its
    colour in all pictures."""
    names = _frequent(column)
    figure, axes = figure_of(5.4, max(1.8, 0.32 * len(names) + 0.9), ink)
    plain_axes(axes, ink, "x")
    left = np.zeros(len(names))
    for i, label in enumerate(labels):
        counts = np.array([((column.values == name) & (target.values == label)).sum() for name in names])
        if not counts.any():
            continue
        axes.barh(
            range(len(names)),
            counts,
            left=left,
            height=0.72,
            label=in_legend(_short(label)),
            color=_colour(ink, i),
        )
        left += counts
    axes.set_yticks(range(len(names)), [_short(name) for name in names])
    axes.invert_yaxis()
    axes.set_xlabel("clips", color=ink.soft, fontsize=9)
    axes.set_ylabel(column.axis, color=ink.soft, fontsize=9)
    _legend(axes, ink)
    _titled(axes, title, ink)
    return png(figure)


def plane_png(places: NDArray[np.float64], target: Column, title: str, theme: Theme = "light") -> bytes:
    """Clips in a plane, coloured by the target."""
    ink = INKS[theme]
    figure, axes = figure_of(5.0, 4.2, ink)
    plain_axes(axes, ink, "both")
    axes.grid(False)
    if target.kind == "number":
        points = axes.scatter(
            places[:, 0], places[:, 1], c=target.values.astype(np.float64), cmap="viridis", s=10, linewidths=0
        )
        bar = figure.colorbar(points, ax=axes)
        bar.ax.tick_params(colors=ink.soft)
    else:
        for i, label in enumerate(_frequent(target)):
            own = target.values == label
            axes.scatter(
                places[own, 0],
                places[own, 1],
                s=11,
                color=_colour(ink, i),
                marker="osD^vP"[i // len(ink.series) % 6],
                alpha=0.75,
                linewidths=0,
                label=in_legend(_short(label)),
            )
        _legend(axes, ink)
    axes.set_xticks([])
    axes.set_yticks([])
    _titled(axes, title, ink)
    return png(figure)


def importance_png(
    names: list[str], trees: NDArray[np.float64], permuted: NDArray[np.float64], theme: Theme = "light"
) -> bytes:
    """Two bars a value, each as a share of its largest."""
    ink = INKS[theme]
    figure, axes = figure_of(5.4, 0.36 * len(names) + 0.9, ink)
    plain_axes(axes, ink, "x")
    at = np.arange(len(names))
    for shift, values, label, colour in (
        (-0.19, trees, "trees", ink.series[0]),
        (0.19, permuted, "permutation, held-out clips", ink.series[1]),
    ):
        axes.barh(at + shift, values / max(values.max(), 1e-12), height=0.36, label=label, color=colour)
    axes.set_yticks(at, [_short(name, 34) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel("share of the largest", color=ink.soft, fontsize=9)
    _legend(axes, ink)
    return png(figure)


def splits_png(target: Column, splits: NDArray[np.str_], title: str, theme: Theme = "light") -> bytes:
    """The target in every split."""
    column = Column("split", "nominal", splits)
    if target.kind == "number":
        return boxes_png(target, column, title, theme)
    return _bars(target, column, title, INKS[theme], _frequent(target))


def _frequent(column: Column) -> list[str]:
    """Values in their order, the most frequent of them where there are too many."""
    names, counts = np.unique(column.values, return_counts=True)
    if len(names) > _MOST_BARS:
        names = np.sort(names[np.argsort(-counts, kind="stable")[:_MOST_BARS]])
    return [str(name) for name in names]


def _colour(ink: Ink, i: int) -> tuple[float, float, float]:
    """Those of the series, then each half way to the text, from which all are far, then to the ground."""
    from matplotlib.colors import to_rgb

    own = to_rgb(ink.series[i % len(ink.series)])
    other = to_rgb((ink.series[i % len(ink.series)], ink.text, ink.ground)[i // len(ink.series) % 3])
    red, green, blue = ((a + b) / 2 for a, b in zip(own, other, strict=True))
    return red, green, blue


def _short(name: str, most: int = _CUT) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _legend(axes: Axes, ink: Ink) -> None:
    legend = axes.legend(
        fontsize=8, frameon=False, labelcolor=ink.text, loc="upper left", bbox_to_anchor=(1.0, 1.0)
    )
    legend.set_zorder(5)
    for text in legend.get_texts():
        text.set_parse_math(False)


def _titled(axes: Axes, title: str, ink: Ink) -> None:
    axes.set_title(_wrapped(title), fontsize=8.5, color=ink.text, loc="left")


def _wrapped(title: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(title, 74))
