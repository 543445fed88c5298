"""`vox-embed runs`."""

from __future__ import annotations

from typing import Annotated

import typer

from vox_embed.cli.say import say, say_json


def runs(
    sort: Annotated[
        str | None, typer.Option(help="uar, accuracy, ccc, pearson, mae or rmse. Default: the latest first.")
    ] = None,
    differ: Annotated[
        bool, typer.Option("--differ", help="Show every setting in which the experiments differ.")
    ] = False,
    last: Annotated[int | None, typer.Option(min=1, help="Only so many.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """List what was run here, when, and with what result.

    Trained experiments, cross-validations (folds), compared settings (flags) and repeated runs, from the
    folder of results.

    Example: vox-embed runs --sort uar --differ
    """
    from vox_embed.runs.listed import differences, ordered, runs_of

    found = runs_of()
    if sort is not None:
        found = ordered(found, sort)
    found = found[:last]
    unlike = differences(found)
    if json:
        say_json({"runs": [run.to_dict() for run in found], "differences": unlike})
        return
    from rich.table import Table

    from vox_embed.cli.console import output
    from vox_embed.report.text_parts import number_text

    table = Table(box=None, pad_edge=False)
    for head in ("name", "kind", "when", "model"):
        table.add_column(head, overflow="fold")
    names = list(dict.fromkeys(name for run in found for name in run.figures))
    for name in names:
        table.add_column(name, justify="right")
    table.add_column("bytes", justify="right")
    for run in found:
        figures = [number_text(run.figures[name]) if name in run.figures else "" for name in names]
        size = "" if run.model_bytes is None else f"{run.model_bytes:,}"
        model = run.settings.get("model.type", "") + (" (float)" if run.on_host else "")
        table.add_row(run.name, run.kind, f"{run.when:%Y-%m-%d %H:%M}", model, *figures, size)
    output().print(table)
    if not differ:
        return
    say("")
    for key, values in unlike.items():
        say(
            f"{key}: "
            + "; ".join(f"{run.name} {value or '-'}" for run, value in zip(found, values, strict=True))
        )
