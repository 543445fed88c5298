"""An .ini with the line of every key, and its values as the Python words they are written in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import EXPERIMENT_BYTES
from vox_embed.gate.text import shown

_SECTION = re.compile(r"\[([^\]]+)\]\s*([#;].*)?")
_PAIR = re.compile(r"([^=:\s][^=:]*?)\s*[=:]\s*(.*)")
_WORDS = {"true": True, "false": False, "none": None}


@dataclass(frozen=True)
class Entry:
    """A key of an .ini: its section in capitals, the key in small letters, its value, and where it stands."""

    section: str
    key: str
    value: Any
    text: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: [{self.section}] {self.key}"


@dataclass
class Ini:
    """The keys of a file, which are taken one by one; what is left at the end has no place."""

    file: Path
    entries: list[Entry]
    taken: set[int] = field(default_factory=set)

    def entry(self, section: str, key: str) -> Entry | None:
        """The key, which counts as taken; the last one where there are several."""
        found = None
        for i, entry in enumerate(self.entries):
            if entry.section == section and entry.key == key:
                self.taken.add(i)
                found = entry
        return found

    def value(self, section: str, key: str, default: Any = None) -> Any:
        """Of the key; `default` where there is none."""
        found = self.entry(section, key)
        return default if found is None else found.value

    def left(self) -> Iterator[Entry]:
        """Keys that nobody has taken."""
        return (entry for i, entry in enumerate(self.entries) if i not in self.taken)


def read_ini(path: Path, section: str = "") -> Ini:
    """Read an .ini. section: of the keys before the first section's name. VoxError with the line."""
    try:
        text = read_text(path, EXPERIMENT_BYTES)
    except OSError as error:
        raise VoxError(f"{path}: {error.strerror or 'no such file'}") from None
    entries: list[Entry] = []
    for number, line, following in _lines(text):
        header = _SECTION.fullmatch(line)
        if header is not None:
            section = header[1].strip().upper()
            continue
        pair = _PAIR.fullmatch(line)
        if pair is None:
            raise VoxError(f"{path}:{number}: `{shown(line)}` is neither a section nor key = value")
        if not section:
            raise VoxError(f"{path}:{number}: a key before any section", "begin with [EXP]")
        value = " ".join([pair[2], *following]).strip()
        entries.append(Entry(section, pair[1].strip().lower(), _value(value), value, str(path), number))
    return Ini(path, entries)


def _lines(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Number, line, and the indented lines that go on with it; without comments and empty lines."""
    kept: list[tuple[int, str, list[str]]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if raw[0] in " \t" and kept and not _SECTION.fullmatch(kept[-1][1]) and _open(kept[-1]):
            kept[-1][2].append(line)
        else:
            kept.append((number, line, []))
    yield from kept


def _open(line: tuple[int, str, list[str]]) -> bool:
    """Whether a bracket of the value is not closed yet, or the value has not begun."""
    text = " ".join([line[1], *line[2]])
    value = text.partition("=")[2].strip()
    return not value or any(text.count(a) > text.count(b) for a, b in ("[]", "{}", "()"))


def _value(text: str) -> Any:
    """Lists, mappings, numbers and quoted texts as Python reads them; anything else is the text itself."""
    text = re.sub(r"\s+[#;].*$", "", text) if text[:1] not in ("'", '"') else text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    if text.startswith("[") and text.endswith("]"):  # [train, other]: words without quotes
        inner = [item.strip().strip("'\"") for item in text[1:-1].split(",")]
        if all(re.fullmatch(r"[\w .-]+", item) for item in inner):
            return inner
    return text
