"""`vox-embed compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say_json


def compare(
    a: Annotated[Path, typer.Argument(help="Results folder, folder of folds, or predictions.csv.")],
    b: Annotated[Path, typer.Argument(help="Another, of the same clips.")],
    by: Annotated[
        str, typer.Option(help="Column of both whose values belong together; clips without one are alone.")
    ] = "speaker",
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say whether one of two models is better beyond chance, by a paired test on the same test clips.

    Intervals of the difference: groups drawn again. p: how often swapping the models, group by group, makes
    as large a difference; and McNemar's exact test, clip by clip.

    Example: vox-embed compare results/emodb.folds results/other.folds
    """
    from vox_embed.runs.compare import compare_runs

    found = compare_runs(a, b, by)
    if json:
        say_json(found.to_dict())
        return
    from vox_embed.cli.console import output
    from vox_embed.report.text import paired_table

    output().print(paired_table(found))
