"""Speech Commands: `yes/0a7c2a8d_nohash_0.wav`, with `validation_list.txt` and `testing_list.txt` or
without."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Literal

from vox_embed.data.layouts.base import Parsed, Parser, Partition, Recording, audio_files, folders, numbered
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import TABLE_BYTES

_SPEAKER = re.compile(r"(.+?)_nohash_\d+")
_MOST = 2**27 - 1  # clips of a word that the published function divides
_LISTS = {"validation_list.txt": Partition.DEVEL, "testing_list.txt": Partition.TEST}
_NO_WORDS = "_background_noise_"

Split = Literal["train", "dev", "test"]


def hashed_split(file: str, dev: float = 10.0, test: float = 10.0) -> Split:
    """The split of a clip as the data set's authors define it: by a hash of the speaker's part of its
    name, so that a speaker stays where they are when clips are added. dev, test: percent."""
    name = re.sub(r"_nohash_.*$", "", Path(file).name)
    number = int(hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(), 16)
    percent = (number % (_MOST + 1)) * (100.0 / _MOST)
    return "dev" if percent < dev else "test" if percent < dev + test else "train"


class SpeechCommandsParser(Parser):
    """A folder for each word; the speaker is the part of a name before `_nohash_`."""

    def can_parse(self) -> bool:
        """Whether the lists are there, or names of all words tell of their speaker."""
        words = self._words()
        if len(words) < 2:
            return False
        if all((self.basedir / name).is_file() for name in _LISTS):
            return True
        first = [next(iter(audio_files(word)), None) for word in words]
        return all(file is not None and _SPEAKER.fullmatch(file.stem) for file in first)

    def _words(self) -> list[Path]:
        return [folder for folder in folders(self.basedir) if folder.name != _NO_WORDS]

    def parse(self) -> Parsed:
        """Recordings word by word. The lists say the splits where both are there, else the hash does."""
        listed = self._listed()
        rows = []
        for word in self._words():
            for path in audio_files(word):
                found = _SPEAKER.fullmatch(path.stem)
                split = (
                    _BY_NAME[hashed_split(path.name)]
                    if listed is None
                    else listed.get(f"{word.name}/{path.name}", Partition.TRAIN)
                )
                columns = {"speaker": found[1]} if found else {}
                rows.append(Recording(path, word.name, partition=split, columns=columns))
        noises = self.basedir / _NO_WORDS
        notes = (f"{noises}: no word; `augment.noise_path` can mix it in",) if noises.is_dir() else ()
        return Parsed(tuple(rows), 0, numbered(str(row.label) for row in rows), notes)

    def _listed(self) -> dict[str, Partition] | None:
        """Split of each file that a list names."""
        if not all((self.basedir / name).is_file() for name in _LISTS):
            return None
        found: dict[str, Partition] = {}
        for name, split in _LISTS.items():
            path = self.basedir / name
            try:
                lines = read_text(path, TABLE_BYTES).splitlines()
            except OSError as error:
                raise VoxError(f"{path}: cannot be read: {error.strerror or error}") from None
            for number, line in enumerate(lines, start=1):
                file = line.strip()
                if not file:
                    continue
                if "/" not in file:
                    raise VoxError(f"{path}:{number}: `{file}` is no word/file.wav")
                if found.setdefault(file, split) != split:
                    raise VoxError(f"{path}:{number}: {file} is in both lists")
        if found and not any((self.basedir / file).is_file() for file in found):
            raise VoxError(
                f"{self.basedir}: none of the files of its lists is there", "are they of another version?"
            )
        return found


_BY_NAME = {"train": Partition.TRAIN, "dev": Partition.DEVEL, "test": Partition.TEST}
