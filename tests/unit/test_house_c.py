"""The C house: files include in one direction only, and variants of a kernel are chosen in one place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from vox_embed.device.boards import project_folder

FIRMWARE = project_folder() / "firmware"
LIBRARY = FIRMWARE / "vox"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
CORES = ("plain", "packed", "dsp", "mve")
FLOORS = [
    {"format"},
    {"decision", "frontend", "functionals", "link", "nn", "norm", "status"},
    {"classic", "trees"},
    {"program"},
    {"model"},
    {"listener"},
]
"""The rooms of firmware/vox/src, lowest first. A file includes from its own room and from those below."""
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
STANDS_FOR = {
    "crc32": "format",
    "frontend_batch": "frontend",
    "link_format": "format",
    "messages": "link",
    "model_format": "format",
    "model_view": "format",
    "status_text": "status",
    "status": "format",
    "vox": None,
}
"""Public headers that are not named after the room that they belong to; vox.h is all of them."""


def includes(files: Mapping[str, Path]) -> dict[str, set[str]]:
    """By the names that the files include each other with; what is not among them is left out."""
    return {
        name: {found for found in INCLUDE.findall(path.read_text(encoding="utf-8")) if found in files}
        for name, path in files.items()
    }


def units_of(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The same between units: x.c and x.h are one."""
    units: dict[str, set[str]] = {}
    for name, found in graph.items():
        unit = name.rpartition(".")[0]
        units.setdefault(unit, set()).update(other.rpartition(".")[0] for other in found)
    return {unit: found - {unit} for unit, found in units.items()}


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """A way from a node back to itself; empty where there is none."""
    done: set[str] = set()

    def walk(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return []
        for other in sorted(graph.get(node, ())):
            if found := walk(other, [*way, node]):
                return found
        done.add(node)
        return []

    return next((found for node in sorted(graph) if (found := walk(node, []))), [])


def library() -> dict[str, Path]:
    files = {
        path.relative_to(LIBRARY / "include").as_posix(): path for path in LIBRARY.glob("include/**/*.h")
    }
    files |= {path.relative_to(LIBRARY / "src").as_posix(): path for path in LIBRARY.glob("src/**/*.[ch]")}
    return files


def program() -> dict[str, Path]:
    return {path.name: path for path in (FIRMWARE / "app").glob("*.[ch]")}


def families() -> Iterator[tuple[str, dict[str, Path]]]:
    """The files of hal/ that a family is made of: its own, and those that families share."""
    shared = {path.name: path for path in (FIRMWARE / "hal").glob("*.[ch]")}
    for folder in sorted(path for path in (FIRMWARE / "hal").iterdir() if path.is_dir()):
        own = {path.name: path for suffix in ("*.[ch]", "*.cpp") for path in folder.glob(suffix)}
        yield folder.name, shared | own


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_files_of_the_library_know_no_circle() -> None:
    files = library()
    assert len(files) > 100
    assert circle(units_of(includes(files))) == []


def room_of(name: str) -> str | None:
    room, _, rest = name.partition("/")
    stem = rest.removesuffix(".h")
    return STANDS_FOR.get(stem, stem) if room == "vox" else room


def test_every_room_of_the_library_has_a_floor() -> None:
    files = library()
    rooms = {path.relative_to(LIBRARY / "src").parts[0] for path in (LIBRARY / "src").rglob("*.c")}
    assert rooms == set(FLOOR)
    assert {room_of(name) for name in files} - {None} == rooms
    assert all(f"vox/{stem}.h" in files for stem in STANDS_FOR)


def test_the_library_includes_downwards() -> None:
    upward = set()
    for name, found in includes(library()).items():
        room = room_of(name)
        for other in {room_of(header) for header in found} - {room}:
            if room is not None and (other is None or FLOOR[other] >= FLOOR[room]):
                upward.add((name, other))
    assert upward == set()


def test_files_of_the_device_program_know_no_circle() -> None:
    files = program()
    assert {"main.c", "state.h", "hal.h"} <= set(files)
    assert circle(units_of(includes(files))) == []


def test_nothing_below_knows_the_device_program() -> None:
    """The library and the hal; of the program the hal implements hal.h, and a sketch stands for main.c."""
    above = set(program()) - {"hal.h"}
    for name, path in library().items():
        assert not {"hal.h", *above} & set(INCLUDE.findall(path.read_text(encoding="utf-8"))), name
    for family, files in families():
        for name, path in files.items():
            if path.name != "sketch.cpp":
                assert not above & set(INCLUDE.findall(path.read_text(encoding="utf-8"))), f"{family}/{name}"


@pytest.mark.parametrize(
    ("family", "files"), list(families()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_files_of_a_chip_family_know_no_circle(family: str, files: dict[str, Path]) -> None:
    assert circle(units_of(includes(files))) == []


def test_headers_are_no_sources_in_disguise() -> None:
    """Functions in a header are inline; what is too long for that has a file of its own."""
    own = re.compile(r"^static (?!inline\b)[^=;]*\)\s*\{", re.MULTILINE)
    found = {
        name
        for name, path in library().items()
        if name.endswith(".h") and own.search(path.read_text("utf-8"))
    }
    assert found == set()


def test_variants_stand_in_rooms_and_are_chosen_in_one_header() -> None:
    """Outside of target.h and the cores' rooms no file of nn/ asks for a core's instructions."""
    asks = re.compile(r"^\s*#\s*(?:el)?if.*\b(VOX_NN_(?!\w*_H\b)\w+|VOX_PLAIN_C|__ARM_\w+)", re.MULTILINE)
    kernels = {name: path for name, path in library().items() if name.startswith("nn/")}
    rooms = {name.split("/")[1] for name in kernels if name.count("/") == 2}
    assert rooms == set(CORES)
    asking = {
        name
        for name, path in kernels.items()
        if name.count("/") == 1 and asks.search(path.read_text(encoding="utf-8"))
    }
    assert asking == {"nn/target.h"}


def test_a_room_includes_its_own_core_or_plain_ones() -> None:
    """mve/ stands on dsp/, since the one extension comes with the other; no other leans on another core."""
    allowed = {
        "plain": {"plain"},
        "packed": {"packed", "plain"},
        "dsp": {"dsp", "plain"},
        "mve": {"mve", "dsp", "plain"},
    }
    for name, found in includes(library()).items():
        if name.startswith("nn/") and name.count("/") == 2:
            cores = {
                other.split("/")[1] for other in found if other.startswith("nn/") and other.count("/") == 2
            }
            assert cores <= allowed[name.split("/")[1]], name
