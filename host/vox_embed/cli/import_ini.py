"""`vox-embed import-ini`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say


def import_ini(
    ini: Annotated[Path, typer.Argument(help="An experiment of Nkululeko.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The experiment file to write.")] = Path(
        "exp.yaml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
) -> None:
    """Turn a Nkululeko .ini into an experiment file.

    What cannot be carried over is listed with its line and what does the same here. Relative paths in the
    .ini start where this command is called, as they do for Nkululeko.

    Example: vox-embed import-ini emodb.ini --out emodb.yaml
    """
    from vox_embed.experiment.errors import VoxError
    from vox_embed.experiment.ini import carry_over
    from vox_embed.experiment.loader import load_experiment
    from vox_embed.gate.files import write_atomic

    grid = out.with_name("grid.yaml")
    carried = carry_over(ini, out)
    files = {out: carried.experiment} | ({grid: carried.grid} if carried.grid else {})
    for file in files:
        if file.exists() and not force:
            raise VoxError(f"{file}: is there already", "choose another --out, or --force")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            write_atomic(file, text.encode())
    except OSError as error:
        raise VoxError(f"{out}: cannot be written: {error.strerror}", "choose another --out") from None
    for message in carried.lost:
        say(message)
    load_experiment(out, expand=False)
    say(f"{out}: {'all of it' if not carried.lost else f'all but {len(carried.lost)} keys, see above'}")
    for command in carried.also:
        say(f"what it wrote besides: {command}")
    say(f"next: {carried.run}")
