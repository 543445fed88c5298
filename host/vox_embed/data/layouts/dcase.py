"""Acoustic scenes of DCASE, development sets: `audio`, `meta.txt` (2017) or `meta.csv` (from 2018 on), and
`evaluation_setup/fold1_train.txt` or `.csv`."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from vox_embed.data.layouts.base import Parsed, Parser, Recording, numbered
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import TABLE_BYTES

_HEAD = "filename"  # begins the header of later years


class DcaseParser(Parser):
    """A file's validation folds are those whose list of training files lacks it. The third column of
    `meta`, the place or session of a recording, is `identifier`."""

    def can_parse(self) -> bool:
        """Whether `audio`, `meta` and `evaluation_setup/fold1_train` are there."""
        base = self.basedir
        return (base / "audio").is_dir() and any(
            (base / f"meta{kind}").is_file() and (base / "evaluation_setup" / f"fold1_train{kind}").is_file()
            for kind in (".txt", ".csv")
        )

    def parse(self) -> Parsed:
        """Recordings in the order of `meta`."""
        meta = next(path for kind in (".txt", ".csv") if (path := self.basedir / f"meta{kind}").is_file())
        labels = _lines(meta, 2)
        files = self._folds(meta.suffix)
        train = [set(_lines(path, 1)) for path in files]
        for path, names in zip(files, train, strict=True):
            unknown = sorted(names - set(labels))
            if unknown:
                raise VoxError(f"{path}: {unknown[0]} is not in {meta.name}")
        recordings = tuple(
            Recording(
                self.basedir / name,
                cells[1],
                frozenset(fold for fold, names in enumerate(train) if name not in names),
                columns={"identifier": cells[2]} if len(cells) > 2 and cells[2] else {},
            )
            for name, cells in labels.items()
        )
        return Parsed(recordings, len(train), numbered(cells[1] for cells in labels.values()))

    def _folds(self, kind: str) -> list[Path]:
        found = {
            int(match[1]): path
            for path in (self.basedir / "evaluation_setup").iterdir()
            if (match := re.fullmatch(rf"fold(\d+)_train{re.escape(kind)}", path.name))
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
        if not cells or (number == 1 and cells[0] == _HEAD):
            continue
        if len(cells) < least or not all(cells[:least]):
            raise VoxError(f"{path}:{number}: a line names a file, a tab, and its label")
        if cells[0] in found:
            raise VoxError(f"{path}:{number}: {cells[0]} is named twice")
        found[cells[0]] = cells
    return found
