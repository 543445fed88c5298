"""Folders of sound that are made once: in the user's caches, sealed, made anew where a byte has changed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.places import default_cache_dir
from vox_embed.gate.files import write_atomic
from vox_embed.gate.locks import locked

_SEAL = "seal.sha256"
_MEND = "set VOX_CACHE to a folder that can be written, with some hundred MB of room"


def cache_folder() -> Path:
    """Where corpora, rendered frames and test clips are kept; safe to delete. Raises VoxError."""
    folder = default_cache_dir()
    if folder is None:
        raise VoxError("there is no folder to keep voices in", "set VOX_CACHE to one, or HOME")
    return folder.parent / "detectors"


def made_once(kind: str, key: str, make: Callable[[Path], object]) -> Path:
    """The folder of a key. make: fills a folder that is not there yet; called where nothing is kept, or where
    what is kept is not what was made. Raises VoxError where nothing can be written."""
    folder = cache_folder() / kind / key
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.with_name(f".{key}.lock"), wait=True):
            if not _whole(folder):
                shutil.rmtree(folder, ignore_errors=True)
                make(folder)
                write_atomic(folder / _SEAL, _digest(folder))
    except OSError as error:
        raise VoxError(
            f"{error.filename or folder}: {error.strerror or error}; a detector's voices are kept there",
            _MEND,
        ) from None
    return folder


def _whole(folder: Path) -> bool:
    try:
        return (folder / _SEAL).read_text(encoding="ascii") == _digest(folder)
    except (OSError, ValueError):
        return False


def _digest(folder: Path) -> str:
    """Of the names and contents of all files but the seal."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.name != _SEAL and not path.is_dir()):
        name = path.relative_to(folder).as_posix().encode(errors="surrogateescape")
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(b"%d:%b:%b;" % (len(name), name, content.encode()))
    return digest.hexdigest()
