"""Patterns of file names: `{speaker}-{gender}-{age}` says what the parts of a name mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vox_embed.gate.text import shown

_FIELD = re.compile(r"\{([^{}]*)\}")
_MOST = 64  # fields


@dataclass(frozen=True)
class NamePattern:
    """A pattern that was read. columns: the names in it, in their order. levels: folders that it names,
    too. whole: it names the suffix of the file, too."""

    text: str
    columns: tuple[str, ...]
    levels: int
    whole: bool
    matcher: re.Pattern[str]

    def read(self, file: str) -> dict[str, str] | None:
        """The columns of a file, whose folders are divided by `/`; None where the name does not fit."""
        found = self.matcher.fullmatch(self.part(file))
        if found is None:
            return None
        return {name: found[f"c{i}"].strip() for i, name in enumerate(self.columns)}

    def part(self, file: str) -> str:
        """What of a file's path is compared with the pattern."""
        part = "/".join(file.split("/")[-1 - self.levels :])
        folder, slash, name = part.rpartition("/")
        stem = name if self.whole or "." not in name[1:] else name[: name.rindex(".")]
        return folder + slash + stem


def read_pattern(text: str) -> NamePattern:
    """Reads `{name}`, `{name:2}` (so many characters), `{}` or `{_}` (anything), and text between them.

    A field holds at least one character, no `/`, and nothing that stands beside it in the pattern, so that
    a name fits in one way only. ValueError where a pattern would leave that open, or names no column.
    """
    pieces = _FIELD.split(text)
    literals, fields = pieces[::2], [_field(piece) for piece in pieces[1::2]]
    for literal in literals:
        if "{" in literal or "}" in literal:
            raise ValueError("a brace is not closed, or not opened")
    names = [name for name, _ in fields if name]
    if not names:
        raise ValueError("it names no column: write for example {speaker}-{label}")
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise ValueError(f"`{{{double}}}` is there twice")
    if len(fields) > _MOST:
        raise ValueError(f"{len(fields)} fields; at most {_MOST} are read")
    _check_apart(literals, fields)
    made, number = re.escape(literals[0]), 0
    for i, (name, width) in enumerate(fields):
        beside = [re.escape(one) for one in (literals[i], literals[i + 1]) if one.strip("/")]
        tempered = f"(?!{'|'.join(beside)})" if beside else ""
        body = f"[^/]{{{width}}}" if width else f"(?:{tempered}[^/])+"
        made += (f"(?P<c{number}>{body})" if name else f"(?:{body})") + re.escape(literals[i + 1])
        number += bool(name)
    return NamePattern(
        text, tuple(names), text.count("/"), "." in literals[-1].rpartition("/")[2], re.compile(made)
    )


def _field(text: str) -> tuple[str, int]:
    """Its name, empty for one that is skipped, and the number of its characters, 0 for any."""
    name, colon, width = text.partition(":")
    name = name.strip()
    if colon and not (width.isdecimal() and width.isascii() and 1 <= int(width[:4]) <= 255):
        raise ValueError(f"`{{{shown(text)}}}`: behind the colon stands a number of characters, 1 to 255")
    if name == "file":
        raise ValueError("`{file}` is the name as a whole; call the part something else")
    return "" if name == "_" else name, int(width) if colon else 0


def _check_apart(literals: list[str], fields: list[tuple[str, int]]) -> None:
    """Two fields of any length need a text between them."""
    open_field: str | None = None
    for i, (name, width) in enumerate(fields):
        if literals[i]:
            open_field = None
        if width:
            continue
        if open_field is not None:
            raise ValueError(
                f"where `{{{open_field}}}` ends and `{{{name}}}` begins is left open: put the text between "
                f"them that stands in the names, or give one a length, as in {{{open_field or '_'}:2}}"
            )
        open_field = name
