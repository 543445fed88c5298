"""`vox-embed explore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.options import Changes
from vox_embed.cli.say import say, say_json


def explore(
    experiment: Annotated[
        Path | None, typer.Argument(help="Experiment file or folder; default: the last trained.")
    ] = None,
    rows: Annotated[
        str, typer.Option(help="Rows that statistics are of: train, dev, test or all. Default: train.")
    ] = "auto",
    features: Annotated[
        bool, typer.Option("--features/--no-features", help="With the experiment's features: takes longest.")
    ] = True,
    changes: Changes = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Look at data before a model does: what goes together with the target, and what should not.

    A page with statistics, effect sizes, intervals and pictures; a sentence for each column, and for level
    or length of the sound, that a model may learn in place of the target.

    Example: vox-embed explore example
    """
    from vox_embed.cli.progress import Terminal
    from vox_embed.experiment.errors import VoxError
    from vox_embed.experiment.files import REPORT
    from vox_embed.experiment.loader import load_experiment
    from vox_embed.experiment.results import find
    from vox_embed.runs.exploring import Rows, as_json
    from vox_embed.runs.exploring import explore as run

    known: tuple[Rows, ...] = ("auto", "all", "train", "dev", "test")
    wanted = next((one for one in known if one == rows), None)
    if wanted is None:
        raise VoxError(f"--rows {rows}: there is no such split", "train, dev, test or all")
    settings = (
        load_experiment(experiment, changes=changes or ())
        if experiment is not None
        else find().need_experiment(changes=changes or ())
    )
    with Terminal() as terminal:
        found, folder = run(settings, terminal, wanted, features=features)
    if json:
        say_json(as_json(found))
        return
    from rich.table import Table

    from vox_embed.cli.console import output

    table = Table(box=None, pad_edge=False)
    for name in ("column", "statistic", "p", "effect", "size"):
        table.add_column(name)
    for one in found.largest:
        name = {"V": "Cramer's V", "d": "Cohen's d", "r": "Pearson's r"}[one.measure]
        p = "< 0.001" if one.p < 0.001 else f"{one.p:.3f}"
        table.add_row(one.other, one.statistic, p, f"{name} {one.effect:.2f}", one.size)
    output().print(table)
    for doubt in found.doubts:
        say(f"warning: {doubt}")
    say(f"report: {folder / REPORT}")
