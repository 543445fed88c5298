"""UrbanSound8K: `metadata/UrbanSound8K.csv` and `audio/fold1`, ..., `audio/fold10`."""

from __future__ import annotations

import csv
from pathlib import Path

from vox_embed.data.layouts.base import Parsed, Parser, Recording
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import TABLE_BYTES

_COLUMNS = ("slice_file_name", "fold", "classID", "class")


class UrbanSound8KParser(Parser):
    """Folds and numbers of classes are those of the table."""

    def can_parse(self) -> bool:
        """Whether the table and the folder `audio` are there."""
        return (self.basedir / "audio").is_dir() and self._table().is_file()

    def _table(self) -> Path:
        return self.basedir / "metadata" / "UrbanSound8K.csv"

    def parse(self) -> Parsed:
        """Recordings in the order of the table."""
        path = self._table()
        try:
            text = read_text(path, TABLE_BYTES)
        except OSError as error:
            raise VoxError(f"{path}: {error.strerror}") from None
        reader = csv.DictReader(text.splitlines())
        absent = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if absent:
            raise VoxError(f"{path}:1: has no column {', '.join(absent)}")
        recordings = []
        labels: dict[str, int] = {}
        for row in reader:
            where = f"{path}:{reader.line_num}"
            try:
                fold, number = int(row["fold"]), int(row["classID"])
            except (TypeError, ValueError):
                raise VoxError(f"{where}: fold and classID are numbers") from None
            if not 1 <= fold <= 100:
                raise VoxError(f"{where}: fold {fold}; folds are 1 to 10")
            if labels.setdefault(row["class"], number) != number:
                raise VoxError(
                    f"{where}: class {row['class']} has the numbers {number} and {labels[row['class']]}"
                )
            file = self.basedir / "audio" / f"fold{fold}" / row["slice_file_name"]
            recordings.append(Recording(file, row["class"], frozenset({fold - 1})))
        count = max((max(item.folds) + 1 for item in recordings), default=0)
        return Parsed(tuple(recordings), count, labels)
