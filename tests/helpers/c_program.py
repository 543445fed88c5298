"""C drivers of the tests, compiled with the library under sanitizers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DESK = ROOT / "tests" / "helpers" / "memory_board" / "desk.c"
SANITIZERS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def compile_c(sources: Sequence[Path], out: Path, flags: Sequence[str] = SANITIZERS) -> Path:
    """The program at `out`; the test is skipped where there is no gcc."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    counted = ["--coverage"] if os.environ.get("VOX_C_COVERAGE") else []  # tools/coverage.sh
    command = ["gcc", "-std=c11", *flags, *counted, *map(str, sources), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


def compile_library_driver(driver: Path, folder: Path, flags: Sequence[str] = SANITIZERS) -> Path:
    """A driver with all of firmware/vox."""
    vox = ROOT / "firmware" / "vox"
    includes = (f"-I{vox / 'include'}", f"-I{vox / 'src'}")
    return compile_c([driver, *sorted((vox / "src").rglob("*.c"))], folder / driver.stem, [*flags, *includes])


def compile_board_driver(
    driver: Path,
    folder: Path,
    flags: Sequence[str] = SANITIZERS,
    signing: Sequence[Path] = (),
    *,
    beside: Sequence[Path] = (DESK,),
) -> Path:
    """A driver with the device program on the board of helpers/memory_board. signing: sources that check
    signatures, in place of firmware/app/signature_none.c. beside: other sources of the driver.
    """
    helpers, firmware = ROOT / "tests" / "helpers", ROOT / "firmware"
    size = {"VOX_BOARD_NAME": '"memory"', "VOX_ARENA_BYTES": "131072u", "VOX_SLOT_BYTES": "32768u"}
    size |= {"VOX_FLASH_BYTES": "73728u", "NOR_BYTES": "73728u"}
    sources = [driver, *beside, helpers / "memory_board" / "board.c"]
    sources += [
        firmware / "hal" / "flash_slots.c",
        firmware / "hal" / "rp2040" / "flash.c",
        helpers / "nor" / "nor.c",
    ]
    left_out = ("main.c", "signature_none.c") if signing else ("main.c",)
    sources += [path for path in sorted((firmware / "app").glob("*.c")) if path.name not in left_out]
    sources += signing
    sources += sorted((firmware / "vox" / "src").rglob("*.c"))
    rooms = (
        helpers / "memory_board",
        helpers / "nor",
        helpers / "nor" / "rp2040",
        firmware / "app",
        firmware / "hal",
    )
    rooms += (firmware / "hal" / "rp2040", firmware / "vox" / "include", firmware / "vox" / "src")
    defines = [f"-D{name}={value}" for name, value in size.items()]
    return compile_c(sources, folder / driver.stem, [*flags, *defines, *(f"-I{room}" for room in rooms)])
