"""Where exports take their C sources from: the files that the package's own native module was built from."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.places import builds_folder
from vox_embed.gate.locks import locked

_MARK = Path("firmware") / "vox" / "include" / "vox" / "vox.h"
_INSTALLED = "_firmware"
_FETCH = "tools/fetch_sources.sh"
PROJECT = ("firmware", "boards", "CMakeLists.txt", "CMakePresets.json", "platformio.ini", "LICENSE", _FETCH)
"""What the firmware is built from."""
_LEFT = {"__pycache__", "node_modules"}


def firmware_root() -> Path:
    """Folder laid out as the repository: firmware/, boards/, CMakeLists.txt, CMakePresets.json, LICENSE.

    The folder that the environment variable VOX_PROJECT names, with boards of one's own; else the repository
    in an editable install; else the copy that the wheel carries (vox_embed/_firmware).
    Raises VoxError where none is there.
    """
    named = os.environ.get("VOX_PROJECT")
    if named:
        if (Path(named) / _MARK).is_file():
            return Path(named).resolve()
        raise VoxError(
            f"VOX_PROJECT={named}: there are no firmware sources ({_MARK})",
            "make the folder with: vox-embed boards add --out FOLDER ...; or unset the variable",
        )
    package = Path(__file__).resolve().parents[1]
    repository = package.parents[1]
    for root in (repository, package / _INSTALLED):
        if (root / _MARK).is_file():
            return root
    raise VoxError(
        f"the firmware sources are missing from this installation ({package / _INSTALLED})",
        "reinstall vox-embed, or install it from a checkout: pip install -e .",
    )


def is_installed(root: Path) -> bool:
    """True for the copy that the wheel carries: it belongs to the installation, so nothing is built there."""
    return root == Path(__file__).resolve().parents[1] / _INSTALLED


def project_folder() -> Path:
    """The folder that the firmware is built in: `firmware_root`, or, where that is part of an installation or
    cannot be written to, a copy of it in the cache folder. Raises VoxError where there is none."""
    root = firmware_root()
    if not is_installed(root) and os.access(root, os.W_OK):
        return root
    return _copied(root, builds_folder())


@functools.cache
def _copied(root: Path, builds: Path) -> Path:
    """One copy for each content. It is put in place whole: another process finds all of it or nothing."""
    files = sorted(
        path
        for name in PROJECT
        for path in ([root / name] if (root / name).is_file() else (root / name).rglob("*"))
        if path.is_file() and not _LEFT.intersection(path.relative_to(root).parts)
    )
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    copy = builds / digest.hexdigest()[:16]
    try:
        builds.mkdir(parents=True, exist_ok=True)
        with locked(builds / ".lock", wait=True):
            if not (copy / _MARK).is_file():
                _copy(root, files, copy)
    except OSError as error:
        raise VoxError(
            f"{builds}: firmware cannot be built here: {error.strerror or error}",
            "set VOX_CACHE to a folder that can be written to",
        ) from None
    return copy


def _copy(root: Path, files: list[Path], copy: Path) -> None:
    work = Path(tempfile.mkdtemp(prefix=".making-", dir=copy.parent))
    try:
        for path in files:
            place = work / path.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)  # not its mode: an installation may be read-only
        work.chmod(0o755)
        shutil.rmtree(copy, ignore_errors=True)
        work.rename(copy)
    except BaseException:
        with contextlib.suppress(OSError):
            shutil.rmtree(work)
        raise
