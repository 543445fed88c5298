"""What all pages share: the templates, the style sheet, and how they become text."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any


def page(name: str, filters: dict[str, Callable[..., Any]], **values: object) -> str:
    """The template `name` with these values, and `style` for the style sheet, as HTML text to be written as
    UTF-8: all strings escaped, a value that is not there is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters)
    text = environment.get_template(name).render(style=Markup(_template("style.css")), **values)
    # A file name that is no valid text must not stop a page from being written.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _template(name: str) -> str:
    return files("vox_embed.report").joinpath("templates", name).read_text(encoding="utf-8")
