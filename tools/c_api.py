"""The C API as a page, from the comments of the public headers: `python tools/c_api.py FILE`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEADERS = Path(__file__).parents[1] / "firmware" / "vox" / "include" / "vox"
FORMATS = {
    "model_format.h": "model-format.md",
    "link_format.h": "link-protocol.md",
    "messages.h": "link-protocol.md",
}
"""Headers that are made of the specification, and the page that has all of it."""
FIRST = ("listener.h", "model.h", "decision.h", "frontend.h", "functionals.h", "nn.h", "link.h", "status.h")
_COMMENT = re.compile(r"/\*(.*?)\*/", re.DOTALL)
_NAME = re.compile(r"\b(vox_\w+|VOX_\w+)\s*\(")


@dataclass(frozen=True)
class Entry:
    """A declaration or a few that belong together, and what the comment before them says."""

    names: tuple[str, ...]
    text: str
    code: str


def text_of(comment: str) -> str:
    """A comment without its signs; what is indented stays a block of code."""
    lines = [re.sub(r"^\s*\* ?", "", line).rstrip() for line in comment.strip().splitlines()]
    return "\n".join(lines).strip()


def head_of(source: str) -> str:
    """What the header says of itself."""
    found = _COMMENT.match(source)
    return text_of(found[1]) if found is not None else ""


def entries_of(source: str) -> Iterator[Entry]:
    """In their order."""
    found = _COMMENT.match(source)
    body = source[found.end() :] if found is not None else source
    body = re.sub(r'#ifdef __cplusplus\n(extern "C" \{|\})\n#endif\n', "", body)
    body = re.sub(r"^#(include|ifndef \w+_H|define \w+_H|endif).*\n", "", body, flags=re.MULTILINE)
    for block in _blocks(body):
        comment = _COMMENT.match(block)
        text = text_of(comment[1]) if comment is not None else ""
        code = (block[comment.end() :] if comment is not None else block).strip()
        code = _without_bodies(code)
        if code:
            yield Entry(_names(code), text, code)


def _blocks(body: str) -> Iterator[str]:
    """Parts with empty lines between them, outside of braces."""
    depth, part = 0, list[str]()
    for line in body.splitlines():
        if not line.strip() and depth == 0:
            if part:
                yield "\n".join(part)
            part = []
            continue
        part.append(line)
        plain = _COMMENT.sub("", line)
        depth += plain.count("{") - plain.count("}")
    if part:
        yield "\n".join(part)


def _without_bodies(code: str) -> str:
    """Inline functions end with their declaration."""
    return re.sub(r"\)\n\{.*?\n\}", ");", code, flags=re.DOTALL)


def _names(code: str) -> tuple[str, ...]:
    plain = _COMMENT.sub("", code)
    types = re.findall(r"\}\s*(\w+);", plain)
    macros = re.findall(r"^#define (\w+)", plain, re.MULTILINE)
    functions = [] if types else _NAME.findall(plain)
    return tuple(dict.fromkeys([*macros, *types, *functions]))


def page() -> str:
    """Markdown."""
    parts = [
        "# C API",
        'What `#include "vox/vox.h"` gives, as the headers in `firmware/vox/include/vox` say it; '
        "this page is made of them. The caller owns all memory; what can fail returns a negative "
        "`vox_status`, zero or a positive number is a result. Ten lines that listen: "
        "[From a model to a chip](targets.md).",
    ]
    rest = sorted(path.name for path in HEADERS.glob("*.h") if path.name not in (*FIRST, *FORMATS, "vox.h"))
    for name in (*FIRST, *rest):
        source = (HEADERS / name).read_text()
        parts += [f"## vox/{name}", _prose(head_of(source))]
        for entry in entries_of(source):
            if entry.names:
                parts.append("### " + ", ".join(entry.names[:4]) + (", ..." if len(entry.names) > 4 else ""))
            if entry.text:
                parts.append(_prose(entry.text))
            parts.append(f"```c\n{entry.code}\n```")
    lines = [f"- `vox/{name}`: [{place}]({place})" for name, place in FORMATS.items()]
    return "\n\n".join([*parts, "## Formats", "\n".join(lines)]) + "\n"


def _prose(text: str) -> str:
    """Markdown of a comment: names of arrays are no links, and stars are stars."""
    lines = [
        line if line.startswith("    ") else re.sub(r"([\[\]<>*_])", r"\\\1", line)
        for line in text.splitlines()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
