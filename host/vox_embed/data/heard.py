"""What was heard in the files of a database, kept from run to run while the files do not change."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from vox_embed.data.audio import AudioInfo, probe
from vox_embed.data.listen import Sound, Span, listen
from vox_embed.data.signal import FAULTS
from vox_embed.data.threads import in_threads
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.places import default_cache_dir
from vox_embed.gate.files import read_text, write_atomic
from vox_embed.gate.sealed import seal_text, unseal_text

_VERSION = 3
_MOST_BYTES = 256 << 20
_THREADS = 4
_TOGETHER = 16
"""Files that a thread takes at a time."""

Progress = Callable[[int, int], None]


class Heard:
    """What was heard in the files of a database (its path) up to now."""

    def __init__(self, database: Path) -> None:
        self._store = _store(database)
        self._known = {} if self._store is None else _load(self._store)

    def probe(self, file: str) -> AudioInfo:
        """As `audio.probe`. A file of the same size and times as when it was last heard is not opened."""
        _, sound = self._of(file)
        return probe(file) if sound is None else sound.info

    def hear(
        self, spans: Mapping[str, Iterable[Span]], progress: Progress | None = None
    ) -> dict[str, Sound | VoxError]:
        """What is heard in each file (absolute paths) and its spans, or why it cannot be read.

        A file of the same size and times as when it was last heard is not read again. progress: called with
        (files done, files in all).
        """
        wanted = {file: tuple(dict.fromkeys(asked)) for file, asked in spans.items()}
        heard: dict[str, Sound | VoxError] = {}
        kept: dict[str, Any] = {}
        found = in_threads(lambda item: self._one(*item), wanted.items(), _THREADS, together=_TOGETHER)
        for done, (file, (state, sound, record)) in enumerate(zip(wanted, found, strict=True), start=1):
            heard[file] = sound
            if isinstance(sound, Sound) and state is not None:
                kept[file] = record or [*state, _record(sound)]
            if progress is not None:
                progress(done, len(wanted))
        if kept != self._known and self._store is not None:
            _save(self._store, kept)
        return heard

    def _of(self, file: str) -> tuple[list[int] | None, Sound | None]:
        """What a file is like now, so that a change is seen, and what was heard in it when it was so."""
        state, known = state_of(file), self._known.get(file)
        if state is None or not isinstance(known, list) or known[:-1] != state:
            return state, None
        return state, _sound(known[-1])

    def _one(
        self, file: str, spans: tuple[Span, ...]
    ) -> tuple[list[int] | None, Sound | VoxError, list[Any] | None]:
        """What the file is like now, what is heard in it, and the record of that, where it is an old one."""
        state, sound = self._of(file)
        if sound is not None and all(span in sound.faults for span in spans):
            return state, sound, self._known[file]
        try:
            return state, listen(file, spans), None
        except VoxError as error:
            return state, error, None


def state_of(file: str) -> list[int] | None:
    """Size and times of a file, by which a change is seen; None where there is none."""
    try:
        found = os.stat(file)  # noqa: PTH116 - of thousands of files
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns]


# ---- on disk -----------------------------------------------------------------------------------------


def _store(database: Path) -> Path | None:
    place = str(database.absolute()).encode("utf-8", "surrogateescape")
    folder = default_cache_dir()
    name = hashlib.blake2b(place, digest_size=16).hexdigest()
    return None if folder is None else folder / "sounds" / f"{name}.json"


def _load(store: Path) -> dict[str, Any]:
    """What is kept. A file that cannot be read, was changed, or has another form, counts as missing."""
    try:
        content = json.loads(unseal_text(read_text(store, _MOST_BYTES), store.stem))
    except (OSError, ValueError, RecursionError):
        return {}
    fits = isinstance(content, dict) and content.get("version") == _VERSION
    files = content.get("files") if fits else None
    return files if isinstance(files, dict) else {}


def _save(store: Path, files: dict[str, Any]) -> None:
    """Whole or not at all; a folder that cannot be written costs the next run some time."""
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"version": _VERSION, "files": files})
        write_atomic(store, seal_text(text, store.stem), durable=False)
    except OSError:
        return


def _record(sound: Sound) -> dict[str, Any]:
    info = sound.info
    return {
        "info": [info.sample_rate, info.frames, info.channels],
        "recording": sound.recording,
        "lead": sound.lead,
        "faults": [[*span, list(faults)] for span, faults in sound.faults.items()],
    }


def _sound(record: Any) -> Sound | None:
    try:
        faults = {
            (float(start), None if end is None else float(end)): tuple(
                fault for fault in FAULTS if fault in found
            )
            for start, end, found in record["faults"]
        }
        rate, frames, channels = map(int, record["info"])
        return Sound(AudioInfo(rate, frames, channels), str(record["recording"]), int(record["lead"]), faults)
    except (KeyError, TypeError, ValueError):
        return None
