"""`vox-embed init`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from vox_embed.cli.say import say


def init(  # noqa: PLR0917
    data: Annotated[
        Path,
        typer.Argument(
            help="A table of recordings (CSV), or a folder with one folder a label.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The experiment file to write.")] = Path(
        "exp.yaml"
    ),
    target: Annotated[
        str | None, typer.Option(help="Column of the labels.", show_default="found by itself")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Of the experiment.", show_default="that of the data")
    ] = None,
    model: Annotated[
        Literal["network", "classic"] | None,
        typer.Option(
            help="For words: a network, which wants the extra `train`, or a model that does without.",
            show_default="network, of 600 recordings or more where that extra is installed",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Look at recordings and write an experiment file that trains, with comments on what to change.

    Example: vox-embed init recordings.csv --target emotion
    """
    import os

    from vox_embed.experiment.errors import VoxError
    from vox_embed.experiment.loader import load_experiment
    from vox_embed.experiment.needs import EXTRAS, lacking_packages
    from vox_embed.gate.files import write_atomic
    from vox_embed.runs.starting import FOR_NETWORK, look_at, starting_experiment

    if out.exists() and not force:
        raise VoxError(f"{out}: is there already", "choose another --out, or --force")
    look = look_at(data, target)
    called = name or _name_of(data)
    database = Path(os.path.relpath(data.resolve(), out.resolve().parent)).as_posix()
    enough = look.rows >= FOR_NETWORK and not lacking_packages(EXTRAS["train"])
    network = model == "network" or (model is None and enough)
    text = starting_experiment(look, called, database, network=network)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(out, text.encode())
    except OSError as error:
        raise VoxError(f"{out}: cannot be written: {error.strerror}", "choose another --out") from None
    load_experiment(out)
    what = "values" if look.number else "labels"
    say(f"{out}: {look.rows:,} recordings, {look.labels} {what} of `{look.target}`")
    say(f"next: vox-embed data {out}\n      vox-embed train {out}")


def _name_of(data: Path) -> str:
    """Letters without their marks, and what an experiment's name may have."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", data.resolve().stem)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-") or "experiment"
