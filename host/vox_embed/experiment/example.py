"""The small experiment that comes with the package (made by tools/make_example.py)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from vox_embed.experiment.errors import VoxError


def copy_example(folder: Path, *, force: bool = False) -> Path:
    """A copy that may be changed, whole or not at all. Raises VoxError where `folder` exists."""
    if folder.exists() and not force:
        raise VoxError(f"{folder}: is there already", "name another folder, or replace it with --force")
    source = Path(__file__).resolve().parents[1] / "example"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".example-") as temporary:
            work = Path(temporary) / "example"
            for path in sorted(path for path in source.rglob("*") if path.is_file()):
                place = work / path.relative_to(source)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
            if folder.exists():
                folder.rename(Path(temporary) / "before")
            work.rename(folder)
    except OSError as error:
        raise VoxError(f"{folder}: cannot be written: {error.strerror or error}") from None
    return folder
