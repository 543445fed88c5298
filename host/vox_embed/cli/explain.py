"""`vox-embed explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say, say_json

_SHOWN = 15


def explain(  # noqa: PLR0917
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder or results folder of a classic model; default: the last."),
    ] = None,
    windows: Annotated[int, typer.Option(min=2, help="Windows of test clips that are explained.")] = 100,
    draws: Annotated[
        int, typer.Option(min=1, help="Pairs of orders in which values are put in, of each window.")
    ] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn at random.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for explanation.csv and explanation.png; default: not written."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say which values the answers of a classic model are owed to (SHAP values).

    Of each value: by how much it changes the answer, mean over windows of test clips, against windows of
    training clips; + where a higher value speaks for the label, - where it speaks against it.

    Example: vox-embed explain example --out why
    """
    from vox_embed.cli.progress import Terminal
    from vox_embed.experiment.results import find
    from vox_embed.gate.files import check_output

    found = find(model)
    if out is not None:
        check_output(out / "explanation.csv")
    with Terminal() as terminal:
        from vox_embed.runs import explaining

        explanation = explaining.explain(found, windows, draws, terminal, seed)
        written = [] if out is None else explaining.write_explanation(out, explanation)
    if json:
        say_json(explanation.to_dict())
        return
    from vox_embed.cli.console import output
    from vox_embed.report.text_parts import plain_table, printable

    table = plain_table()
    table.add_column("value", overflow="fold")
    for name in explanation.outputs:
        table.add_column(printable(name), justify="right")
    for i in explanation.order[:_SHOWN]:
        cells = zip(explanation.size[i], explanation.direction[i], strict=True)
        table.add_row(explanation.names[i], *(f"{size:.4f} {'-' if way < 0 else '+'}" for size, way in cells))
    output().print(table)
    say(f"of {len(explanation.names)} values; {explanation.windows} windows of test clips")
    for file in written:
        say(f"written: {file}")
