"""C drivers of the tests, compiled with the library under sanitizers.

Each source is compiled once for each set of flags that it knows, whichever test or process asks first:
objects are kept in build/tests/objects under the hash of all that they are made of. A macro that neither it
nor its headers name changes nothing, and a folder that none of them comes from neither.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
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
    made = [object_of(command, source) for source in sources]
    _run([*command, *map(str, [*made, *objects]), "-o", str(out)])
    return out


def library_objects(
    flags: Sequence[str] = SANITIZERS, *, room: str = ".", compiler: str = "gcc"
) -> list[Path]:
    """firmware/vox, or one of its rooms (`frontend`), compiled with these flags."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    command = _command(compiler, "c99", [*flags, "-DVOX_ALL_OPERATORS", *LIBRARY_INCLUDES])
    return [object_of(command, source) for source in sorted((VOX / "src" / room).rglob("*.c"))]


def _command(compiler: str, standard: str, flags: Sequence[str]) -> list[str]:
    return [compiler, f"-std={standard}", *flags, *(["--coverage"] if _counting() else [])]


def _counting() -> str | None:
    return os.environ.get("VOX_C_COVERAGE")  # tools/coverage.sh: the folder of what it counts


def object_of(command: Sequence[str], source: Path, folder: Path = ROOT) -> Path:
    """A source, compiled in `folder`, which is where relative -I start from, too."""
    store = Path(_counting() or ROOT / "build" / "tests") / "objects"
    name = os.path.relpath(source, folder)
    text, rooms = _reached(folder / name, tuple(folder / flag[2:] for flag in command if flag[:2] == "-I"))
    words = set(_WORD.findall(text.decode()))
    known = [flag for flag in command if _changes(flag, words, rooms, folder)]
    own = hashlib.sha256(repr((known, name, _version(command[0]))).encode() + text)
    made = store / f"{source.stem}-{own.hexdigest()[:20]}.o"
    store.mkdir(parents=True, exist_ok=True)
    with FileLock(made.with_suffix(".lock")):
        if made.exists():
            os.utime(made)
        else:
            _forget_old(store)
            _run([*command, "-c", name, "-o", str(made)], folder)
    return made


_WORD = re.compile(r"[A-Za-z_]\w*")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)


def _changes(flag: str, words: set[str], rooms: set[Path], folder: Path) -> bool:
    """Whether a flag may change what is compiled."""
    if flag.startswith(("-DVOX_", "-DNOR_")):
        return flag[2:].partition("=")[0] in words
    return flag[:2] != "-I" or folder / flag[2:] in rooms


def _reached(source: Path, rooms: tuple[Path, ...]) -> tuple[bytes, set[Path]]:
    """The text of a source and of all headers of ours that it includes, and the rooms they were found in."""
    found: dict[Path, bytes] = {}
    used: set[Path] = set()
    waiting = [source]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = path.read_bytes()
        for name in _INCLUDE.findall(found[path].decode()):
            for room in (path.parent, *rooms):
                if (room / name).is_file():
                    waiting.append(Path(os.path.normpath(room / name)))
                    used.add(room)
                    break
    return b"\0".join(found[path] for path in sorted(found)), used


@functools.cache
def _version(compiler: str) -> bytes:
    return subprocess.run([compiler, "--version"], capture_output=True, check=True).stdout


def _forget_old(store: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 86400
    for path in store.glob("*.o"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            path.with_suffix(".lock").unlink(missing_ok=True)


def _run(command: list[str], folder: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
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
