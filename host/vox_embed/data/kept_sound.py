"""Decoded sound of many rows, kept from run to run while their files do not change."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vox_embed.data.dataset import Dataset
from vox_embed.data.heard import state_of
from vox_embed.data.store import StoredClips, stored_digest
from vox_embed.experiment.places import default_cache_dir
from vox_embed.gate.files import read_text, write_atomic
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.sealed import seal_text, unseal_text

_VERSION = 1
_MOST, _MOST_TOGETHER = 1 << 29, 1 << 31
"""Bytes of the sound of one set of rows that is kept, and of all that is."""
_HEAD_BYTES = 64 << 20


@dataclass(frozen=True)
class KeptSound:
    """The place of the sound of some rows. folder: None where nothing is kept."""

    folder: Path | None
    key: str

    @classmethod
    def of(cls, rows: Dataset, sample_rate: int, *, trimmed: bool) -> KeptSound:
        """Of rows as they are now: another size or time of a file is another place."""
        files = dict.fromkeys(rows.table["file"])
        states = {file: state_of(file) for file in files}
        folder = default_cache_dir()
        if folder is None or None in states.values():
            return cls(None, "")
        digest = hashlib.sha256(f"{_VERSION} {sample_rate} {trimmed}\n".encode())
        for file, state in states.items():
            digest.update(f"{file}\0{state}\n".encode("utf-8", "surrogateescape"))
        for row in zip(rows.table["file"], rows.table["start"], rows.table["end"], strict=True):
            digest.update("\0".join(map(str, row)).encode("utf-8", "surrogateescape") + b"\n")
        return cls(folder / "clips", digest.hexdigest())

    @property
    def _file(self) -> Path:
        assert self.folder is not None
        return self.folder / f"{self.key}.i16"

    @property
    def _head(self) -> Path:
        return self._file.with_suffix(".json")

    def find(self, place: Path) -> StoredClips | None:
        """What is kept, as the file `place`, so that it stays there whatever becomes of the cache. What is
        damaged counts as missing."""
        if self.folder is None:
            return None
        try:
            text = unseal_text(read_text(self._head, _HEAD_BYTES), self.key)
            head = parse_json(text, _HEAD_BYTES)
            found = StoredClips(place, tuple(head["starts"]), head["digest"])
            _linked(self._file, place)
            if place.stat().st_size == 2 * found.starts[-1] and stored_digest(found) == found.digest:
                os.utime(self._file)  # those that were wanted last stay
                return found
        except (OSError, ValueError, KeyError, TypeError):
            pass
        place.unlink(missing_ok=True)
        return None

    def keep(self, clips: StoredClips) -> None:
        """Keep it; not what is very much, and not where that is impossible."""
        size = 2 * clips.starts[-1]
        if self.folder is None or size > _MOST:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._make_room(size)
            with tempfile.TemporaryDirectory(prefix=".", dir=self.folder) as scratch:
                new = Path(scratch) / "new"
                _linked(clips.file, new)
                new.replace(self._file)
            head = json.dumps({"starts": clips.starts, "digest": clips.digest})
            write_atomic(self._head, seal_text(head, self.key), durable=False)
        except OSError:
            return

    def _make_room(self, size: int) -> None:
        assert self.folder is not None
        kept = sorted((file.stat().st_mtime_ns, file) for file in self.folder.glob("*.i16"))
        total = size + sum(file.stat().st_size for _, file in kept)
        for _, file in kept:
            if total <= _MOST_TOGETHER:
                return
            total -= file.stat().st_size
            with suppress(FileNotFoundError):
                file.with_suffix(".json").unlink()
            file.unlink()


def _linked(file: Path, place: Path) -> None:
    """The same content under another name."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)
