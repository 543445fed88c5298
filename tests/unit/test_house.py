"""The order of the rooms: a module imports only from its own room and from rooms below it."""

from __future__ import annotations

import ast
from pathlib import Path

import vox_embed

PACKAGE = Path(vox_embed.__file__).parent
FLOORS = [
    {"spec", "gate"},
    {"core"},
    {"experiment"},
    {"data"},
    {"features"},
    {"models"},
    {"program"},
    {"export", "device"},
    {"report", "field"},
    {"runs"},
    {"cli"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def imported(path: Path) -> set[str]:
    """Rooms that a file imports from; TYPE_CHECKING blocks count too."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
        rooms |= {name.split(".")[1] for name in names if name.startswith("vox_embed.")}
    return rooms


def test_every_room_has_a_floor() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms == set(FLOOR)


def test_imports_go_down() -> None:
    upward = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).parts
        if len(parts) == 1:
            continue
        room = parts[0]
        for other in sorted(imported(path) - {room}):
            if FLOOR[other] >= FLOOR[room]:
                upward.append(f"{'/'.join(parts)} imports {other}")
    assert not upward
