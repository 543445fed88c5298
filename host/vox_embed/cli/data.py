"""`vox-embed data`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.options import Changes
from vox_embed.cli.say import say, say_json


def data(
    experiment: Annotated[
        Path | None, typer.Argument(help="Experiment file or folder; default: the last trained.")
    ] = None,
    skip_bad_files: Annotated[
        bool, typer.Option("--skip-bad-files", help="Leave out, and list, files that cannot be read.")
    ] = False,
    changes: Changes = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Check the data of an experiment, and count its clips by label and split.

    Example: vox-embed data example
    """
    from vox_embed.data.load import load_dataset
    from vox_embed.experiment.loader import load_experiment
    from vox_embed.experiment.results import find

    settings = (
        load_experiment(experiment, changes=changes or ())
        if experiment is not None
        else find().need_experiment(changes=changes or ())
    )
    if skip_bad_files:
        changed = settings.data.model_copy(update={"skip_bad_files": True})
        settings = settings.model_copy(update={"data": changed})
    dataset = load_dataset(settings, needs=())
    summary = dataset.summary()
    for split, lack in (
        ("train", "it can be evaluated, but not trained"),
        ("test", "it cannot be evaluated"),
    ):
        if not summary.loc["all", split]:
            dataset = dataset.noting(f"warning: no {split} rows: {lack}")
    if json:
        counts = {str(label): {str(k): int(v) for k, v in row.items()} for label, row in summary.iterrows()}
        say_json({"name": settings.name, "clips": counts, "notes": dataset.notes})
        return

    from rich.table import Table

    from vox_embed.cli.console import output

    table = Table(box=None, pad_edge=False)
    table.add_column(dataset.target)
    for column in summary.columns:
        table.add_column(str(column), justify="right")
    for label, row in summary.iterrows():
        table.add_row(
            str(label), *[str(int(count)) for count in row], style="bold" if label == "all" else None
        )
    output().print(table)
    minutes = dataset.table["duration"].sum() / 60
    speakers = dataset.table["speaker"].nunique()
    say(f"\n{minutes:.1f} minutes, {speakers} speakers")
    for note in dataset.notes:
        say(note)
