"""Arrays on disk that can be computed again: sealed, safe to share and to delete, no reason to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from vox_embed.gate.arrays import seal, unseal
from vox_embed.gate.files import read_bytes, write_atomic

Note = Callable[[str], None]
_ENDING = ".vxa"


@dataclass(frozen=True)
class Kept:
    """Arrays by a key, 64 hex digits, one file a key.

    folder: made when something is kept; None: nothing is. note: told once why nothing can be kept.
    """

    folder: Path | None
    note: Note | None = None
    _told: list[str] = field(default_factory=list, repr=False, compare=False)

    def path(self, key: str) -> Path | None:
        """Where the arrays of a key are."""
        return None if self.folder is None else self.folder / key[:2] / f"{key[2:]}{_ENDING}"

    def get(self, key: str, most: int) -> dict[str, NDArray[Any]] | None:
        """What was kept, of `most` bytes at most; None for what is missing, damaged or another's."""
        if self.folder is None:
            return None
        try:
            # As `path`, by an operation on text: thousands of files are asked for.
            return unseal(read_bytes(f"{self.folder}/{key[:2]}/{key[2:]}{_ENDING}", most), key)
        except (OSError, ValueError, TypeError):
            return None

    def put(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep arrays, whole or not at all. Where that fails, it is told once and nothing else happens."""
        path = self.path(key)
        if path is None:
            self._tell("no folder for it: set VOX_CACHE, or HOME")
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, seal(arrays, key), durable=False)
        except OSError as error:
            self._tell(f"{error.filename or path}: {error.strerror or error}")

    def _tell(self, reason: str) -> None:
        if self.note is not None and not self._told:
            self._told.append(reason)
            self.note(f"note: what is computed is not kept for the next time ({reason})")
