"""C drivers of the tests, compiled with the library under sanitizers.

Each source is compiled once for each set of flags, whichever test or process asks first: objects are kept in
build/tests/objects under the hash of all that they are made of.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
DESK = ROOT / "tests" / "helpers" / "memory_board" / "desk.c"
VOX = ROOT / "firmware" / "vox"
LIBRARY_INCLUDES = (f"-I{VOX / 'include'}", f"-I{VOX / 'src'}")
SANITIZERS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
KEPT_DAYS = 3


def compile_c(
    sources: Sequence[Path],
    out: Path,
    flags: Sequence[str] = SANITIZERS,
    *,
    objects: Sequence[Path] = (),
    compiler: str = "gcc",
    standard: str = "c11",
) -> Path:
    """The program at `out`, linked with `objects`; the test is skipped where the compiler is missing."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    command = _command(compiler, standard, flags)
    made = [_object(command, source) for source in sources]
    _run([*command, *map(str, [*made, *objects]), "-o", str(out)])
    return out


def library_objects(
    flags: Sequence[str] = SANITIZERS, *, room: str = ".", compiler: str = "gcc"
) -> list[Path]:
    """firmware/vox, or one of its rooms (`frontend`), compiled with these flags."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    command = _command(compiler, "c99", [*flags, *LIBRARY_INCLUDES])
    return [_object(command, source) for source in sorted((VOX / "src" / room).rglob("*.c"))]


def _command(compiler: str, standard: str, flags: Sequence[str]) -> list[str]:
    return [compiler, f"-std={standard}", *flags, *(["--coverage"] if _counting() else [])]


def _counting() -> str | None:
    return os.environ.get("VOX_C_COVERAGE")  # tools/coverage.sh: the folder of what it counts


def _object(command: list[str], source: Path) -> Path:
    store = Path(_counting() or ROOT / "build" / "tests") / "objects"
    own = hashlib.sha256(repr((command, str(source), _headers(command[0]))).encode() + source.read_bytes())
    made = store / f"{source.stem}-{own.hexdigest()[:20]}.o"
    store.mkdir(parents=True, exist_ok=True)
    with FileLock(made.with_suffix(".lock")):
        if made.exists():
            os.utime(made)
        else:
            _forget_old(store)
            _run([*command, "-c", str(source), "-o", str(made)])
    return made


@functools.cache
def _headers(compiler: str) -> str:
    """Of every header that a driver can include, and of the compiler."""
    digest = hashlib.sha256(subprocess.run([compiler, "--version"], capture_output=True, check=True).stdout)
    for room in (ROOT / "firmware", ROOT / "tests"):
        for header in sorted(room.rglob("*.h")):
            digest.update(str(header).encode() + header.read_bytes())
    return digest.hexdigest()


def _forget_old(store: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 86400
    for path in store.glob("*.o"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            path.with_suffix(".lock").unlink(missing_ok=True)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def compile_library_driver(
    driver: Path, folder: Path, flags: Sequence[str] = SANITIZERS, *, room: str = ".", standard: str = "c11"
) -> Path:
    """A driver with all of firmware/vox, or one of its rooms."""
    own = [*flags, *LIBRARY_INCLUDES]
    objects = library_objects(flags, room=room)
    return compile_c([driver], folder / driver.stem, own, objects=objects, standard=standard)


def compile_board_driver(
    driver: Path,
    folder: Path,
    flags: Sequence[str] = SANITIZERS,
    signing: Sequence[Path] = (),
    *,
    beside: Sequence[Path] = (DESK,),
    compiler: str = "gcc",
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
    rooms = (helpers / "memory_board", helpers / "nor", helpers / "nor" / "rp2040", firmware / "app")
    rooms += (firmware / "hal", firmware / "hal" / "rp2040", driver.parent)
    own = [*flags, *(f"-D{name}={value}" for name, value in size.items()), *(f"-I{room}" for room in rooms)]
    return compile_c(
        sources,
        folder / driver.stem,
        [*own, *LIBRARY_INCLUDES],
        objects=library_objects(flags, compiler=compiler),
        compiler=compiler,
    )
