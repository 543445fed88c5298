"""`vox-embed calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vox_embed.cli.say import say, say_json

if TYPE_CHECKING:
    from vox_embed.runs.calibrate import Calibrated


def calibrate(  # noqa: PLR0917
    positives: Annotated[Path, typer.Option(help="As `field` takes them: every label that raises events.")],
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    negatives: Annotated[Path | None, typer.Option(help="As `field` takes them.")] = None,
    fa_per_hour: Annotated[
        float | None,
        typer.Option("--fa-per-hour", help="False accepts an hour that are wanted, of each label."),
    ] = None,
    miss_rate: Annotated[
        float | None, typer.Option("--miss-rate", help="Or: the share of words that may be missed, 0..1.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="COLUMN=VALUE: only rows that have it; may be given again.")
    ] = None,
    temperature: Annotated[
        bool, typer.Option("--temperature/--no-temperature", help="Fit the posteriors' temperature too.")
    ] = True,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes to use.", show_default="one a processor core")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The new .vxm; default: in place of the model.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Choose thresholds, smoothing and times of each label on development audio, and write them into the
    model.

    Example: vox-embed calibrate results/computer --fa-per-hour 0.5 --positives dev.csv --negatives talk/
    """

    from vox_embed.cli.field import conditions_of
    from vox_embed.cli.progress import Terminal
    from vox_embed.experiment.results import find
    from vox_embed.field.operating import Wanted
    from vox_embed.field.sources import Source, event_labels, read_negatives, read_positives
    from vox_embed.program.opened import read_vxm
    from vox_embed.program.vxm import Decision, read_sections
    from vox_embed.runs import open_model
    from vox_embed.runs.calibrate import calibrate as run
    from vox_embed.runs.calibrate import check_calibrated, write_calibrated
    from vox_embed.spec.model_format import SectionTag

    wanted = Wanted(fa_per_hour, miss_rate)
    path = find(model).need_model()
    opened = open_model(path)
    data = read_vxm(path)
    check_calibrated(out or path)
    background = Decision.from_section(read_sections(data)[SectionTag.DECISION]).background
    labels = event_labels(opened.labels, [opened.labels[i] for i in background])
    rows = conditions_of(where or [])
    with Terminal() as terminal:
        made = run(
            data,
            read_positives(positives, labels, rows),
            read_negatives(negatives, labels, rows) if negatives else Source(()),
            wanted,
            temperature=temperature,
            jobs=jobs,
            reporter=terminal,
        )
        write_calibrated(out or path, made)
    if json:
        say_json(made.to_dict())
        return
    _show(made)
    say(f"model: {out or path}")


def _show(made: Calibrated) -> None:
    from vox_embed.cli.console import output
    from vox_embed.report.field_text import operating_table

    console = output()
    console.print(operating_table(made.to_dict()))
    for note in made.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)
