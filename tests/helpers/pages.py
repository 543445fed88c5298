"""The commands of the documents: those of blocks, and those in the midst of a sentence or table, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {path.stem: path for path in sorted((ROOT / "docs").glob("*.md"))}
PAGES["README"], PAGES["docs/README"] = ROOT / "README.md", PAGES["README"]
PAGES["CONTRIBUTING"] = ROOT / "CONTRIBUTING.md"
PAGES["package"] = ROOT / "host" / "README.md"

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_PROGRAMS = (
    "vox-embed", "make", "python", "python3", "pip", "pio", "cmake", "pytest", "sudo", "cp", "cd",
    "tools/", "bench/",
)  # fmt: skip
_SETTING = re.compile(r"^(?:[A-Z_]+=\S+ +)+")


@dataclass(frozen=True)
class Command:
    """One command as it is typed."""

    page: str
    text: str
    """Without prompt and comment."""
    in_block: bool


def _is_command(text: str) -> bool:
    first = _SETTING.sub("", text).partition(" ")[0]
    return first in _PROGRAMS or any(first.startswith(p) for p in _PROGRAMS if p.endswith("/"))


def _without_comment(line: str) -> str:
    """What stands before a # that is not quoted."""
    quote = ""
    for at, sign in enumerate(line):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign == "#" and (at == 0 or line[at - 1] == " "):
            return line[:at].strip()
    return line.strip()


def _of_block(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        typed = _without_comment(line.strip().removeprefix("$ "))
        if _is_command(typed):
            yield typed


def _of_sentence(text: str) -> Iterator[str]:
    for found in _INLINE.finditer(text):
        typed = found[1].strip()
        if _is_command(typed) and len(_SETTING.sub("", typed).split()) > 1:
            yield typed


def commands_of(page: str) -> list[Command]:
    """Each once."""
    text, found, at = PAGES[page].read_text(encoding="utf-8"), dict[str, Command](), 0
    for block in _BLOCK.finditer(text):
        _take(found, page, text[at : block.start()])
        if block[1] in ("", "console", "sh", "bash", "text"):
            for typed in _of_block(block[2]):
                found.setdefault(typed, Command(page, typed, True))
        at = block.end()
    _take(found, page, text[at:])
    return list(found.values())


def _take(found: dict[str, Command], page: str, text: str) -> None:
    indented = [line for line in text.splitlines() if line.startswith("    ")]
    for typed in _of_block("\n".join(indented)):
        found.setdefault(typed, Command(page, typed, True))
    for typed in _of_sentence("\n".join(line for line in text.splitlines() if not line.startswith("    "))):
        found.setdefault(typed, Command(page, typed, False))


def files_of(page: str) -> dict[str, str]:
    """Files that a page shows whole: a block whose first line is a comment with the name."""
    text = PAGES[page].read_text(encoding="utf-8")
    named = re.findall(r"^```\w+\n# (\S+\.(?:yaml|ini))\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return dict(named)
