"""ESC-10 and ESC-50: `meta/esc50.csv` and `audio/1-100032-A-0.wav`, or as they were first published,
`001 - Dog bark/1-30226-A.ogg`."""

from __future__ import annotations

import re
from pathlib import Path

from vox_embed.data.layouts.base import Parsed, Parser, Recording, audio_files, folders
from vox_embed.data.layouts.table import read_table
from vox_embed.experiment.errors import VoxError

_CLASS = re.compile(r"\d{3} - (.+)")
_COLUMNS = ("filename", "fold", "target", "category")
_MORE = ("esc10", "src_file", "take")


class EscParser(Parser):
    """A table of files with folds and categories; or folders `ddd - class`, in them files whose first
    digit is their fold."""

    def can_parse(self) -> bool:
        """Whether the table is there, or such folders, and none of another kind with audio in it."""
        if self._table() is not None:
            return True
        found = folders(self._top())
        return bool(found) and all(_CLASS.fullmatch(folder.name) for folder in found)

    def _table(self) -> Path | None:
        return next(iter(sorted((self.basedir / "meta").glob("esc*.csv"))), None)

    def _top(self) -> Path:
        """The base folder, or the folder `audio` in it where all else is there."""
        inner = self.basedir / "audio"
        return inner if [folder.name for folder in folders(self.basedir)] == ["audio"] else self.basedir

    def parse(self) -> Parsed:
        """Labels are the categories, or the names of the folders, numbered in their order."""
        table = self._table()
        return self._of_folders() if table is None else self._of_table(table)

    def _of_table(self, path: Path) -> Parsed:
        table, places = read_table(path)
        absent = [name for name in _COLUMNS if name not in table]
        if absent:
            raise VoxError(f"{path}:1: has no column {', '.join(absent)}")
        rows = []
        labels: dict[str, int] = {}
        for place, (_, row) in zip(places, table.iterrows(), strict=True):
            try:
                fold, number = int(row["fold"]), int(row["target"])
            except (TypeError, ValueError):
                raise VoxError(f"{place}: fold and target are numbers") from None
            if not 1 <= fold <= 100:
                raise VoxError(f"{place}: fold {fold}; folds are 1 to 5")
            if labels.setdefault(row["category"], number) != number:
                raise VoxError(
                    f"{place}: {row['category']} has the numbers {number} and {labels[row['category']]}"
                )
            more = {name: row[name] for name in _MORE if isinstance(row.get(name), str)}
            file = self.basedir / "audio" / row["filename"]
            rows.append(Recording(file, row["category"], frozenset({fold - 1}), columns=more, place=place))
        return Parsed(tuple(rows), max(max(row.folds) + 1 for row in rows), labels)

    def _of_folders(self) -> Parsed:
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
