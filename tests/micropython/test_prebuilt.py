"""The .mpy files that the package carries: what they are, how large, made of these sources."""

from __future__ import annotations

import hashlib
import json
import os
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from helpers.micropython import MODULES, missing, mpy_cross, sources
from vox_embed.device.boards import project_folder

BUILD = project_folder() / "micropython" / "build.sh"
COMPILERS = ("arm-none-eabi-gcc", "riscv64-unknown-elf-gcc")
ARCHITECTURES = ("x64", "armv6m", "armv7m", "armv7emsp", "armv7emdp", "rv32imc")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((MODULES / "manifest.json").read_text())
    return content


def test_every_architecture_is_there_and_says_what_it_is(manifest: dict[str, Any]) -> None:
    files = manifest["files"]
    for architecture in ARCHITECTURES:
        entry = files[f"vox-{architecture}.mpy"]
        assert (entry["architecture"], entry["abi"]) == (architecture, "6.3")
    assert sorted(files) == sorted(path.name for path in MODULES.glob("*.mpy"))
    for name, entry in files.items():
        data = (MODULES / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        assert len(data) == entry["bytes"]


def test_they_are_made_of_these_sources(manifest: dict[str, Any]) -> None:
    """Whatever compilers are here: a change of the sources asks for new modules."""
    made = runpy.run_path(str(project_folder() / "micropython" / "manifest.py"))["digest"]()
    assert manifest["sources_sha256"] == made, "the sources have changed: run `make micropython`"


def test_the_modules_stay_small(manifest: dict[str, Any]) -> None:
    assert manifest["files"]["vox-armv6m.mpy"]["bytes"] <= 47_200
    assert manifest["files"]["vox-armv6m-lite.mpy"]["bytes"] <= 26_100


def test_the_documented_sizes_are_theirs(manifest: dict[str, Any]) -> None:
    documented = re.findall(
        r"^\| `(vox-[\w-]+\.mpy)` \| ([\d,]+) \|",
        (project_folder() / "docs/micropython.md").read_text(),
        re.M,
    )
    sizes = {name: f"{entry['bytes']:,}" for name, entry in manifest["files"].items()}
    assert documented
    assert dict(documented) == {name: sizes[name] for name, _ in documented}


@pytest.mark.xdist_group("prebuilt")
def test_rebuilding_gives_the_kept_bytes(manifest: dict[str, Any], tmp_path: Path) -> None:
    lacking = missing(*COMPILERS)
    if lacking is not None:
        pytest.skip(f"the modules cannot be rebuilt: {lacking}")
    mpy_cross()
    out = tmp_path / "built"
    done = subprocess.run(
        [str(BUILD), str(out)],
        env={**os.environ, "MPY_DIR": str(sources())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rebuilt: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    compared = 0
    for name, entry in manifest["files"].items():
        fresh = rebuilt["files"].get(name)
        if fresh is None:
            assert entry["architecture"] == "xtensawin", f"{name} is kept but was not built"
            assert shutil.which("xtensa-esp32-elf-gcc") is None
            continue
        if fresh["compiler"] != entry["compiler"]:
            continue  # another compiler, other bytes
        assert fresh == entry, (
            f"{name} is not what its sources give: run `make micropython` and commit the result"
        )
        compared += 1
    if compared < len(ARCHITECTURES):
        pytest.skip(f"only {compared} files were compared: they were built by {manifest['files']}")
