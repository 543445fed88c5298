"""Consoles of the commands: results on standard output, everything else on standard error.

Bars and screens are for terminals alone; what a pipe or a file gets has no control codes. `NO_COLOR` turns
styles off, `FORCE_COLOR` on where there is no terminal, `COLUMNS` sets the width of tables (see no-color.org,
force-color.org).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import IO, Any, Literal

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.status import Status
from rich.text import Text

from vox_embed.gate.text import visible_lines

WIDTH = 100
"""Columns of what is no terminal."""
_LEAST = 40


class SafeConsole(Console):
    """A console that shows every text as it is: no markup, no emoji codes, and nothing that a terminal obeys
    but what this program itself has it do (colours, bars)."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As Console, with U+FFFD for what cannot be read."""
        for segment in super().render(renderable, options):
            text = segment.text
            if segment.control or text == "\n" or text.isprintable():
                yield segment
            else:
                yield Segment(visible_lines(text), segment.style)

    def status(self, status: RenderableType, **settings: Any) -> Status:
        """As Console; a text is no markup."""
        return super().status(Text(status) if isinstance(status, str) else status, **settings)


def output(width: int = WIDTH) -> SafeConsole:
    """For results. width: where standard output is no terminal and COLUMNS is not set."""
    return _console(sys.stdout, width)


def messages() -> SafeConsole:
    """For progress, notes and errors."""
    return _console(sys.stderr, WIDTH)


def is_screen(stream: IO[str]) -> bool:
    """Whether a cursor can be moved there."""
    return stream.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def _console(stream: IO[str], width: int) -> SafeConsole:
    screen = is_screen(stream)
    columns = os.environ.get("COLUMNS", "")
    wished = int(columns) if columns.isdecimal() and len(columns) < 6 else None
    fixed = max(_LEAST, wished) if wished is not None else None if stream.isatty() else width
    console = SafeConsole(
        file=stream,
        force_terminal=screen,
        color_system=_colours(screen),
        width=fixed,
        # Labels and file names are shown as they are: `[b]` is no markup, `:cat:` no emoji, 7 no number.
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=True,
        # The width is decided above; Rich would take any number of digits.
        _environ={name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")},
    )
    console.width = max(console.width, _LEAST)
    return console


def _colours(screen: bool) -> Literal["auto", "standard"] | None:
    if os.environ.get("NO_COLOR"):
        return None
    if screen:
        return "auto"
    forced = os.environ.get("FORCE_COLOR", "").lower() not in ("", "0", "false")
    return "standard" if forced else None
