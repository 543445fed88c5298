"""Strange but admitted labels in everything that is generated, and strange files that are refused."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml

from helpers.tiny_model import tiny_model
from vox_embed.device.packs import Memory, PackDevice, board_files
from vox_embed.experiment.board_file import read_board_file
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.sources import firmware_root
from vox_embed.export import ExportModel, export_model, find_target
from vox_embed.models.classic.trees import Forest
from vox_embed.program.build import build_network
from vox_embed.program.classic.forests import lower_forest
from vox_embed.program.opened import open_any
from vox_embed.program.vxm import labels_section, read_sections, write_container

LABELS = (
    "*/ #error evil /*",
    "ends with \\",
    "??/",
    "# coding: utf-7",
    '"; import os; "',
    "$(touch evil)",
    "=1|x",
)
STUB = Path(__file__).parents[1] / "helpers" / "arduino_stub"
STRICT = ["-trigraphs", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]


def check(*command: object, cwd: Path | None = None) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("g++") is None, reason="no compiler")
def test_labels_in_an_arduino_sketch(tmp_path: Path) -> None:
    export_model(find_target("arduino"), ExportModel(tiny_model(labels=LABELS), "*/ evil"), tmp_path / "out")
    library = tmp_path / "out"
    sketch = library / "examples" / "listen" / "listen.ino"
    assert "* / #error evil / *" in sketch.read_text(encoding="utf-8")
    includes = [f"-I{STUB}", f"-I{library / 'src'}", "-include", "Arduino.h"]
    check("g++", "-std=gnu++11", *STRICT, "-DARDUINO_ARCH_STM32", *includes, "-x", "c++", sketch)
    assert json.loads((library / "library.json").read_text(encoding="utf-8"))["name"] == "vox__evil"
    properties = (library / "library.properties").read_text(encoding="utf-8").splitlines()
    assert len(properties) == 10 and all("=" in line for line in properties)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no compiler")
def test_labels_in_plain_trees(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    X = rng.integers(-500, 500, (200, 6)).astype(np.int16)
    y = rng.integers(0, len(LABELS), 200)
    network = build_network(lower_forest(Forest(trees=3, depth=4).fit(X, y), X), {})
    model = ExportModel(network, "it??/em*/")
    for target in ("inline", "emlearn"):
        files = find_target(target).files(model)
        assert len(files) == 3 and all(name.startswith(("it_em_", "README")) for name in files)
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
    check("gcc", "-std=c99", *STRICT, "it_em_.c", cwd=tmp_path)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no compiler")
def test_labels_in_the_header_of_plain_trees(tmp_path: Path) -> None:
    from vox_embed.export.inline import inline_header
    from vox_embed.program.stored_trees import read_trees

    rng = np.random.default_rng(1)
    X = rng.integers(-500, 500, (200, 6)).astype(np.int16)
    y = np.arange(200) % len(LABELS)
    trees = read_trees(build_network(lower_forest(Forest(trees=2, depth=4).fit(X, y), X), {}))
    header = tmp_path / "forest.h"
    header.write_text(inline_header("forest", trees, [*LABELS[:-1], "a\nint evil;"]), encoding="utf-8")
    check("gcc", "-std=c99", *STRICT, "-x", "c", header)
    assert not [
        line for line in header.read_text(encoding="utf-8").splitlines() if line.startswith("int evil")
    ]


def test_labels_in_a_micropython_program() -> None:
    programs = []
    for labels in (LABELS, ("a", "b", "c")):
        model = ExportModel(tiny_model(labels=labels), "tiny")
        programs.append(ast.dump(ast.parse(find_target("rp2040-mpy").files(model)["main.py"])))
    assert programs[0] == programs[1]


@pytest.mark.parametrize(
    ("label", "reason"),
    [("a\nimport os", "line break"), ("\x1b[2J", "control character"), ("a\u202eb", "direction of reading")],
)
def test_models_with_other_labels_are_refused(label: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "m.vxm"
    path.write_bytes(tiny_model(labels=(label, "b", "c")))
    # The library refuses control characters when it opens the file, the gate what else must not be shown.
    with pytest.raises(VoxError, match=rf"m\.vxm: (a label has a.*{reason}|not a sound model: labels)"):
        ExportModel.read(path)


@pytest.mark.parametrize(
    ("meta", "reason"),
    [
        (b"[" * 50_000, "nested"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "nested"),
        (b"\xff{}", "utf-8"),
        (b"[]", "no object"),
        (b'{"a": NaN}', "NaN"),
        (b'"' + b"x" * (1 << 17) + b'"', "longer"),
    ],
)
def test_models_with_other_meta_are_refused(meta: bytes, reason: str) -> None:
    sections = read_sections(tiny_model())
    with pytest.raises(VoxError, match=rf"META cannot be read.*{reason}|not a sound model: a section"):
        open_any(write_container({**sections, "META": meta}), "m.vxm")


def test_labels_that_are_no_utf8_are_refused() -> None:
    sections = read_sections(tiny_model())
    section = bytearray(labels_section(("abc", "b", "c")))
    section[section.index(b"abc")] = 0xFF
    with pytest.raises(VoxError, match=r"UTF-8|not a sound model"):
        open_any(write_container({**sections, "LABL": bytes(section)}), "m.vxm")


def test_names_of_a_pack_in_a_board(tmp_path: Path) -> None:
    """As they come where nobody has admitted them."""
    evil = "x\ncpu_flags: -fplugin=evil.so $(touch evil) #"
    device = PackDevice(
        name="*/ ??/" + evil,
        vendor="a: b # c" + evil,
        pack=evil,
        processor={"Dcore": "Cortex-M4", "Dclock": "9" * 5000},
        memories=(
            Memory("IROM1" + evil, 0x08000000, 1 << 19, writable=False, default=True, startup=True),
            Memory("IRAM1*/", 0x20000000, 1 << 17, writable=True, default=True, startup=False),
            Memory("other*/ }", 0x10000000, 1 << 10, writable=True, default=False, startup=False),
        ),
    )
    text, script = board_files(
        device, "evil", (firmware_root() / "boards" / "ld" / "cortex-m.ld").read_text(encoding="utf-8")
    )
    path = tmp_path / "evil.yaml"
    path.write_text(text, encoding="utf-8")
    board = yaml.safe_load(text)
    assert board["cpu_flags"] == "-mcpu=cortex-m4 -mthumb -mfloat-abi=soft"
    assert board["title"].startswith("a: b # c")
    assert len([line for line in text.splitlines() if line.startswith("cpu_flags:")]) == 1
    assert script.count("/*") == script.count("*/") and "ENTRY(" in script.split("*/", 1)[1]
    with pytest.raises(VoxError, match="has line breaks"):
        board["title"] = "a\nb"
        path.write_text(yaml.safe_dump(board), encoding="utf-8")
        read_board_file(path)


FLAGS = [
    "-mcpu=cortex-m4 -fplugin=evil.so",
    "-mcpu=cortex-m4 -wrapper,touch,evil",
    "-mcpu=$(touch evil)",
    "-mcpu=`touch evil`",
    "-mcpu=cortex-m4 ; touch evil",
    "-mcpu=cortex-m4 -B/tmp",
    "-mcpu=cortex-m4;-Devil",
    "-mcpu=cortex-m4 --specs=/tmp/evil.specs",
]


@pytest.mark.parametrize("flags", FLAGS)
def test_flags_of_a_board_are_checked(flags: str, tmp_path: Path) -> None:
    """By the host and by CMake alike."""
    boards = tmp_path / "boards"
    (boards / "cmake").mkdir(parents=True)
    own = firmware_root() / "boards"
    for name in ("keys.txt", "cmake/board.cmake", "qemu-m4.yaml"):
        shutil.copy(own / name, boards / name)
    board = boards / "qemu-m4.yaml"
    read_board_file(board)
    script = tmp_path / "s.cmake"
    script.write_text(
        f'set(VOX_BOARD qemu-m4)\ninclude("{boards}/cmake/board.cmake")\n'
        'vox_board_value(cpu_flags "" flags)\n'
        'message(STATUS "${flags}")\n'
    )
    sound = board.read_text(encoding="utf-8")
    if shutil.which("cmake"):
        assert "-mcpu=cortex-m4" in check("cmake", "-P", script)
    lines = [f'cpu_flags: "{flags}"' if line.startswith("cpu_flags") else line for line in sound.splitlines()]
    board.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(VoxError, match=r"qemu-m4\.yaml:\d+: cpu_flags cannot be"):
        read_board_file(board)
    if shutil.which("cmake"):
        board.write_text(board.read_text(encoding="utf-8").replace('"', ""), encoding="utf-8")
        done = subprocess.run(["cmake", "-P", str(script)], capture_output=True, text=True, check=False)
        assert done.returncode and ("cannot be" in done.stderr or "is given" in done.stderr)


def test_every_board_complies() -> None:
    boards = sorted((firmware_root() / "boards").glob("*.yaml"))
    assert len(boards) >= 17
    for board in boards:
        assert read_board_file(board)["name"] == board.stem
