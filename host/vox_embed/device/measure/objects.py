"""The library compiled for a core, kept in build/measure/objects: with the same
sources, compiler and flags it is not compiled again."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from vox_embed.gate.locks import locked

_KEPT_DAYS = 3
_DONE = "done"


def kept_objects(root: Path, library: Path, command: Sequence[str], make: Callable[[Path], None]) -> Path:
    """A folder with what `make` writes for a compiler, its flags and the library as it is now.

    root: of the checkout. command: the compiler and all its flags. make: is called with an empty folder.
    OSError where nothing can be kept, as in an installation that cannot be written to.
    """
    store = root / "build" / "measure" / "objects"
    store.mkdir(parents=True, exist_ok=True)
    text = repr((list(command), _version(command[0]), _content(library)))
    folder = store / hashlib.sha256(text.encode()).hexdigest()[:24]
    with locked(folder.with_suffix(".lock"), wait=True):
        if not (folder / _DONE).is_file():
            _forget_old(store)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
        (folder / _DONE).touch()
    return folder


def _content(library: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in library.rglob("*") if p.suffix in (".c", ".h")):
        digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@functools.cache
def _version(compiler: str) -> str:
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False)
    return said.stdout + (shutil.which(compiler) or "")


def _forget_old(store: Path) -> None:
    oldest = time.time() - _KEPT_DAYS * 86400
    for done in store.glob(f"*/{_DONE}"):
        with contextlib.suppress(OSError):
            if done.stat().st_mtime < oldest:
                shutil.rmtree(done.parent)
