"""`vox-embed size --untrained`: what networks will take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vox_embed.cli.say import say_json
from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    from vox_embed.runs.untrained import Foreseen


def show_untrained(
    experiment: Path | None,
    file: Path | None,
    target: str,
    vary: Sequence[str],
    changes: Sequence[str],
    *,
    json: bool,
) -> None:
    """A row for every setting."""
    from vox_embed.cli.console import messages
    from vox_embed.experiment import load_experiment
    from vox_embed.experiment.wakeword_file import refuse_detector
    from vox_embed.runs.bench.settings import grid_of, settings_of
    from vox_embed.runs.untrained import foresee

    if file is not None or experiment is None:
        raise VoxError(
            "--untrained needs an experiment file, or the folder that holds exp.yaml",
            "size exp.yaml --untrained",
        )
    refuse_detector(experiment)
    if vary:
        settings, notes = settings_of(experiment, grid_of(vary), changes)
        named = [(one.title, one.experiment) for one in settings]
    else:
        one = load_experiment(experiment, changes=tuple(changes))
        named, notes = [(one.name, one)], []
    console = messages()
    for note in notes:
        console.print(note)
    with console.status(f"building and counting for {target}"):
        rows = foresee(named, target)
    if json:
        say_json({"target": target, "settings": [row.to_dict() for row in rows]})
        return
    _show(rows, target)


def _show(rows: Sequence[Foreseen], target: str) -> None:
    from rich.table import Table

    from vox_embed.cli.console import output

    console = output()
    table = Table(box=None, pad_edge=False)
    table.add_column("", overflow="fold")
    for head in ("flash", "of it model", "RAM of the model", "instructions/s", "real time"):
        table.add_column(head, justify="right")
    for row in rows:
        counted = "not counted" if row.per_second is None else f"{row.per_second / 1e6:.2f} M"
        table.add_row(
            row.title,
            f"{row.flash:,} B",
            f"{row.model:,} B",
            f"{row.ram:,} B",
            counted,
            "not known" if row.share is None else f"{100 * row.share:.1f} %",
            style=None if row.fits else "red",
        )
    console.print(table)
    last = rows[0]
    limit = f"{last.flash_limit:,} B of flash" if last.flash_limit else "any flash"
    console.print(f"{target}: {limit}, {last.ram_limit:,} B of RAM set aside for a model")
    for row in rows:
        if not row.fits:
            console.print(f"does not fit: {row.title}")
