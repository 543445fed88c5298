"""The order of the rooms and modules: imports go down, in no circle; one name a thing."""

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
    {"report", "field", "learn"},
    {"explore"},
    {"runs"},
    {"cli"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
PLACE: dict[str, float] = FLOOR | {"version": -1, "api": FLOOR["runs"] + 0.5}
"""Of modules that stand in no room, too."""


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
            if PLACE[other] >= PLACE[room]:
                upward.append(f"{'/'.join(parts)} imports {other}")
    assert not upward


# ---- modules -----------------------------------------------------------------------------------------


def module_of(path: Path) -> str:
    parts = ("vox_embed", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def modules_imported(tree: ast.AST) -> set[str]:
    """Modules of the package that some code imports, inside functions and TYPE_CHECKING blocks too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & set(MODULES) or {node.module}
    return found & set(MODULES)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of names that reach each other."""
    reached = {name: set(others) for name, others in graph.items()}
    for middle, beyond in reached.items():
        for others in reached.values():
            if middle in others:
                others.update(beyond)
    groups = {frozenset(b for b in reached[a] if a in reached[b]) for a in reached if a in reached[a]}
    return sorted(sorted(group) for group in groups)


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d"}}) == [["b", "c"], ["d"]]


def test_modules_know_no_circle() -> None:
    graph = {
        name: modules_imported(ast.parse(path.read_text(encoding="utf-8"))) for name, path in MODULES.items()
    }
    assert sum(len(others) for others in graph.values()) > 500
    assert circles(graph) == []


def test_one_name_a_thing() -> None:
    """No package has a function or class under the name of one of its modules."""
    twice = []
    for name, path in MODULES.items():
        if path.name != "__init__.py":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module != name:
                twice += [f"{name}.{a.name}" for a in node.names if f"{name}.{a.asname or a.name}" in MODULES]
            elif isinstance(node, ast.FunctionDef | ast.ClassDef) and f"{name}.{node.name}" in MODULES:
                twice.append(f"{name}.{node.name}")
    assert not twice
