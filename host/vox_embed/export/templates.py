"""The texts that exports fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vox_embed.gate.escape import finalize_for

FOLDER = Path(__file__).parent / "templates"


def render(name: str, /, **values: Any) -> bytes:
    """templates/<name>.jinja with every value filled in; a missing one is an error.

    Every text among the values is escaped for the language that the name tells; see `Code`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # C, make and Markdown, not HTML
        finalize=finalize_for(name),
    )
    return environment.get_template(f"{name}.jinja").render(**values).encode()


def copy(name: str) -> bytes:
    """templates/<name> as it is."""
    return (FOLDER / name).read_bytes()
