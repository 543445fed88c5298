"""What answers are owed to, as bars: a panel for each output, or the sum of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vox_embed.report.plots import INKS, Theme, figure_of, plain_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANELS = 4


def explained_plot(
    names: Sequence[str],
    outputs: Sequence[str],
    size: NDArray[np.float64],
    direction: NDArray[np.float64],
    theme: Theme = "light",
) -> Figure:
    """size, direction: [values, outputs]. Blue: a higher value speaks for the output; orange: against it. Of
    two outputs, whose answers are the reverse of each other, the second is shown; of more than four, sums."""
    ink = INKS[theme]
    shown = list(range(len(outputs)))[-1:] if len(outputs) <= 2 else list(range(len(outputs)))
    summed = len(shown) > _PANELS
    panels = 1 if summed else len(shown)
    figure, axes = figure_of(3.4 + 2.4 * panels, max(1.2, 0.27 * len(names)), ink, panels=panels)
    at = np.arange(len(names))
    for panel, k in zip(np.ravel(axes), shown[:panels], strict=True):
        sizes = size.sum(axis=1) if summed else size[:, k]
        colours = [ink.series[0] if summed or direction[i, k] >= 0 else ink.wrong for i in range(len(names))]
        panel.barh(at, sizes, height=0.72, color=colours)
        panel.set_title(
            f"{len(outputs)} outputs together" if summed else outputs[k][:40],
            color=ink.text,
            fontsize=10.5,
            loc="left",
            fontweight="bold",
            parse_math=False,
        )
        panel.set_xlabel("mean change of the answer", color=ink.soft, fontsize=9)
        plain_axes(panel, ink, "x")
        panel.set_ylim(len(names) - 0.4, -0.6)
        panel.set_yticks(at, [])
    np.ravel(axes)[0].set_yticks(at, [name[:34] for name in names], parse_math=False)
    return figure
