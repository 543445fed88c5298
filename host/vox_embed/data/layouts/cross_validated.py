"""Folders of folds with folders of labels: `fold_1/yes/a.wav`, `fold_2/no/b.wav`."""

from __future__ import annotations

import re

from vox_embed.data.layouts.base import Parsed, Parser, Recording, audio_files, folders, numbered
from vox_embed.experiment.errors import VoxError

_FOLD = re.compile(r"fold_([1-9]\d{0,3})")


class CrossValidatedParser(Parser):
    """Folders `fold_N`, two or more: each is the validation split of its fold."""

    def can_parse(self) -> bool:
        """Whether all folders are folds."""
        found = folders(self.basedir)
        return len(found) > 1 and all(_FOLD.fullmatch(folder.name) for folder in found)

    def parse(self) -> Parsed:
        """Recordings, fold by fold."""
        tops = {int(match[1]): top for top in folders(self.basedir) if (match := _FOLD.fullmatch(top.name))}
        if sorted(tops) != list(range(1, len(tops) + 1)):
            raise VoxError(f"{self.basedir}: folds {sorted(tops)} are not 1, 2, 3, ...")
        recordings = tuple(
            Recording(path, label.name, frozenset({number - 1}))
            for number in sorted(tops)
            for label in folders(tops[number])
            for path in audio_files(label)
        )
        return Parsed(recordings, len(tops), numbered(str(item.label) for item in recordings))
