"""Writing an export folder: whole or not at all, and never over somebody's work."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_bytes
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import MANIFEST_BYTES

MANIFEST = "vox-export.json"


def manifest(target: str, model_crc: int, version: str, files: Mapping[str, bytes]) -> bytes:
    """What was exported, from what, and the hash of every file: how a later export knows its own folder."""
    content = {
        "target": target,
        "model_crc32": f"{model_crc:08x}",
        "vox_embed": version,
        "sha256": {path: hashlib.sha256(data).hexdigest() for path, data in sorted(files.items())},
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def write_folder(
    out: Path, files: Mapping[str, bytes], products: tuple[str, ...] = (), *, force: bool = False
) -> None:
    """Make `out` hold exactly `files`, one of them MANIFEST. An interrupted call leaves the old folder.

    products: top-level names that building makes, gone with the old folder. Raises VoxError where `out` holds
    anything that no export made, or exported files that were changed since, unless `force`; and for the
    current folder, which cannot be swapped under a shell that stands in it.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise VoxError(f"{out} is a file or a link, not a folder", "choose another --out")
    if Path.cwd().is_relative_to(out.resolve()):
        raise VoxError(f"{out} is the current folder, or one above it", "name a new one: --out NAME")
    if not force:
        _refuse_foreign(out, products)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise VoxError(f"{out}: {error.strerror or error}", "choose a folder that you may write to") from None
    old = staging / "old"
    try:
        fresh = staging / "new"
        for path, data in files.items():
            place = fresh / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        if out.exists():
            out.replace(old)
        fresh.replace(out)
    except OSError as error:
        raise VoxError(f"{out}: {error.strerror or error}", "nothing was changed") from None
    finally:
        if old.exists() and not out.exists():
            old.replace(out)
        shutil.rmtree(staging, ignore_errors=True)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_foreign(out: Path, products: tuple[str, ...]) -> None:
    if not out.is_dir() or not any(out.iterdir()):
        return
    try:
        hashes = parse_json(read_bytes(out / MANIFEST, MANIFEST_BYTES), MANIFEST_BYTES)["sha256"]
        known = {Path(path): str(digest) for path, digest in hashes.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise VoxError(
            f"{out} is not empty and was not made by an export",
            "choose another --out, or add --force to replace the folder and everything in it",
        ) from None
    for path in sorted(out.rglob("*")):
        inside = path.relative_to(out)
        if path.is_dir() or inside.parts[0] in products or inside == Path(MANIFEST):
            continue
        if inside not in known:
            raise VoxError(
                f"{path} was not made by an export and would be lost",
                "move it elsewhere, or add --force to replace the folder and everything in it",
            )
        if not path.is_file() or _hash(path) != known[inside]:
            raise VoxError(
                f"{path} was changed since it was exported",
                "choose another --out, or add --force to lose the change",
            )
