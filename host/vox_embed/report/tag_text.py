"""Scores of tags, and rankings of labels, as tables in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from vox_embed.data.groups import drawn_text
from vox_embed.report.metrics import points_lost
from vox_embed.report.ranking import Ranking
from vox_embed.report.tag_scores import FIGURES, TagScores
from vox_embed.report.text_parts import interval_text, plain_table, printable


def tag_tables(integer: TagScores, reference: TagScores | None, name: str) -> list[Table]:
    """The means with their intervals, and a row for each tag."""
    return [_summary(integer, reference, name), _tags(integer)]


def _summary(integer: TagScores, reference: TagScores | None, name: str) -> Table:
    table = plain_table()
    table.add_column("")
    for head, scores in ((name, integer), ("float", reference)):
        if scores is not None:
            table.add_column(head, justify="right", style="bold" if scores is integer else None)
            table.add_column("95 % interval", justify="right")
    if reference is not None:
        table.add_column("loss, points", justify="right")
    for title, field in FIGURES:
        cells = [title]
        for scores in (integer, reference):
            if scores is not None:
                cells += [f"{getattr(scores, field):.4f}", interval_text(getattr(scores, f"{field}_ci95"))]
        if reference is not None:
            lost = points_lost(getattr(integer, field), getattr(reference, field))
            cells.append(f"{round(lost, 2) + 0.0:.2f}")
        table.add_row(*cells)
    average = [
        cell
        for scores in (integer, reference)
        if scores is not None
        for cell in (_share(scores.macro_average_precision, 4), "")
    ]
    table.add_row("mean average precision", *average)
    lines = [f"{integer.clips} test clips, {len(integer.labels)} tags"]
    if integer.resampled:
        lines.append(f"intervals: resampled {drawn_text(integer.resampled)}")
    table.caption = "\n".join(lines)
    return table


def _tags(scores: TagScores) -> Table:
    table = plain_table()
    table.add_column("tag", overflow="fold")
    for head in ("threshold", "precision", "recall", "F1", "AP", "AUC", "EER"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("clips", justify="right", no_wrap=True, min_width=5)
    for one, ranking in zip(scores.per_tag, scores.rankings, strict=True):
        shares = (one.precision, one.recall, one.f1, *_ranked(ranking))
        table.add_row(
            Text(printable(one.label)), f"{one.threshold:.3f}", *map(_share, shares), str(one.support)
        )
    if scores.notes:
        table.caption = Text("\n".join(map(printable, scores.notes)), style="yellow")
    return table


def ranking_table(rankings: Sequence[Ranking]) -> Table:
    """Each label against the others, by its scores; and what the threshold chosen on dev gives."""
    table = plain_table()
    table.add_column("by score", overflow="fold")
    heads = ["AUC", "95 % interval", "AP", "EER"]
    with_dev = any(one.at_dev for one in rankings)
    for head in [*heads, *(("threshold (dev)", "precision", "recall") if with_dev else ())]:
        table.add_column(head, justify="right", no_wrap=True)
    for one in rankings:
        interval = "-" if one.auc_ci95 is None else " .. ".join(f"{value:.3f}" for value in one.auc_ci95)
        cells = [_share(one.auc), interval, _share(one.average_precision), _share(one.eer)]
        if with_dev:
            at = one.at_dev
            cells += ["-"] * 3 if at is None else map(_share, (at.threshold, at.precision, at.recall))
        table.add_row(Text(printable(one.label)), *cells)
    return table


def _ranked(one: Ranking) -> tuple[float | None, ...]:
    return one.average_precision, one.auc, one.eer


def _share(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
