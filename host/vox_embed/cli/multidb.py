"""`vox-embed multidb`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.options import Changes, OnCluster, workers_of
from vox_embed.cli.say import say, say_json


def multidb(  # noqa: PLR0917
    experiment: Annotated[Path, typer.Argument(help="Experiment file with two databases or more.")],
    use_splits: Annotated[
        bool,
        typer.Option("--use-splits", help="Train and test rows as the databases' splits say."),
    ] = False,
    train_extra: Annotated[
        list[str] | None, typer.Option(help="Database that is trained on in all pairs; as often as wanted.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a core.")] = None,
    cluster: OnCluster = None,
    changes: Changes = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Train on each database and test on each: does what was learned of one hold for the others?

    All rows of one are for training and all of the other for testing; of a database with itself, its own
    splits. A heat map and a table go to results/<name>.multidb. What was tried before is not tried again.

    Example: vox-embed multidb emotions.yaml
    """
    import os

    from vox_embed.cli.progress import Terminal
    from vox_embed.experiment import load_experiment
    from vox_embed.runs.bench.multidb import HEATMAP
    from vox_embed.runs.bench.multidb import multidb as run

    settings = load_experiment(experiment, changes=changes or ())
    with Terminal() as terminal:
        outcome = run(
            settings,
            terminal,
            tuple(train_extra or ()),
            workers_of(jobs, cluster, os.cpu_count() or 1),
            use_splits=use_splits,
        )
    if json:
        say_json(outcome.to_dict())
        return
    from rich.table import Table

    from vox_embed.cli.console import output
    from vox_embed.report.text_parts import number_text

    table = Table(box=None, pad_edge=False)
    table.add_column(f"{outcome.title}, trained on")
    for name in outcome.names:
        table.add_column(name, justify="right")
    for a in outcome.names:
        table.add_row(a, *(number_text(outcome.value(a, b)) for b in outcome.names))
    output().print(table)
    say(f"heat map: {outcome.folder / HEATMAP}")
