"""`vox-embed field`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vox_embed.cli.say import say, say_json

if TYPE_CHECKING:
    from collections.abc import Mapping


def field(  # noqa: PLR0917
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    positives: Annotated[
        Path | None,
        typer.Option(
            help="CSV or folder: clips of one word each, or recordings with the times of their words."
        ),
    ] = None,
    negatives: Annotated[
        Path | None, typer.Option(help="CSV or folder: recordings in which no word of the model occurs.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="COLUMN=VALUE: only rows that have it; may be given again.")
    ] = None,
    noise: Annotated[
        Path | None, typer.Option(help="Folder of noise for the SNR conditions; default: pink noise.")
    ] = None,
    rooms: Annotated[
        Path | None, typer.Option(help="Folder of room responses; default: three simulated rooms.")
    ] = None,
    conditions: Annotated[
        bool,
        typer.Option(
            "--conditions/--plain", help="Play the positives with noise, in rooms, at other levels too."
        ),
    ] = True,
    worst: Annotated[int, typer.Option(min=0, help="False accepts to keep as clips.")] = 20,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes to use.", show_default="one a processor core")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report; default: `field` in the results folder.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """How often a model fires by itself, and how many words it misses, at full length as on the device.

    Example: vox-embed field models/commands --positives words.csv --negatives talk/
    """

    from vox_embed.cli.progress import Terminal
    from vox_embed.core import Model
    from vox_embed.experiment.errors import VoxError
    from vox_embed.experiment.results import find, results_root
    from vox_embed.field.conditions import Surroundings
    from vox_embed.field.measure import Setup, measure
    from vox_embed.field.sources import Source, audio_files, event_labels, read_negatives, read_positives
    from vox_embed.program.opened import read_vxm
    from vox_embed.program.vxm import Decision, read_sections
    from vox_embed.runs import open_model
    from vox_embed.runs.field import check_field, write_field
    from vox_embed.spec.model_format import SectionTag

    if positives is None and negatives is None:
        raise VoxError("there is nothing to play", "give --negatives, --positives, or both")
    found = find(model)
    path = found.need_model()
    opened: Model = open_model(path)
    data = read_vxm(path)
    background = Decision.from_section(read_sections(data)[SectionTag.DECISION]).background
    labels = event_labels(opened.labels, [opened.labels[i] for i in background])
    rows = conditions_of(where or [])
    around = Surroundings(noise=audio_files(noise) if noise else (), responses=rooms)
    folder = out or (found.folder or results_root() / found.name) / "field"
    check_field(folder)
    with Terminal() as terminal:
        result = measure(
            found.name,
            data,
            read_positives(positives, labels, rows) if positives else Source(()),
            read_negatives(negatives, labels, rows) if negatives else Source(()),
            Setup(around, conditions, jobs, worst=worst),
            terminal.task,
        )
        values = write_field(folder, result)
    if json:
        say_json(values)
        return
    _show(values)
    say(f"report: {folder / 'field.html'}")


def conditions_of(texts: list[str]) -> dict[str, str]:
    """`--where` as column -> value."""
    from vox_embed.experiment.errors import VoxError

    rows = {}
    for text in texts:
        column, equals, value = text.partition("=")
        if not (column and equals and value):
            raise VoxError(f"--where {text}: is not COLUMN=VALUE", "--where part=test")
        rows[column] = value
    return rows


def _show(values: Mapping[str, Any]) -> None:
    from vox_embed.cli.console import output
    from vox_embed.report.field_text import field_tables

    console = output()
    for table in field_tables(values):
        console.print(table)
    for note in values["notes"]:
        console.print(f"note: {note}")
