"""A picture in both themes, as a page holds it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from vox_embed.report.plots import Theme


@dataclass(frozen=True)
class Picture:
    """Base64 of PNG files."""

    light: str
    dark: str


def both_themes(make: Callable[[Theme], bytes | None]) -> Picture | None:
    """The picture of each theme; None where there is none to make."""
    light, dark = make("light"), make("dark")
    if light is None or dark is None:
        return None
    return Picture(base64.b64encode(light).decode("ascii"), base64.b64encode(dark).decode("ascii"))
