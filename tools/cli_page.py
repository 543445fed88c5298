"""Every command and option as a page: `python tools/cli_page.py FILE`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from vox_embed.cli.main import app


def commands(command: Any = None, name: str = "vox-embed") -> Iterator[tuple[str, Any]]:
    """Each that can be typed, with what is typed."""
    command = typer.main.get_command(app) if command is None else command
    inner = getattr(command, "commands", {})
    if not inner or command.invoke_without_command:
        yield name, command
    for word, one in inner.items():
        if not one.hidden:
            yield from commands(one, f"{name} {word}")


def page() -> str:
    """Markdown."""
    parts = [
        "# Command line",
        "Every command with its options, as `--help` says them; this page is made of the same source. "
        "`vox-embed COMMAND --help` shows one in the terminal.",
    ]
    for name, command in commands():
        parts += [f"## {name}", _prose(inspect.cleandoc(command.help or ""))]
        rows = list(_rows(command))
        if rows:
            parts.append("\n".join(["| what is typed | what it does |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _rows(command: Any) -> Iterator[str]:
    for one in command.params:
        if one.name == "help" or getattr(one, "hidden", False):
            continue
        typed = (
            " ".join(f"`{word}`" for word in (*one.opts, *one.secondary_opts))
            if one.param_type_name == "option"
            else f"`{one.name}`"
        )
        yield f"| {typed} | {_cell(getattr(one, 'help', None) or '')} |"


def _prose(text: str) -> str:
    """Paragraphs; examples as code."""
    lines = []
    for line in text.replace("\b", "").splitlines():
        head, found, example = line.partition("Example: ")
        lines.append(f"{head}Example: `{example.strip()}`" if found else line)
        if not found:
            lines[-1] = line.replace("_", "\\_")
    return "\n".join(lines).replace("<", "&lt;")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
