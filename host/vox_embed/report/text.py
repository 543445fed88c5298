"""Scores as tables in the terminal, and the same as plain text for log files."""

from __future__ import annotations

import io

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from vox_embed.data.groups import drawn_text
from vox_embed.report import tag_scores
from vox_embed.report.fit import FIGURES, Fit
from vox_embed.report.metrics import Scores, points_lost
from vox_embed.report.paired import Paired
from vox_embed.report.tag_scores import TagScores
from vox_embed.report.tag_text import ranking_table, tag_tables
from vox_embed.report.text_parts import interval_text, number_text, plain_table, printable

AnyScores = Scores | Fit | TagScores

WIDTH = 100
"""Columns of text that fit everywhere."""

_HEAD = 10  # characters of a label above a column of the confusion matrix
_ROW_HEAD = 20  # and at the left of a row
_GAP = 2


def summary_table(integer: Scores, reference: Scores | None = None, name: str = "integer") -> Table:
    """The integer model's figures; with `reference`, the float model's beside them and the loss in points.

    name: what the model is called.
    """
    table = plain_table()
    table.add_column("")
    table.add_column(name, justify="right", style="bold")
    table.add_column("95 % interval", justify="right")
    if reference is not None:
        table.add_column("float", justify="right")
        table.add_column("95 % interval", justify="right")
        table.add_column("loss, points", justify="right")
    for title, field in (("accuracy", "accuracy"), ("UAR", "uar")):
        cells = [title]
        for scores in (integer, reference):
            if scores is not None:
                cells += [f"{getattr(scores, field):.4f}", interval_text(getattr(scores, f"{field}_ci95"))]
        if reference is not None:
            cells.append(
                f"{round(points_lost(getattr(integer, field), getattr(reference, field)), 2) + 0.0:.2f}"
            )
        table.add_row(*cells)
    table.caption = "\n".join(
        [f"{integer.clips} test clips, {len(integer.labels)} classes", *_drawn(integer)]
    )
    return table


def fit_table(integer: Fit, reference: Fit | None = None, name: str = "integer") -> Table:
    """A regression's figures; with `reference`, the float model's beside them. name: of the model."""
    table = plain_table()
    table.add_column("")
    for head, scores in ((name, integer), ("float", reference)):
        if scores is not None:
            table.add_column(head, justify="right", style="bold" if scores is integer else None)
            table.add_column("95 % interval", justify="right")
    for title, field in FIGURES:
        cells = [title]
        for scores in (integer, reference):
            if scores is not None:
                cells += [
                    number_text(getattr(scores, field)),
                    " .. ".join(map(number_text, getattr(scores, f"{field}_ci95") or ())) or "-",
                ]
        table.add_row(*cells)
    lines = [f"{integer.clips} test clips, results from {integer.labels[0]} to {integer.labels[-1]}"]
    lines += _drawn(integer)
    table.caption = Text("\n".join(map(printable, (*lines, *integer.notes))))
    return table


_TITLES = {
    "accuracy": "accuracy",
    "uar": "UAR",
    **{field: title for title, field in (*FIGURES, *tag_scores.FIGURES)},
}


def paired_table(paired: Paired) -> Table:
    """Two models' figures, their difference, and how sure it is."""
    table = plain_table()
    table.add_column("")
    for head in ("A", "B", "B - A", "95 % interval", "p"):
        table.add_column(head, justify="right", style="bold" if head == "B - A" else None)
    for one in paired.differences:
        low, high = one.ci95
        table.add_row(
            _TITLES[one.name],
            *(f"{value:.4f}" for value in (one.a, one.b)),
            f"{one.difference:+.4f}",
            f"{low:+.4f} .. {high:+.4f}",
            f"{one.p:.3f}" if one.p >= 0.001 else "< 0.001",
        )
    lines = [f"{paired.clips} test clips; drawn again and swapped: {drawn_text(paired.resampled)}"]
    if paired.mcnemar is not None:
        only = paired.mcnemar
        lines.append(
            f"right in A alone {only.only_a} clips, in B alone {only.only_b}: McNemar's exact p {only.p:.3f}"
        )
    table.caption = "\n".join(lines)
    return table


def _drawn(scores: Scores | Fit) -> list[str]:
    """What the intervals are made of."""
    return [f"intervals: resampled {drawn_text(scores.resampled)}"] if scores.resampled else []


def score_tables(
    integer: AnyScores,
    reference: AnyScores | None = None,
    width: int = WIDTH,
    *,
    name: str = "integer",
) -> list[RenderableType]:
    """Everything that is shown of a model's scores: summary, classes and confusion matrix, or a regression's
    figures. name: what the model is called."""
    if isinstance(integer, Fit):
        return [fit_table(integer, reference if isinstance(reference, Fit) else None, name)]
    if isinstance(integer, TagScores):
        return list[RenderableType](
            tag_tables(integer, reference if isinstance(reference, TagScores) else None, name)
        )
    beside = reference if isinstance(reference, Scores) else None
    shown: list[RenderableType] = [
        summary_table(integer, beside, name),
        class_table(integer),
        confusion_table(integer, width),
    ]
    if integer.rankings:
        shown.insert(2, ranking_table(integer.rankings))
    return shown


def class_table(scores: Scores) -> Table:
    """A row per class: precision, recall, F1, test clips; a dash where there is none, and why below."""
    table = plain_table()
    table.add_column("class", overflow="fold")
    for name in ("precision", "recall", "F1"):
        table.add_column(name, justify="right", no_wrap=True, min_width=max(5, len(name)))
    table.add_column("clips", justify="right", no_wrap=True, min_width=5)
    for one in scores.per_class:
        shares = ["-" if share is None else f"{share:.3f}" for share in (one.precision, one.recall, one.f1)]
        table.add_row(Text(printable(one.label)), *shares, str(one.support))
    if scores.notes:
        table.caption = Text("\n".join(map(printable, scores.notes)), style="yellow")
    return table


def confusion_table(scores: Scores, width: int = WIDTH) -> Group:
    """The confusion matrix, rows truth, columns predictions; zeros are dots.

    Where the names do not fit above the columns, or would be the same when shortened, columns are headed
    by the numbers of the rows. A matrix that is wider than `width` is cut into blocks of columns. width:
    columns of text, at least 40.
    """
    if width < 40:
        raise ValueError(f"a width of {width} columns is less than 40")
    counts = [["." if n == 0 else str(n) for n in row] for row in scores.confusion]

    def widths(heads: list[str]) -> list[int]:
        return [max(cell_len(head), *(len(row[j]) for row in counts)) for j, head in enumerate(heads)]

    heads = [_shorten(name, _HEAD) for name in scores.columns]
    sides = [_shorten(label, _ROW_HEAD) for label in scores.labels]
    numbered = len(set(heads)) < len(heads) or len(_blocks(widths(heads), width - _side(sides))) > 1
    if numbered:
        verdicts = range(len(scores.labels), len(scores.columns))
        heads = [str(j + 1) for j in range(len(scores.labels))] + [heads[j] for j in verdicts]
        sides = [_shorten(f"{i + 1} {label}", _ROW_HEAD) for i, label in enumerate(scores.labels)]

    parts: list[RenderableType] = []
    for block in _blocks(widths(heads), width - _side(sides)):
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 0), show_edge=False)
        table.add_column("truth", no_wrap=True, min_width=_side(sides))
        for j in block:
            table.add_column(
                Text(" " + heads[j]), justify="right", no_wrap=True, min_width=1 + widths(heads)[j]
            )
        for i, row in enumerate(counts):
            table.add_row(Text(sides[i]), *(Text(row[j], style=_cell_style(i, j, row[j])) for j in block))
        parts += [table, Text()]
    return Group(*parts[:-1])


def plain(renderable: RenderableType, width: int = WIDTH) -> str:
    """A table as text without colours, no line longer than `width`, ending in a newline."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        color_system=None,
        force_terminal=False,
        legacy_windows=False,
        markup=False,
        emoji=False,
    )
    console.print(renderable)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def confusion_text(scores: Scores, width: int = WIDTH) -> str:
    """The confusion matrix as plain text, no line longer than `width`."""
    return plain(confusion_table(scores, width), width)


def report_text(
    integer: AnyScores,
    reference: AnyScores | None = None,
    width: int = WIDTH,
    *,
    name: str = "integer",
) -> str:
    """`score_tables` as plain text, no line longer than `width`: for log files."""
    return "\n".join(plain(part, width) for part in score_tables(integer, reference, width, name=name))


def _cell_style(i: int, j: int, count: str) -> str:
    if count == ".":
        return "dim"
    return "bold green" if i == j else "red"


def _shorten(label: str, length: int) -> str:
    label = printable(label)
    return label if cell_len(label) <= length else set_cell_size(label, length - 1).rstrip() + "…"


def _side(sides: list[str]) -> int:
    return max(len("truth"), *map(cell_len, sides))


def _blocks(widths: list[int], space: int) -> list[list[int]]:
    """Columns in blocks that fit into `space`; each costs its width and two spaces before it."""
    blocks: list[list[int]] = []
    left = 0
    for j, width in enumerate(widths):
        if not blocks or left < width + _GAP:
            blocks.append([])
            left = space
        blocks[-1].append(j)
        left -= width + _GAP
    return blocks
