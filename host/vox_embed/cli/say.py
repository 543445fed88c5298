"""Plain lines and JSON: with cli/console.py the only way to the terminal.

Whatever is in a text, a file's name or a board's words among it, reaches the terminal as something to read.
"""

from __future__ import annotations

import json
from typing import Any

import typer

from vox_embed.gate.text import visible_lines


def say(text: str, *, error: bool = False) -> None:
    """Lines of text; error: on standard error."""
    typer.echo(visible_lines(text), err=error)


def say_json(value: Any, *, line: bool = False) -> None:
    """One JSON value on standard output, in ASCII. line: in one line, as one of many."""
    typer.echo(json.dumps(value, indent=None if line else 2))
