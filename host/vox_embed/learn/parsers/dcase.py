"""Acoustic scenes of DCASE 2017, development set: `audio`, `meta.txt`, `evaluation_setup/fold1_train.txt`."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import TABLE_BYTES
from vox_embed.learn.parsers.base import Parsed, Parser, Recording, numbered


class DcaseParser(Parser):
    """A file's validation folds are those whose list of training files lacks it."""

    def can_parse(self) -> bool:
        """Whether `audio`, `meta.txt` and `evaluation_setup/fold1_train.txt` are there."""
        base = self.basedir
        return (
            (base / "audio").is_dir()
            and (base / "meta.txt").is_file()
            and (base / "evaluation_setup" / "fold1_train.txt").is_file()
        )

    def parse(self) -> Parsed:
        """Recordings in the order of `meta.txt`."""
        labels = _lines(self.basedir / "meta.txt", 2)
        files = self._folds()
        train = [set(_lines(path, 1)) for path in files]
        for path, names in zip(files, train, strict=True):
            unknown = sorted(names - set(labels))
            if unknown:
                raise VoxError(f"{path}: {unknown[0]} is not in meta.txt")
        recordings = tuple(
            Recording(
                self.basedir / name,
                cells[1],
                frozenset(fold for fold, names in enumerate(train) if name not in names),
            )
            for name, cells in labels.items()
        )
        return Parsed(recordings, len(train), numbered(cells[1] for cells in labels.values()))

    def _folds(self) -> list[Path]:
        found = {
            int(match[1]): path
            for path in (self.basedir / "evaluation_setup").iterdir()
            if (match := re.fullmatch(r"fold(\d+)_train\.txt", path.name))
        }
        if sorted(found) != list(range(1, len(found) + 1)):
            raise VoxError(f"{self.basedir / 'evaluation_setup'}: folds {sorted(found)} are not 1, 2, 3, ...")
        return [found[number] for number in sorted(found)]


def _lines(path: Path, least: int) -> dict[str, list[str]]:
    """Cells of each line, by the first one: a file's name."""
    found: dict[str, list[str]] = {}
    try:
        text = read_text(path, TABLE_BYTES)
    except OSError as error:
        raise VoxError(f"{path}: {error.strerror}") from None
    for number, cells in enumerate(csv.reader(text.splitlines(), delimiter="\t"), start=1):
        if not cells:
            continue
        if len(cells) < least or not all(cells[:least]):
            raise VoxError(f"{path}:{number}: a line names a file, a tab, and its label")
        if cells[0] in found:
            raise VoxError(f"{path}:{number}: {cells[0]} is named twice")
        found[cells[0]] = cells
    return found
