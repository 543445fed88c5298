"""The tables of a run for paper: as rows of text, as LaTeX, and with the pictures as a PDF."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FIGURES = {
    "accuracy": "accuracy",
    "uar": "UAR",
    "ccc": "CCC",
    "pearson": "Pearson's r",
    "mae": "MAE",
    "rmse": "RMSE",
}
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
_A4 = (8.27, 11.69)
_ROWS, _COLUMNS = 40, 13
"""That fit on a page."""


@dataclass(frozen=True)
class Printed:
    """A table. key: what a LaTeX file calls it."""

    key: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables_of(metrics: Mapping[str, Any]) -> tuple[Printed, ...]:
    """Of the metrics.json of a run, or of a cross-validation. KeyError, TypeError or ValueError where it is
    neither."""
    models = {name: metrics[name] for name in ("integer", "float") if metrics.get(name)}
    made = [_figures(models)]
    if metrics.get("folds"):
        made.append(_folds(metrics["folds"]))
    details = metrics.get("integer_details") or metrics.get("float_details") or {}
    if details.get("per_class"):
        made.append(_classes(details["per_class"]))
        made.append(_confusion(details["confusion"]))
    return tuple(made)


def _figures(models: Mapping[str, Mapping[str, Any]]) -> Printed:
    rows = []
    for name, title in _FIGURES.items():
        if not any(name in model for model in models.values()):
            continue
        cells = [title]
        for model in models.values():
            interval = model.get(f"{name}_ci95")
            cells += [
                _number(model.get(name)),
                "" if interval is None else " .. ".join(map(_number, interval)),
            ]
        rows.append(tuple(cells))
    heads = [cell for name in models for cell in (name, "95 % interval")]
    if not rows:
        raise ValueError("there are no figures in it")
    return Printed("figures", "Test figures", ("", *heads), tuple(rows))


def _folds(folds: Mapping[str, Mapping[str, Any]]) -> Printed:
    names = [name for name in _FIGURES if any(name in fold for fold in folds.values())]
    rows = [
        (title, str(fold.get("clips", "")), *(_number(fold.get(name)) for name in names))
        for title, fold in folds.items()
    ]
    return Printed("folds", "Folds", ("fold", "clips", *(_FIGURES[name] for name in names)), tuple(rows))


def _classes(classes: Sequence[Mapping[str, Any]]) -> Printed:
    rows = [
        (
            str(one["label"]),
            *(_number(one[name], 3) for name in ("precision", "recall", "f1")),
            str(one["support"]),
        )
        for one in classes
    ]
    return Printed("classes", "Classes", ("class", "precision", "recall", "F1", "clips"), tuple(rows))


def _confusion(confusion: Mapping[str, Any]) -> Printed:
    rows = [
        (str(truth), *map(str, counts))
        for truth, counts in zip(confusion["truth"], confusion["clips"], strict=True)
    ]
    heads = ("truth", *map(str, confusion["predicted"]))
    return Printed("confusion", "Confusion: truth in rows, answers in columns", heads, tuple(rows))


def _number(value: float | None, digits: int = 4) -> str:
    if value is None or math.isnan(value):
        return "-"
    return f"{value:.{digits}f}" if abs(value) < 1000 else f"{value:.4g}"


# ---- LaTeX -------------------------------------------------------------------------------------------


def latex_of(tables: Sequence[Printed], name: str) -> str:
    """Tables for `\\input`, in the manner of booktabs; labels are `tab:<name>-<table>`."""
    parts = [f"% {_plain(name)}; needs \\usepackage{{booktabs}}"]
    for table in tables:
        columns = "l" + "r" * (len(table.heads) - 1)
        rows = [" & ".join(map(escaped, row)) + r" \\" for row in table.rows]
        parts.append(
            "\n".join(
                [
                    r"\begin{table}[htb]",
                    r"  \centering",
                    f"  \\caption{{{escaped(f'{name}: {table.title}')}}}",
                    f"  \\label{{tab:{_plain(name)}-{table.key}}}",
                    f"  \\begin{{tabular}}{{{columns}}}",
                    r"    \toprule",
                    "    " + " & ".join(map(escaped, table.heads)) + r" \\",
                    r"    \midrule",
                    *("    " + row for row in rows),
                    r"    \bottomrule",
                    r"  \end{tabular}",
                    r"\end{table}",
                ]
            )
        )
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """For LaTeX: what would be a command is a letter; `a .. b` gets a dash."""
    return "".join(_ESCAPED.get(letter, letter) for letter in text).replace(" .. ", "--")


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in ".-" else "-" for letter in name)


# ---- PDF ---------------------------------------------------------------------------------------------


def pdf_of(
    title: str, lines: Sequence[str], tables: Sequence[Printed], pictures: Mapping[str, bytes]
) -> bytes:
    """A4 pages: title and lines, tables, then a PNG a page. The same content, the same bytes."""
    from matplotlib.backends.backend_pdf import PdfPages

    file = io.BytesIO()
    about = {"Title": title, "CreationDate": None, "ModDate": None, "Creator": "vox-embed", "Producer": None}
    with PdfPages(file, metadata=about) as pages:
        pages.savefig(_first_page(title, lines))
        for table in tables:
            for part in _parts(table):
                pages.savefig(_table_page(part))
        for name, data in pictures.items():
            pages.savefig(_picture_page(name, data))
    return file.getvalue()


def _page() -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=_A4)


def _first_page(title: str, lines: Sequence[str]) -> Figure:
    figure = _page()
    figure.text(0.08, 0.93, title, fontsize=18, weight="bold", parse_math=False)
    for i, line in enumerate(lines[:60]):
        text = line if len(line) <= 100 else line[:97] + "..."
        figure.text(0.08, 0.89 - 0.0145 * i, text, fontsize=9, family="monospace", parse_math=False)
    return figure


def _parts(table: Printed) -> list[Printed]:
    """Pieces that fit on a page: so many rows, so many columns beside the first."""
    found = []
    for left in range(1, max(2, len(table.heads)), _COLUMNS):
        for top in range(0, max(1, len(table.rows)), _ROWS):
            rows = tuple((row[0], *row[left : left + _COLUMNS]) for row in table.rows[top : top + _ROWS])
            heads = (table.heads[0], *table.heads[left : left + _COLUMNS])
            found.append(Printed(table.key, table.title, heads, rows))
    return found


def _table_page(table: Printed) -> Figure:
    figure = _page()
    figure.text(0.08, 0.93, table.title, fontsize=13, weight="bold", parse_math=False)
    axes = figure.add_axes((0.08, 0.08, 0.84, 0.82))
    axes.axis("off")

    def short(text: str) -> str:
        most = 24 if len(table.heads) < 8 else 10
        text = text if len(text) <= most else text[: most - 1] + "…"
        return text.replace("$", r"\$")

    made = axes.table(
        [[short(cell) for cell in row] for row in table.rows],
        colLabels=[short(head) for head in table.heads],
        loc="upper center",
        cellLoc="right",
    )
    made.auto_set_font_size(False)
    made.set_fontsize(9 if len(table.heads) < 8 else 7)
    for (row, column), cell in made.get_celld().items():
        cell.set_linewidth(0.4)
        cell.visible_edges = "B" if row else "BT"
        if column == 0:
            cell.set_text_props(ha="left")
        if row == 0:
            cell.set_text_props(weight="bold")
    return figure


def _picture_page(name: str, data: bytes) -> Figure:
    from matplotlib.image import imread

    figure = _page()
    figure.text(0.08, 0.93, name, fontsize=13, weight="bold", parse_math=False)
    axes = figure.add_axes((0.06, 0.08, 0.88, 0.82))
    axes.axis("off")
    axes.imshow(imread(io.BytesIO(data), format="png"), interpolation="none")
    axes.set_anchor("N")
    return figure
