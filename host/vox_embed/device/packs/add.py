"""Adding a board to a project: its two files, a CMake preset, a PlatformIO environment."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path

from vox_embed.device.packs.board import board_files
from vox_embed.device.packs.pdsc import PackDevice
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import MANIFEST_BYTES
from vox_embed.gate.names import check_file_name
from vox_embed.gate.text import UnfitTextError

_PROJECT = ("CMakeLists.txt", "CMakePresets.json", "platformio.ini", "LICENSE", "firmware", "boards")
_LIKE = "cortex-m.ld"
_HAL = Path("firmware") / "hal" / "generic"
_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def make_project(source: Path, folder: Path, device: PackDevice) -> None:
    """Copy what firmware is built from to a folder that is empty or not there yet.

    Raises VoxError where it is neither, or the device that the project is for does not suit.
    """
    board_files(device, "new", (source / "boards" / "ld" / _LIKE).read_text(encoding="utf-8"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise VoxError(
            f"{folder} is neither empty nor a project (it has no CMakePresets.json)",
            "name a new folder, or a checkout, or an exported folder",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as temporary:
        fresh = Path(temporary) / "project"
        fresh.mkdir()
        for name in _PROJECT:
            if (source / name).is_dir():
                leavings = shutil.ignore_patterns("node_modules", "__pycache__", ".*")
                shutil.copytree(source / name, fresh / name, ignore=leavings)
            else:
                shutil.copy(source / name, fresh / name)
        if folder.exists():
            folder.rmdir()
        fresh.replace(folder)


def add_board(device: PackDevice, source: Path, project: Path, name: str | None = None) -> list[Path]:
    """Write the board's files into the project; returns the paths written, the board's YAML first.

    source: the firmware, for the linker script to take after, and the hal where the project has none.
    name: of the board; the device's in lower case otherwise. Raises VoxError where the name is taken or
    unfit, where the project has no presets, or the device does not suit. Nothing is written then.
    """
    name = name or re.sub(r"[^a-z0-9_-]+", "_", device.name.lower()).strip("_")
    if not _NAME.fullmatch(name) or not _names_a_file(name):
        raise VoxError(
            f"{name!r} cannot name a board", "letters, digits, - and _, a letter first: --name stm32f446re"
        )
    board, script = project / "boards" / f"{name}.yaml", project / "boards" / "ld" / f"{name}.ld"
    presets, environments = project / "CMakePresets.json", project / "platformio.ini"
    for path in (board, script):
        if path.exists():
            raise VoxError(f"{path}: there is such a board already", "give the new one another name: --name")
    try:
        like = (source / "boards" / "ld" / _LIKE).read_text(encoding="utf-8")
        yaml, linker = board_files(device, name, like)
        preset = _with_preset(read_text(presets, MANIFEST_BYTES), name, device, presets)
        texts = {board: yaml, script: linker, presets: preset}
        if environments.is_file():
            texts[environments] = _with_environment(read_text(environments, MANIFEST_BYTES), name)
        script.parent.mkdir(parents=True, exist_ok=True)
        if not (project / _HAL).is_dir():  # an exported folder has its own board's only
            shutil.copytree(source / _HAL, project / _HAL)
        for path, text in texts.items():
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_text(text, encoding="utf-8")
        for path in texts:
            path.with_name(f".{path.name}.new").replace(path)
    except OSError as error:
        raise VoxError(
            f"{error.filename or project}: {error.strerror or error}", "is the folder writable?"
        ) from None
    return list(texts)


def _names_a_file(name: str) -> bool:
    """On every system: `con` and `nul` do not."""
    try:
        return bool(check_file_name(name))
    except UnfitTextError:
        return False


def _with_preset(text: str, name: str, device: PackDevice, path: Path) -> str:
    """CMakePresets.json with one more preset, in the manner of the others; all else as it was."""
    try:
        names = [preset["name"] for preset in parse_json(text, MANIFEST_BYTES)["configurePresets"]]
    except (ValueError, KeyError, TypeError):
        raise VoxError(
            f"{path}: not a file of CMake presets", "name a checkout, or a new folder: --out"
        ) from None
    if name in names:
        raise VoxError(f"{path}: there is a preset {name} already", "give the board another name: --name")
    configure = json.dumps(
        {
            "name": name,
            "displayName": f"{device.vendor} {device.name}".strip(),
            "inherits": "board",
            "toolchainFile": "${sourceDir}/boards/cmake/arm-none-eabi.cmake",
        },
        indent=2,
        ensure_ascii=False,
    ).replace("\n", "\n    ")
    build = json.dumps({"name": name, "configurePreset": name})
    for key, entry in (("configurePresets", configure), ("buildPresets", build)):
        start = re.search(rf'"{key}"\s*:\s*\[', text)
        if start is None:
            raise VoxError(f"{path}: it has no {key}", "name a checkout, or a new folder: --out")
        text = f"{text[: start.end()]}\n    {entry},{text[start.end() :]}"
    json.loads(text)
    return text


def _with_environment(text: str, name: str) -> str:
    return text if f"[env:{name}]" in text else f"{text.rstrip()}\n\n[env:{name}]\n"
