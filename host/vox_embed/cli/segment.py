"""`vox-embed segment`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from vox_embed.cli.say import say, say_json


def segment(  # noqa: PLR0917
    recordings: Annotated[
        Path, typer.Argument(help="A recording, a folder of them, or a table with `file`.")
    ],
    out: Annotated[
        Path, typer.Option(help="Table of the pieces: file, start, end, and the source's columns.")
    ] = Path("segments.csv"),
    method: Annotated[
        Literal["energy", "silero"],
        typer.Option(
            help="`energy`: louder than the recording's noise; `silero`: a network that knows speech."
        ),
    ] = "energy",
    min_length: Annotated[float, typer.Option(min=0.02, help="Seconds: shorter pieces are left out.")] = 0.3,
    max_length: Annotated[
        float, typer.Option(min=0.1, help="Seconds: longer pieces are cut where they are quietest.")
    ] = 15.0,
    min_pause: Annotated[float, typer.Option(min=0.0, help="Seconds: shorter pauses cut nothing.")] = 0.3,
    padding: Annotated[float, typer.Option(min=0.0, help="Seconds kept on both sides.")] = 0.1,
    speakers: Annotated[
        int | None,
        typer.Option(
            min=0, help="Guess who speaks: so many speakers; 0: as many as are found.", show_default=False
        ),
    ] = None,
    embedding: Annotated[
        str | None,
        typer.Option(
            help="Network that tells speakers apart, as features.model; default: MFCCs.", show_default=False
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Cut recordings into the pieces in which somebody speaks.

    The table that comes out is a database: name it in an experiment. With --speakers each piece gets a
    speaker, by how it sounds: a guess, good enough to keep voices apart in splits, not to know people by.

    Example: vox-embed segment example/clips --out pieces.csv --speakers 2
    """
    from vox_embed.cli.progress import Terminal
    from vox_embed.data.segmenting import Limits
    from vox_embed.experiment import VoxError
    from vox_embed.runs.segment import segment as run

    if min_length > max_length:
        raise VoxError(f"--min-length {min_length:g} is above --max-length {max_length:g}")
    if embedding is not None and speakers is None:
        raise VoxError("--embedding tells speakers apart", "give --speakers 0, or their number")
    limits = Limits(min_length, max_length, min_pause, padding)
    with Terminal() as terminal:
        found = run(recordings, out, method, limits, terminal, speakers=speakers, embedding=embedding)
    spoken, total = found.seconds
    if json:
        say_json(
            {
                "table": str(found.file),
                "pieces": found.pieces,
                "seconds": spoken,
                "of": total,
                "speakers": found.speakers or None,
            }
        )
        return
    who = f", {found.speakers} speaker{'s' if found.speakers > 1 else ''}" if found.speakers else ""
    say(f"{found.pieces} pieces{who}: {spoken:.1f} s of {total:.1f} s")
    say(f"table: {found.file}")
