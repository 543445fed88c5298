"""Plots of an experiment as PNG, light or dark, for people with any colour vision.

Every function takes plain values and returns a `matplotlib.figure.Figure` of its own; `png` makes bytes
of it. pyplot and its global state are not used.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Where it cannot keep a list of fonts (no home, say), it says so in three lines, and works all the same.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

Theme = Literal["light", "dark"]

DPI = 150
COLOURS = 128


@dataclass(frozen=True)
class Ink:
    """Colours of one theme; the series are Okabe & Ito's (2008), lightened on dark ground."""

    ground: str
    text: str
    soft: str
    line: str
    right: str
    wrong: str
    series: tuple[str, ...]


INKS: dict[str, Ink] = {
    "light": Ink(
        ground="#ffffff",
        text="#1b1f24",
        soft="#59636e",
        line="#dfe3e8",
        right="#0072b2",
        wrong="#d55e00",
        series=("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"),
    ),
    "dark": Ink(
        ground="#161a20",
        text="#e8ebef",
        soft="#9aa4b0",
        line="#2e353e",
        right="#4ea8e0",
        wrong="#f08a3c",
        series=("#4ea8e0", "#f0b429", "#2fc29a", "#e096c0", "#9bd4f5", "#f08a3c"),
    ),
}


def png(figure: Figure) -> bytes:
    """The figure as PNG of 128 colours, 150 dpi: a third of the bytes, for pages that carry their pictures.
    The same figure gives the same bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    out = io.BytesIO()
    with warnings.catch_warnings():
        # A box in the picture says it; a line for each letter on the terminal would say no more.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        FigureCanvasAgg(figure).print_figure(
            out,
            format="png",
            dpi=DPI,
            facecolor=figure.get_facecolor(),
            metadata={"Software": None},
            bbox_inches="tight",
            pad_inches=0.12,
        )
    small = io.BytesIO()
    with Image.open(out) as drawn:
        drawn.convert("RGB").quantize(COLOURS).save(small, "png", optimize=True, dpi=(DPI, DPI))
    return small.getvalue()


def confusion_plot(
    counts: ArrayLike, labels: Sequence[str], columns: Sequence[str] | None = None, theme: Theme = "light"
) -> Figure:
    """Confusion matrix: clips and percent of the row in every cell that is not empty.

    counts: int [labels][columns], rows truth. columns: names of the predictions, by default the labels.
    Right answers are blue, wrong ones orange, deeper with their share of the row.
    """
    names = tuple(labels if columns is None else columns)
    cells = np.asarray(counts, dtype=np.int64)
    if cells.shape != (len(labels), len(names)):
        raise ValueError(f"counts of shape {cells.shape} for {len(labels)} rows and {len(names)} columns")
    ink = INKS[theme]
    rows = cells.sum(axis=1, keepdims=True)
    share = np.divide(cells, rows, out=np.zeros(cells.shape), where=rows > 0)

    side = float(np.interp(max(cells.shape), (4, 12, 24), (0.95, 0.66, 0.47)))
    figure, axes = figure_of(side * cells.shape[1], side * cells.shape[0], ink)
    axes.imshow(_cell_colours(share, ink))
    for draw, lines in ((axes.axhline, cells.shape[0]), (axes.axvline, cells.shape[1])):
        for at in range(1, lines):
            draw(at - 0.5, color=ink.ground, linewidth=1.4)
    big = float(np.interp(side, (0.47, 0.95), (8.5, 12.5)))
    for i, j in np.argwhere(cells > 0):
        strong = share[i, j] > (0.5 if theme == "light" else 0.62)
        colour = ("#ffffff" if theme == "light" else "#0b0d10") if strong else ink.text
        percent = _percent(float(share[i, j]))
        for down, text, size, alpha in (
            (-0.13, str(cells[i, j]), big, 1.0),
            (0.25, percent, 0.72 * big, 0.85),
        ):
            put = axes.text(
                j, i + down, text, ha="center", va="center", fontsize=size, color=colour, alpha=alpha
            )
            put.set_in_layout(False)  # it is inside its cell; measuring thousands of them takes seconds
    few = len(names) <= 12 and max(map(len, names)) <= 9
    size = 9.5 if max(cells.shape) <= 20 else 10.0
    _names(axes, "x", names, ink, size, turned=not few)
    _names(axes, "y", [f"{label}  ({n})" for label, n in zip(labels, rows[:, 0], strict=True)], ink, size)
    axes.set_xlabel("prediction", color=ink.soft, fontsize=size)
    axes.set_ylabel("truth (clips)", color=ink.soft, fontsize=size)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def training_plot(
    loss: Mapping[str, Sequence[float]],
    accuracy: Mapping[str, Sequence[float]],
    best_epoch: int | None = None,
    theme: Theme = "light",
) -> Figure:
    """Loss and accuracy (0..1) by epoch, a line for each name, e.g. "train" and "dev"; the best epoch marked.

    best_epoch: counted from 1; None: not marked. An empty mapping leaves its panel out.
    """
    panels = [(name, lines) for name, lines in (("loss", loss), ("accuracy", accuracy)) if lines]
    if not panels:
        raise ValueError("no curves to plot")
    ink = INKS[theme]
    figure, axes_or_one = figure_of(4.4 * len(panels), 2.9, ink, panels=len(panels))
    all_axes = np.ravel(axes_or_one)
    for axes, (name, lines) in zip(all_axes, panels, strict=True):
        for at, (line, values) in enumerate(lines.items()):
            epochs = np.arange(1, len(values) + 1)
            colour = ink.series[at % len(ink.series)]
            marker = "o" if len(values) < 3 else None
            axes.plot(epochs, values, color=colour, linewidth=1.8, marker=marker, markersize=4, label=line)
            if best_epoch is not None and 1 <= best_epoch <= len(values):
                axes.plot(best_epoch, values[best_epoch - 1], "o", color=colour, markeredgecolor=ink.ground)
        longest = max(map(len, lines.values()))
        if best_epoch is not None and 1 <= best_epoch <= longest:
            axes.axvline(best_epoch, color=ink.soft, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
        axes.set_title(name, color=ink.text, fontsize=10.5, loc="left", fontweight="bold")
        axes.set_xlabel("epoch", color=ink.soft, fontsize=9)
        axes.set_xlim(1 - 0.02 * longest, longest * 1.02 + 0.02)
        axes.xaxis.get_major_locator().set_params(integer=True)
        plain_axes(axes, ink, "both")
        title = None if best_epoch is None else f"best epoch {best_epoch}"
        legend = axes.legend(frameon=False, fontsize=9, labelcolor=ink.text, loc="best", title=title)
        legend.get_title().set(color=ink.soft, fontsize=8.5)
    if accuracy:
        from matplotlib.ticker import PercentFormatter

        all_axes[-1].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    return figure


def in_legend(label: str) -> str:
    """A label as a legend shows it: one that begins with _ would be left out."""
    return f" {label}" if label.startswith("_") else label


def spectrogram_plot(clip: NDArray[np.int16], rate: int, seconds: float, theme: Theme = "light") -> Figure:
    """Level over time and frequency, 70 dB below its highest. seconds: what the axis shows."""
    ink = INKS[theme]
    figure, axes = figure_of(5.6, 2.4, ink)
    size, hop = 512, 128
    samples = np.pad(clip.astype(np.float64), (0, max(0, size - len(clip))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    powers = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2
    levels = 10 * np.log10(np.maximum(powers, 1e-3))
    axes.imshow(
        levels.T,
        origin="lower",
        aspect="auto",
        extent=(0.0, len(clip) / rate, 0.0, rate / 2000),
        vmin=levels.max() - 70,
        cmap="magma" if theme == "dark" else "magma_r",
    )
    axes.set_xlim(0, max(seconds, 1e-3))
    axes.set_xlabel("s", color=ink.soft, fontsize=9)
    axes.set_ylabel("kHz", color=ink.soft, fontsize=9)
    axes.tick_params(colors=ink.soft, labelsize=8)
    return figure


def distribution_plot(
    labels: Sequence[str], splits: Mapping[str, Sequence[int]], theme: Theme = "light"
) -> Figure:
    """Clips of every class, stacked by split. splits: name -> clips of each label."""
    ink = INKS[theme]
    figure, axes = figure_of(7.4, _bars_height(len(labels)), ink)
    at = np.arange(len(labels))
    start = np.zeros(len(labels), dtype=np.int64)
    for n, (split, counts) in enumerate(splits.items()):
        values = np.asarray(counts, dtype=np.int64)
        if values.shape != at.shape:
            raise ValueError(f"split {split!r} has {values.size} counts for {len(labels)} labels")
        axes.barh(
            at,
            values,
            left=start,
            height=0.72,
            color=ink.series[n % len(ink.series)],
            label=f"{split} ({values.sum()})",
        )
        start = start + values
    for i, total in enumerate(start):
        axes.text(total, i, f" {total}", va="center", ha="left", fontsize=8.5, color=ink.soft)
    axes.set_xlim(0, max(1.0, 1.07 * float(start.max(initial=1))))
    axes.set_xlabel("clips", color=ink.soft, fontsize=9)
    _bar_axes(axes, labels, ink)
    axes.legend(
        frameon=False,
        fontsize=9,
        labelcolor=ink.text,
        ncols=max(1, len(splits)),
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        borderaxespad=0.2,
    )
    return figure


def f1_plot(labels: Sequence[str], f1: Sequence[float | None], theme: Theme = "light") -> Figure:
    """F1 of every class as bars, 0..1; None is shown as "no test clips"."""
    if len(labels) != len(f1):
        raise ValueError(f"{len(f1)} values for {len(labels)} labels")
    ink = INKS[theme]
    figure, axes = figure_of(6.4, _bars_height(len(labels)), ink)
    at = np.arange(len(labels))
    axes.barh(at, np.ones(len(labels)), height=0.72, color=ink.line, alpha=0.45)
    axes.barh(at, [0.0 if value is None else value for value in f1], height=0.72, color=ink.right)
    for i, value in enumerate(f1):
        text = "no test clips" if value is None else f"{value:.3f}"
        axes.text(1.015, i, text, va="center", ha="left", fontsize=8.5, color=ink.text)
    axes.set_xlim(0, 1.0)
    axes.set_xlabel("F1", color=ink.soft, fontsize=9)
    _bar_axes(axes, labels, ink)
    return figure


def bars_plot(
    names: Sequence[str],
    values: Sequence[float | None],
    title: str,
    spread: Mapping[str, float] | None = None,
    theme: Theme = "light",
) -> Figure:
    """A bar for each name; spread: {mean, deviation} of them, as a line and a band."""
    ink = INKS[theme]
    figure, axes = figure_of(6.4, _bars_height(len(names)), ink)
    axes.barh(
        np.arange(len(names)),
        [0.0 if value is None else value for value in values],
        height=0.72,
        color=ink.right,
    )
    for i, value in enumerate(values):
        text = "-" if value is None else f"{value:.3g}"
        axes.text(max(value or 0.0, 0.0), i, f" {text}", va="center", ha="left", fontsize=8.5, color=ink.text)
    if spread is not None:
        mean, deviation = spread["mean"], spread["deviation"]
        axes.axvspan(mean - deviation, mean + deviation, color=ink.soft, alpha=0.18, linewidth=0)
        axes.axvline(mean, color=ink.soft, linewidth=1.2, linestyle=(0, (3, 3)))
    known = [value for value in values if value is not None]
    axes.set_xlim(min([0.0, *known]), 1.12 * max([*known, 1e-9]))
    axes.set_xlabel(title, color=ink.soft, fontsize=9)
    _bar_axes(axes, names, ink)
    return figure


def score_plot(scores: ArrayLike, correct: ArrayLike, theme: Theme = "light", bins: int = 25) -> Figure:
    """How sure the model was, right answers above wrong ones, each on a scale of its own.

    scores: [clips] score of the chosen class, 0..1. correct: [clips] bool.
    """
    values, right = np.asarray(scores, dtype=np.float64), np.asarray(correct, dtype=bool)
    if values.shape != right.shape or values.ndim != 1:
        raise ValueError(f"scores of shape {values.shape} for answers of shape {right.shape}")
    ink = INKS[theme]
    figure, (above, below) = figure_of(6.4, 3.4, ink, panels=2, stacked=True)
    edges = np.linspace(0.0, 1.0, bins + 1)
    for axes, chosen, name, colour in (
        (above, right, "right", ink.right),
        (below, ~right, "wrong", ink.wrong),
    ):
        counts = np.histogram(np.clip(values[chosen], 0.0, 1.0), edges)[0]
        axes.bar(edges[:-1], counts, width=0.92 / bins, align="edge", color=colour)
        title = f"{name}: {int(chosen.sum())} clips"
        if chosen.any():
            title += f", median score {np.median(values[chosen]):.2f}"
        axes.set_title(title, color=ink.text, fontsize=9.5, loc="left", fontweight="bold")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, max(1.0, 1.08 * float(counts.max())))
        axes.yaxis.get_major_locator().set_params(integer=True, nbins=4)
        plain_axes(axes, ink, "y")
    above.tick_params(labelbottom=False)
    below.set_xlabel("score of the chosen class", color=ink.soft, fontsize=9)
    return figure


def scatter_plot(truth: ArrayLike, values: ArrayLike, theme: Theme = "light") -> Figure:
    """A point for every clip of a regression: truth to the right, value upwards, and the line of no error.

    truth, values: [clips]; clips whose value is NaN are not shown.
    """
    true, found = np.asarray(truth, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if true.shape != found.shape or true.ndim != 1:
        raise ValueError(f"true numbers of shape {true.shape} for values of shape {found.shape}")
    ink = INKS[theme]
    figure, axes = figure_of(4.6, 4.6, ink)
    shown = ~np.isnan(found)
    both = np.concatenate([true[shown], found[shown], [] if shown.any() else [0.0]])
    room = 0.04 * (float(both.max() - both.min()) or 1.0)
    low, high = float(both.min()) - room, float(both.max()) + room
    axes.plot([low, high], [low, high], color=ink.soft, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
    alpha = float(np.interp(shown.sum(), (100, 2000), (0.75, 0.25)))
    axes.scatter(true[shown], found[shown], s=22, color=ink.right, alpha=alpha, linewidths=0, zorder=2)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    axes.set_xlabel("truth", color=ink.soft, fontsize=9)
    axes.set_ylabel("value", color=ink.soft, fontsize=9)
    plain_axes(axes, ink, "both")
    return figure


def heat_plot(values: ArrayLike, names: Sequence[str], measure: str, theme: Theme = "light") -> Figure:
    """Shares 0..1 [trained on][tested on], the deeper the higher; NaN stays empty."""
    ink = INKS[theme]
    cells = np.asarray(values, np.float64)
    side = float(np.interp(len(names), (2, 12), (1.1, 0.6)))
    figure, axes = figure_of(side * len(names) + 0.6, side * len(names), ink)
    shares = np.nan_to_num(np.clip(cells, 0, 1))
    from matplotlib.colors import to_rgb

    ground, deep = np.array(to_rgb(ink.ground)), np.array(to_rgb(ink.right))
    axes.imshow(ground + shares[..., None] * (deep - ground))
    for i, j in np.argwhere(~np.isnan(cells)):
        strong = shares[i, j] > 0.55
        colour = ("#ffffff" if theme == "light" else "#0b0d10") if strong else ink.text
        axes.text(j, i, f"{cells[i, j]:.2f}", ha="center", va="center", color=colour, fontsize=11)
    axes.set_xticks(range(len(names)), [_cut(name, 14) for name in names])
    axes.set_yticks(range(len(names)), [_cut(name) for name in names])
    axes.set_xlabel(f"tested on ({measure})", color=ink.soft, fontsize=9)
    axes.set_ylabel("trained on", color=ink.soft, fontsize=9)
    axes.tick_params(colors=ink.soft, labelsize=9, length=0, pad=6)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def figure_of(
    width: float, height: float, ink: Ink, panels: int = 1, stacked: bool = False
) -> tuple[Figure, Any]:
    """A figure with one panel or more, in the colours of `ink`; sizes in inches, of the panels."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width + 1.2, height + 0.9), facecolor=ink.ground, layout="constrained")
    rows, columns = (panels, 1) if stacked else (1, panels)
    axes = figure.subplots(rows, columns, sharex=stacked)
    for one in np.ravel(axes):
        one.set_facecolor(ink.ground)
        one.set_axisbelow(True)
    return figure, axes


def _cell_colours(share: np.ndarray[Any, np.dtype[np.float64]], ink: Ink) -> Any:
    """RGB of every cell: from a tint of the ground to the colour of right or wrong answers."""
    from matplotlib.colors import to_rgb

    ground = np.array(to_rgb(ink.ground))
    empty = ground + 0.35 * (np.array(to_rgb(ink.line)) - ground)
    target = np.where(
        (np.eye(*share.shape) > 0)[..., None], np.array(to_rgb(ink.right)), np.array(to_rgb(ink.wrong))
    )
    # Few wrong answers must be seen: the tint starts at 12 % and grows with the root of the share.
    depth = np.where(share > 0, 0.12 + 0.82 * np.sqrt(share), 0.0)[..., None]
    return empty + depth * (target - empty)


def _percent(share: float) -> str:
    percent = 100 * share
    if percent in (0.0, 100.0):
        return f"{percent:.0f} %"
    # 99.7 % must not read 100 %.
    return f"{min(max(percent, 0.1), 99.9):.1f} %" if percent > 99 or percent < 1 else f"{percent:.0f} %"


def _names(
    axes: Axes, which: str, names: Sequence[str], ink: Ink, size: float, *, turned: bool = False
) -> None:
    # Labels come from the user: a dollar sign is not the start of a formula.
    turn: dict[str, Any] = {"rotation": 50, "ha": "right", "rotation_mode": "anchor"} if turned else {}
    put = axes.set_xticks if which == "x" else axes.set_yticks
    put(
        range(len(names)),
        [_cut(name) for name in names],
        color=ink.text,
        fontsize=size,
        parse_math=False,
        **turn,
    )
    axes.tick_params(axis="x" if which == "x" else "y", length=0, pad=4)


def _cut(name: str, length: int = 28) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"


def _bars_height(bars: int) -> float:
    return max(1.2, 0.27 * bars)


def _bar_axes(axes: Axes, labels: Sequence[str], ink: Ink) -> None:
    plain_axes(axes, ink, "x")
    _names(axes, "y", labels, ink, 9)
    axes.invert_yaxis()
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)


def plain_axes(axes: Axes, ink: Ink, grid: Literal["both", "x", "y"]) -> None:
    """Two quiet spines and a grid."""
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(ink.line)
    axes.tick_params(colors=ink.soft, labelsize=9, length=0, pad=6)
    axes.grid(True, axis=grid, color=ink.line, linewidth=0.8)
