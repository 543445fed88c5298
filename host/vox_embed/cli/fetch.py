"""`vox-embed fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say, say_json


def fetch(
    what: Annotated[
        list[str],
        typer.Argument(help="pico-sdk, micropython, mbedtls, monocypher or rp2040js; `all` is all of them."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for sources; default: ~/.cache/vox-embed/src.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Bring sources that some boards need: the Pico's SDK, its emulator, MicroPython.

    From Debian's archive where apt is at hand, with git from their projects elsewhere; the emulator with npm.

    Example: vox-embed fetch rp2040js
    """
    from vox_embed.cli.console import messages
    from vox_embed.device.fetch import fetch_source, sources_of

    places = {}
    for source in sources_of(what):
        with messages().status(f"fetching {source.name}"):
            places[source.name] = fetch_source(source, out)
    if json:
        say_json({"fetched": {name: str(place) for name, place in places.items()}})
        return
    for name, place in places.items():
        say(f"{name}: {place}")
