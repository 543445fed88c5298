"""What stands in a cell of a table: its text, a number, a number of seconds, or nothing."""

from __future__ import annotations

import re
import unicodedata

NO_TIME = frozenset({"", "nan", "nat", "na", "n/a", "none", "null"})
"""Cells of `start` and `end` that say nothing, in lower case. Elsewhere only an empty cell says nothing."""

_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_WITH_UNIT = re.compile(r"(?P<number>[-+.0-9eE]+?)\s*(?P<unit>ms|s|min|h)")
_CLOCK = re.compile(
    r"((?P<days>[0-9]+) days? )?(?P<h>[0-9]+):(?P<min>[0-5][0-9]):(?P<s>[0-5][0-9](\.[0-9]+)?)"
)
_SECONDS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "days": 86400.0}


def number_of(cell: object) -> float | None:
    """The number that a cell is, written with a decimal point; None for any other text, such as `0,9`,
    `nan`, `inf` or `1_000`."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return None
    text = cell if isinstance(cell, str) else repr(cell)
    return float(text) if _NUMBER.fullmatch(text) else None


def seconds_of(cell: str) -> float | None:
    """Seconds: `1.5`, `1500 ms`, `2 min`, `00:01:30.5` or, as audformat writes it, `0 days 00:00:01.5`; None
    for any other text."""
    plain = number_of(cell)
    if plain is not None:
        return plain
    if found := _WITH_UNIT.fullmatch(cell):
        number = number_of(found["number"])
        return None if number is None else number * _SECONDS[found["unit"]]
    if found := _CLOCK.fullmatch(cell):
        return sum(float(found[unit] or 0) * _SECONDS[unit] for unit in ("days", "h", "min", "s"))
    return None


def looks_like(cell: str) -> str:
    """Equal for texts that a reader would take for one another: those that differ in case, blanks or
    compatible forms of characters only."""
    folded = unicodedata.normalize("NFKC", cell).casefold()
    return "".join(folded.split())
