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
    scores = outcome.integer.scores
    if outcome.on_host:
        for table in score_tables(scores, width=console.width, name="float"):
            console.print(table)
        console.print(f"model: {outcome.model}, for the host only")
        return
    reference = None if outcome.reference is None else outcome.reference.scores
    for table in score_tables(scores, reference, console.width):
        console.print(table)
    console.print(f"model: {outcome.model} ({outcome.model_bytes:,} bytes)")
