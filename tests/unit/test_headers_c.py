"""What the comments of the C headers name exists: fields, and the parameters of the function that follows."""

from __future__ import annotations

import re
from pathlib import Path

from vox_embed.device.boards import project_folder

FIRMWARE = project_folder() / "firmware"
SOURCES = sorted(path for room in ("vox", "app", "hal") for path in (FIRMWARE / room).rglob("*.[ch]"))
HEADERS = [path for path in SOURCES if path.suffix == ".h"]
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
STRUCT = re.compile(r"\bstruct\s*\w*\s*\{([^{}]*)\}")
MEMBER = re.compile(r"\b([a-z_]\w*)(?:\.|->)([a-z_]\w*)\b")
NO_MEMBERS = {"c", "cpp", "h", "ld", "md", "mpy", "py", "tflite", "toml", "txt", "vxm", "wav", "yaml"}
"""What follows a point in the name of a file."""
TOLD = re.compile(r"(?:^|[.;] )([a-z_]\w*(?:, [a-z_]\w*)*): ")
"""`samples, count: ...` at the beginning of a sentence."""
DECLARED = re.compile(r"/\*((?:(?!\*/).)*)\*/\n((?:[^\n/#}][^\n]*\n)+)", re.DOTALL)
"""A comment and the declarations below it, up to an empty line."""


def fields(text: str) -> set[str]:
    """Of all structures in a text without comments."""
    found = set()
    for body in STRUCT.findall(text):
        for declaration in body.split(";"):
            found |= {
                name[1]
                for part in declaration.split(",")
                if (name := re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)*$", part.strip()))
            }
    return found


def strangers(text: str, known: set[str]) -> list[str]:
    """`object.field` in comments, of fields that no structure has."""
    comments = COMMENT.findall(text)
    members = [match for comment in comments for match in MEMBER.finditer(comment)]
    return [match[0] for match in members if match[2] not in known | NO_MEMBERS and match[0] != "e.g"]


def ghosts(text: str) -> list[str]:
    """Parameters that a comment explains and the functions below it do not have."""
    found = []
    for comment, block in DECLARED.findall(text):
        if re.match(r"[\w\s*]+\(", block) is None or block.startswith("typedef"):
            continue
        prose = re.sub(r"\n \*", " ", comment).strip()
        names = [name for group in TOLD.findall(prose) for name in group.split(", ")]
        code = block.split("{")[0]
        found += [f"{name}: {block.splitlines()[0]}" for name in names if not re.search(rf"\b{name}\b", code)]
    return found


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_search_finds_both_kinds() -> None:
    text = (
        "/* One. memory: 8 bytes. level: how loud. See app.count, app.c, app->size. */\nint f(int level);\n\n"
    )
    assert strangers(text, {"size"}) == ["app.count"]
    assert ghosts(text) == ["memory: int f(int level);"]
    assert fields("typedef struct { int a, *b; char c[4][N]; } f;") == {"a", "b", "c"}


def test_fields_that_comments_name_exist() -> None:
    known = set().union(*(fields(COMMENT.sub("", read(path))) for path in SOURCES))
    found = {path.relative_to(FIRMWARE).as_posix(): strangers(read(path), known) for path in SOURCES}
    assert len(found) > 150
    assert {path: names for path, names in found.items() if names} == {}


def test_parameters_that_comments_explain_exist() -> None:
    found = {path.relative_to(FIRMWARE).as_posix(): ghosts(read(path)) for path in HEADERS}
    assert len(found) > 80
    assert {path: names for path, names in found.items() if names} == {}
