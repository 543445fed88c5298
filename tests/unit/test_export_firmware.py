"""Board files of an exported firmware project: only this board's, with the model built in."""

from __future__ import annotations

import configparser
import json
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.tiny_model import tiny_model
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.sources import firmware_root
from vox_embed.export import ExportModel
from vox_embed.export.firmware import Board, FirmwareProject, platformio_for, presets_for

PRESETS = {
    "version": 3,
    "configurePresets": [
        {"name": "base", "hidden": True, "cacheVariables": {"VOX_BOARD": "${presetName}"}},
        {"name": "arm", "hidden": True, "inherits": ["base"], "toolchainFile": "arm.cmake"},
        {"name": "one", "inherits": "arm"},
        {"name": "two", "inherits": "arm", "cacheVariables": {"X": "1"}},
        {"name": "native", "inherits": "base"},
    ],
    "buildPresets": [
        {"name": "one", "configurePreset": "one"},
        {"name": "two", "configurePreset": "two"},
    ],
}
INI = """; comment
[platformio]
default_envs = one
src_dir = firmware

[env]
lib = symlink://${PROJECT_DIR}/boards/x ; here
flags =
    -DA=1
    -DB

[env:one]
board = one

[env:two]
board = Two
"""


def test_presets_keep_the_board_and_what_it_inherits() -> None:
    made = json.loads(presets_for(json.dumps(PRESETS), "two"))
    assert [preset["name"] for preset in made["configurePresets"]] == ["base", "arm", "two"]
    assert made["configurePresets"][2]["cacheVariables"] == {"X": "1", "VOX_MODEL": "${sourceDir}/model.vxm"}
    assert made["buildPresets"] == [{"name": "two", "configurePreset": "two"}]


def test_presets_without_the_board_are_refused() -> None:
    with pytest.raises(VoxError, match="no preset for the board pico"):
        presets_for(json.dumps(PRESETS), "pico")


def test_platformio_keeps_the_board_and_common_settings() -> None:
    made = configparser.RawConfigParser()
    made.read_string(platformio_for(INI, "two").decode())
    assert made.sections() == ["platformio", "env", "env:two"]
    assert made["platformio"]["default_envs"] == "two"
    assert made["platformio"]["src_dir"] == "firmware"
    assert made["env"]["flags"].split() == ["-DA=1", "-DB"]
    assert made["env:two"]["board"] == "Two"


def test_platformio_without_the_board_is_refused() -> None:
    with pytest.raises(VoxError, match="no environment for the board three"):
        platformio_for(INI, "three")


def test_every_board_can_be_exported() -> None:
    root = firmware_root()
    names = [path.stem for path in sorted((root / "boards").glob("*.yaml"))]
    assert "qemu-m4" in names
    for name in names:
        board = Board.read(root / "boards" / f"{name}.yaml")
        assert board.name == name
        assert (root / "firmware" / "hal" / board.hal).is_dir()
        assert board.linker_script is None or (root / board.linker_script).is_file()
        platformio_for((root / "platformio.ini").read_text(), name)
        if board.platform is None:
            presets_for((root / "CMakePresets.json").read_text(), name)


@pytest.mark.parametrize(
    ("limit", "said"),
    [({"arena_bytes": 1000}, "sets 1000 aside"), ({"flash_bytes": 2000}, "2000 of flash")],
)
def test_model_too_large_for_the_board_is_refused(limit: dict[str, int], said: str) -> None:
    board = Board.read(firmware_root() / "boards" / "qemu-m4.yaml")
    model = ExportModel(tiny_model(), "tiny")
    assert FirmwareProject(board).files(model)["model.vxm"] == model.data
    with pytest.raises(VoxError, match=said):
        FirmwareProject(replace(board, **limit)).files(model)


def test_project_holds_the_repository_files_unchanged() -> None:
    root = firmware_root()
    board = Board.read(root / "boards" / "qemu-m4.yaml")
    files = FirmwareProject(board).files(ExportModel(tiny_model(), "tiny"))
    own = {"README.md", "model.vxm", "CMakePresets.json", "platformio.ini"}
    assert own <= set(files)
    for path in set(files) - own:
        assert files[path] == (root / path).read_bytes(), path
    assert not any(path.startswith("firmware/hal/posix") for path in files)


@pytest.mark.parametrize(
    "text", ["", "name: x", "[", "name: x\ntitle: t\nhal: h\narena_kb: many\nflash_kb: 1"]
)
def test_board_file_at_fault_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    with pytest.raises(VoxError, match=r"odd\.yaml"):
        Board.read(path)


def test_lean_projects_list_what_the_model_needs_alone() -> None:
    root = firmware_root()
    board = Board.read(root / "boards" / "rp2040.yaml")
    model = ExportModel(tiny_model("conv"), "tiny")
    whole, lean = (one.files(model) for one in (FirmwareProject(board), FirmwareProject(board).made_lean()))
    kernels, kinds = "firmware/vox/src/program/kernels.c", "firmware/vox/src/frontend/kinds.c"
    assert set(whole) - set(lean) == {kinds}
    assert {name for name in lean if lean[name] != whole[name]} == {kernels, "README.md"}
    text = lean[kernels].decode()
    assert "vox_kernel_conv_2d;" in text
    assert "vox_frontend_logmel;" in text
    assert "trees" not in text
    assert b"not built into this firmware" in lean["README.md"]
    assert b"`--lean`" in whole["README.md"]
