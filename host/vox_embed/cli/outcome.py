"""The scores of a model as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vox_embed.runs import Outcome


def show_outcome(outcome: Outcome) -> None:
    """Integer beside float, classes, confusion matrix, or a regression's figures; size."""
    from vox_embed.cli.console import output
    from vox_embed.report.text import score_tables

    console = output()
    for table in score_tables(outcome.shown.scores, outcome.beside, console.width, name=outcome.name):
        console.print(table)
    where = ", for the host only" if outcome.on_host else ""
    console.print(f"model: {outcome.model} ({outcome.model_bytes:,} bytes){where}")
