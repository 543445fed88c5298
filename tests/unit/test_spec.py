"""One specification: kept files are what firmware/vox/spec makes, and nothing says it a second time."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from vox_embed.device.boards import project_folder
from vox_embed.spec import link, model_format, operators
from vox_embed.spec.record import Record

ROOT = project_folder()
sys.path.insert(0, str(ROOT / "tools"))

from generate_spec import generated  # noqa: E402
from spec.items import Codes, Constants  # noqa: E402
from spec.outputs import HEADERS, MICROPYTHON, ORDER, STATUS_TEXT  # noqa: E402
from spec.read import Reader, read_spec  # noqa: E402

SPEC = read_spec(ROOT / "firmware" / "vox" / "spec", ORDER)
MARK = "Generated from firmware/vox/spec"
RECORDS = sorted(
    (
        member
        for module in (model_format, operators, link)
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Record) and member is not Record and member.__module__ == module.__name__
    ),
    key=lambda record: record.__qualname__,
)


def test_kept_files_are_what_the_spec_makes() -> None:
    made = generated()
    assert {f"firmware/vox/{header.path}" for header in HEADERS} < set(made)
    other = [path for path, text in made.items() if (ROOT / path).read_text(encoding="utf-8") != text]
    assert not other, f"run python tools/generate_spec.py: {other}"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__qualname__)
def test_records_come_back_as_they_were_packed(record: type[Record]) -> None:
    rng = np.random.default_rng(len(record.__qualname__))
    data = bytes(rng.integers(0, 127, record.SIZE, dtype=np.uint8))
    value = record.unpack(b"xyz" + data, 3)
    packed = value.pack()
    assert len(packed) == record.SIZE
    assert record.unpack(packed) == value
    reserved = [i for i in range(record.SIZE) if packed[i] != data[i]]
    assert all(packed[i] == 0 for i in reserved)


def test_tables_of_records() -> None:
    assert np.dtype(operators.TreeNode.columns()).itemsize == operators.TreeNode.SIZE == 8
    rows = operators.Tree.unpack_all(bytes(range(32)), 2, 8)
    assert [row.nodes for row in rows] == [0x0908, 0x1110]


REFUSED = {
    "padding": 'fields = [["u8", "a", ""], ["u16", "b", ""]]\nbytes = 3',
    "size": 'fields = [["u8", "a", ""]]\nbytes = 2',
    "end": 'fields = [["u32", "a", ""], ["u16", "b", ""]]\nbytes = 6',
    "type": 'fields = [["u64", "a", ""]]\nbytes = 8',
    "twice": 'prefix = "X_"\ncodes = [["A", 1, ""], ["B", 1, ""]]',
    "key": 'title = "x"\ntilte = "y"',
    "constant": 'constants = [["A", "B + 1", ""]]',
    "tag": 'prefix = "X_"\ntags = [["A", "LONGER", "", ""]]',
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_spec_that_could_mean_two_things_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    path.write_text(f"[item]\n{REFUSED[name]}\n")
    with pytest.raises(ValueError, match=r"some\.toml, \[item\]: "):
        Reader().read(path)


# ---- no second list ---------------------------------------------------------------------------------------


def macros() -> set[str]:
    names = set()
    for file in SPEC.values():
        for item in file.items:
            if isinstance(item, Constants | Codes):
                prefix = item.prefix if isinstance(item, Codes) else ""
                names |= {f"VOX_{prefix}{row.name}" for row in item.rows}
    return names


CODES = [item for file in SPEC.values() for item in file.items if isinstance(item, Codes) and item.prefix]
PREFIXES = ("VOX_MSG_", "VOX_SECTION_", "VOX_ERR_", *(f"VOX_{item.prefix}" for item in CODES))
FIELDS = {"code", "kind", "type", "mode", "flags", "leaf_kind", "clip_mode", "stream_mode", "status"}
C_COMPARED = re.compile(r"(?:->|\.)(\w+)\s*[=!]=\s*(\d+)")


def second_lists_in_c(text: str) -> Iterator[str]:
    """Macros that the spec has or should have, and codes compared with numbers."""
    for name in re.findall(r"^\s*#\s*define\s+(VOX_\w+)", text, re.MULTILINE):
        if name in macros() or (name.startswith(PREFIXES) and not name.endswith("_H")):
            yield f"#define {name}"
    for field, number in C_COMPARED.findall(text):
        if field in FIELDS and number != "0":
            yield f"{field} == {number}"


def second_lists_in_python(text: str) -> Iterator[str]:
    """Tags, layouts, and codes as numbers."""
    tags = {str(tag) for tag in model_format.SectionTag}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and node.value in tags:
            yield f"line {node.lineno}: the tag {node.value}"
        if isinstance(node, ast.Call) and _is_struct(node.func) and node.args:
            layout = node.args[0]
            if isinstance(layout, ast.Constant) and isinstance(layout.value, str):
                yield f"line {node.lineno}: the layout {layout.value}"
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute):
            numbers = [c.value for c in node.comparators if isinstance(c, ast.Constant)]
            if node.left.attr in FIELDS and any(type(n) is int and n != 0 for n in numbers):
                yield f"line {node.lineno}: {node.left.attr} is compared with {numbers}"
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            if node.targets[0].id == "code" and isinstance(value, ast.Constant) and type(value.value) is int:
                yield f"line {node.lineno}: code = {value.value}"


def _is_struct(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "struct"
    )


OTHER_FORMATS = {
    "data/piped.py": "RIFF",
    "data/wave.py": "RIFF",
    "device/flash.py": "the header of a model's slot in flash, which the flashed Pico of the tests reads",
    "device/measure/elf.py": "ELF",
    "device/uf2.py": "UF2",
    "features/tables.py": "tables of one type",
    "gate/arrays.py": "what an estimator has learned, on the host only",
}


def hand_written(folder: str, *suffixes: str) -> list[Path]:
    paths = (path for path in (ROOT / folder).rglob("*") if path.suffix in suffixes)
    return sorted(path for path in paths if MARK not in path.read_text(encoding="utf-8", errors="replace"))


def test_no_second_list_in_c() -> None:
    paths = [*hand_written("firmware", ".c", ".h"), *hand_written("host/native", ".cpp", ".h")]
    paths += hand_written("micropython/natmod", ".c", ".h")
    assert len(paths) > 100 and ROOT / "firmware" / "vox" / STATUS_TEXT not in paths
    found = {path.name: list(second_lists_in_c(path.read_text(encoding="utf-8"))) for path in paths}
    assert {name: why for name, why in found.items() if why} == {}


def test_no_second_list_in_python() -> None:
    package = ROOT / "host" / "vox_embed"
    found = {}
    for path in hand_written("host/vox_embed", ".py"):
        name = path.relative_to(package).as_posix()
        if name not in OTHER_FORMATS and name != "spec/record.py":
            found[name] = list(second_lists_in_python(path.read_text(encoding="utf-8")))
    assert len(found) > 100
    assert {name: why for name, why in found.items() if why} == {}


def test_no_second_list_on_micropython_boards() -> None:
    text = (ROOT / MICROPYTHON).read_text(encoding="utf-8")
    own = re.sub(r"^# spec: .*?^# end of spec$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert len(own) < len(text)
    assert not re.findall(r"const\(0x", own)
    assert set(re.findall(r"struct\.\w+\(\"(.*?)\"", own)) <= {"<I"}  # a frame's CRC
    assert not re.findall(r"(?:kind|what|status) [!=]= -?[1-9]", own)


def test_the_search_finds_what_it_looks_for() -> None:
    c = "#define VOX_OP_NEW 9u\n#define VOX_MAX_LABELS 5\nif (op->code == 3u && a.kind == 0) {}\n"
    assert list(second_lists_in_c(c)) == ["#define VOX_OP_NEW", "#define VOX_MAX_LABELS", "code == 3"]
    python = 'x["PROG"]\nstruct.unpack_from("<4H", x)\nif op.code in (1, 2) or d.code == 3: pass\n'
    python += "class A:\n    code = 7\n"
    assert len(list(second_lists_in_python(python))) == 4
