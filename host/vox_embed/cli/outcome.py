"""The scores of a model as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vox_embed.runs import Outcome


def show_outcome(outcome: Outcome) -> None:
    """Integer beside float, classes, confusion matrix, size."""
    from rich.console import Console

    from vox_embed.report.text import class_table, confusion_table, summary_table

    console = Console(highlight=False)
    scores = outcome.integer.scores
    reference = None if outcome.reference is None else outcome.reference.scores
    console.print(summary_table(scores, reference))
    console.print(class_table(scores))
    console.print(confusion_table(scores, console.width))
    console.print(f"model: {outcome.model} ({outcome.model_bytes:,} bytes)", soft_wrap=True)
