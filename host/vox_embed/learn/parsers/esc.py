"""ESC-10 and ESC-50 as they were first published: `001 - Dog bark/1-30226-A.ogg`."""

from __future__ import annotations

import re
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.learn.parsers.base import Parsed, Parser, Recording, audio_files, folders

_CLASS = re.compile(r"\d{3} - (.+)")


class EscParser(Parser):
    """Folders `ddd - class`, in them files whose first digit is their fold."""

    def can_parse(self) -> bool:
        """Whether there are such folders, and none of another kind with audio in it."""
        found = folders(self._top())
        return bool(found) and all(_CLASS.fullmatch(folder.name) for folder in found)

    def _top(self) -> Path:
        """The base folder, or the folder `audio` in it where all else is there."""
        inner = self.basedir / "audio"
        return inner if [folder.name for folder in folders(self.basedir)] == ["audio"] else self.basedir

    def parse(self) -> Parsed:
        """Labels are the names of the folders, numbered in their order."""
        labels: dict[str, int] = {}
        told: list[tuple[Path, str, int]] = []
        for folder in folders(self._top()):
            match = _CLASS.fullmatch(folder.name)
            if match is None:
                raise VoxError(f"{folder}: a folder of ESC is named as `001 - Dog bark`")
            labels.setdefault(match[1], len(labels))
            for path in audio_files(folder):
                if path.name[0] not in "123456789":
                    raise VoxError(f"{path}: a file of ESC begins with the number of its fold, 1 to 9")
                told.append((path, match[1], int(path.name[0])))
        count = max((fold for _, _, fold in told), default=0)
        recordings = tuple(Recording(path, label, frozenset({fold - 1})) for path, label, fold in told)
        return Parsed(recordings, count, labels)
