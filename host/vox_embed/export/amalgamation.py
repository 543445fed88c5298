"""One header and one source out of the library's part that a model uses, for those who copy files.

Headers come where they are first included; a unit's own names get its name where another has them, too. The
text is otherwise the library's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

_TOKEN = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|(?:\.|->)?[A-Za-z_]\w*', re.DOTALL)
_INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')
_INCLUDES = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_GUARD = re.compile(r"#ifndef (\w+_H)\n#define \1\n")
_OWN = (
    re.compile(r"^(?:static|VOX_TEMPLATE)\b[^;={(]*?\b(\w+)(?=\(|\[| =|;)", re.MULTILINE),
    re.compile(r"^\} (\w+)(?:\[\w*\])?;", re.MULTILINE),
    re.compile(r"^(?:typedef )?(?:struct|union|enum) (\w+) \{", re.MULTILINE),
    re.compile(r"^typedef [^{}]*?\(?\*?\b(\w+)\)?(?:\([^)]*\))?;", re.MULTILINE),
)
_PROTOTYPE = re.compile(r"^(?!static|typedef)[a-z][\w ]*?[ *](\w+)\([^;{]*\);", re.MULTILINE)
_ENUM = re.compile(r"^(?:typedef )?enum \w*\s?\{(.*?)\}", re.MULTILINE | re.DOTALL)
_STRUCT = re.compile(r"^(?:typedef )?(?:struct|union)[^;{]*\{.*?^\}", re.MULTILINE | re.DOTALL)
_MEMBER = re.compile(r"[;,\[)]")
_MACRO = re.compile(r"^#\s*define (\w+)", re.MULTILINE)


def amalgamated(files: Mapping[str, bytes], tables: str) -> dict[str, bytes]:
    """vox.h and vox.c. files: path below include/ and src/ -> content. tables: text of kernels.c."""
    texts = {path: data.decode() for path, data in files.items()}
    headers = {p.removeprefix("include/").removeprefix("src/"): t for p, t in texts.items() if p[-2:] == ".h"}
    units = {path.removeprefix("src/"): text for path, text in sorted(texts.items()) if path[-2:] == ".c"}
    units["kernels.c"] = tables
    headers, units = _told_apart(headers, units)
    public = sorted(name for name in headers if name.startswith("vox/") and name != "vox/vox.h")
    face = _Text(headers)
    face.line("/* The library's public headers in one. Made by vox-embed. */")
    face.line("#ifndef VOX_ALL_H\n#define VOX_ALL_H")
    for name in public:
        face.include(name)
    face.line("#endif")
    body = _Text(headers, face)
    body.line("/* The library's sources in one, as far as the model uses them. Made by vox-embed. */")
    body.line('#include "vox.h"')
    body.line("#if defined(__clang__) /* of what headers offer, not all is used */")
    body.line('#pragma clang diagnostic ignored "-Wunused-function"')
    body.line("#endif")
    seen = Counter(word for text in (*units.values(), *headers.values()) for word in _words(text))
    for path, text in units.items():
        prefix = re.sub(r"\W", "_", path.removesuffix(".c"))
        clashing = {name: f"{prefix}_{name}" for name in _names(text) if seen[name] > 1}
        body.line(f"\n/* ---- {path} ---- */")
        body.text(_renamed(text, clashing))
        for macro in dict.fromkeys(_MACRO.findall(text)):
            body.line(f"#undef {macro}")
    return {"vox.h": face.result(), "vox.c": body.result()}


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_COMMENT.sub("", text)))


def _told_apart(headers: dict[str, str], units: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """With names that two headers have, which no unit includes both, changed in one of them and its users."""
    reach = {name: _reached(text, headers) for name, text in units.items()}
    having: dict[str, list[str]] = {}
    for name, text in sorted(headers.items()):
        bare = _COMMENT.sub("", text)
        for own in _names(text) | set(_PROTOTYPE.findall(bare)):
            having.setdefault(own, []).append(name)
    changes: dict[str, dict[str, str]] = {}
    for own, places in sorted(having.items()):
        for place in places[1:]:
            if not any({places[0], place} <= found for found in reach.values()):
                changes.setdefault(place, {})[own] = f"{re.sub(r'[^a-z0-9]', '_', place[:-2])}_{own}"
    if not changes:
        return headers, units

    def changed(name: str, text: str) -> str:
        for place in {name, *_reached(text, headers)} & changes.keys():
            text = _renamed(text, changes[place])
        return text

    return (
        {name: changed(name, text) for name, text in headers.items()},
        {name: changed(name, text) for name, text in units.items()},
    )


def _reached(text: str, headers: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    waiting = [text]
    while waiting:
        for name in _INCLUDES.findall(waiting.pop()):
            if name in headers and name not in found:
                found.add(name)
                waiting.append(headers[name])
    return found


def _names(text: str) -> set[str]:
    """What a unit has for itself alone."""
    bare = _COMMENT.sub("", text)
    found = {name for pattern in _OWN for name in pattern.findall(bare)}
    for body in _ENUM.findall(bare):
        found |= {part.split("=")[0].strip() for part in body.split(",")} - {""}
    return found


def _renamed(text: str, names: Mapping[str, str]) -> str:
    bodies = [found.span() for found in _STRUCT.finditer(text)]

    def named(found: re.Match[str]) -> str:
        word = found.group()
        inside = any(start < found.start() < end for start, end in bodies)
        if inside and _MEMBER.match(text, found.end()):  # a member may have a function's name
            return word
        return names.get(word, word)

    return _TOKEN.sub(named, text)


class _Text:
    """What is written so far, and which headers need not come again."""

    def __init__(self, headers: Mapping[str, str], before: _Text | None = None) -> None:
        self._headers = headers
        self._done: set[str] = set(before._done) if before else set()
        self._lines: list[str] = []
        self._depth = 0
        """Of conditions: what comes in one may have to come again."""

    def line(self, text: str) -> None:
        self._lines.append(text)

    def text(self, text: str, within: str = "") -> None:
        """A file's text; within: the header that it is."""
        for line in text.splitlines():
            found = _INCLUDE.match(line)
            if found:
                self.include(found[1] if within else self._chosen(found[1]))
                continue
            stripped = line.lstrip()
            if stripped.startswith("#if"):
                self._depth += 1
            elif stripped.startswith("#endif"):
                self._depth -= 1
            self.line(line)

    def _chosen(self, name: str) -> str:
        """In place of a core's header, room/core/x.h, the one that chooses, room/x.h."""
        room, *core, last = name.split("/")
        chooser = f"{room}/{last}"
        return chooser if core and chooser in self._headers else name

    def include(self, name: str) -> None:
        if name in self._done:
            return
        text = self._headers[name]
        guard = _GUARD.search(text)
        if guard and self._depth == 0:
            self._done.add(name)
        if guard:  # its own condition is none
            self._depth -= 1
        self.text(text, name)
        if guard:
            self._depth += 1

    def result(self) -> bytes:
        return ("\n".join(self._lines) + "\n").encode()
