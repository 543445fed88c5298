"""JSON from outside."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from vox_embed.gate.limits import JSON_DEPTH


def parse_json(text: str | bytes, most: int) -> Any:
    """The value that a text of at most `most` bytes (characters) stands for; ValueError where it is longer,
    no valid JSON, nested deeper than JSON_DEPTH, or holds NaN or an infinite number."""
    if len(text) > most:
        raise ValueError(f"it is longer than {most:,} bytes")
    try:
        text = text.decode() if isinstance(text, bytes) else text
        value = json.loads(text, parse_constant=_refused)
    except RecursionError:
        raise ValueError(f"nested deeper than {JSON_DEPTH}") from None
    _check_depth(value)
    return value


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(JSON_DEPTH):
        level = [
            item
            for inner in level
            if isinstance(inner, dict | list)
            for item in (inner.values() if isinstance(inner, dict) else inner)
        ]
        if not level:
            return
    raise ValueError(f"nested deeper than {JSON_DEPTH}")
