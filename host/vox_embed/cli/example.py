"""`vox-embed example`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say, say_json


def example(
    out: Annotated[Path, typer.Argument(help="Folder to make.")] = Path("example"),
    force: Annotated[bool, typer.Option("--force", help="Replace the folder, whatever it holds.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Put a small experiment here: three words in 160 clips, exp.yaml, a trained model.

    The examples of the other commands use it.

    Example: vox-embed example
    """
    from vox_embed.experiment.example import copy_example

    folder = copy_example(out, force=force)
    if json:
        say_json({"folder": str(folder)})
        return
    say(f"{folder}: exp.yaml, model.vxm, table.csv, clips")
    say(f"next: vox-embed train {folder}/exp.yaml")
