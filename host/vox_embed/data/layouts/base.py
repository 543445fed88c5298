"""What the reader of a data set's layout gives, and what it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from vox_embed.data.files import SUFFIXES, of_the_system


class Partition(IntEnum):
    """The part of a data set that an instance belongs to, as its number in files."""

    TRAIN = 0
    DEVEL = 1
    TEST = 2


@dataclass(frozen=True)
class Recording:
    """An audio file and what its data set says of it.

    folds: numbers, from 0, of the folds that have it in their validation split. columns: what else is
    known, such as `speaker`, or `start` and `end` in seconds of a part. place: where that stands, for
    messages.
    """

    path: Path
    label: str | None = None
    folds: frozenset[int] = frozenset()
    partition: Partition | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    place: str | None = None


@dataclass(frozen=True)
class Parsed:
    """A data set: recordings in an order that stays, the number of folds, labels and their numbers, and
    what the user should know."""

    recordings: tuple[Recording, ...]
    fold_count: int = 0
    label_map: Mapping[str, int] | None = None
    notes: tuple[str, ...] = ()


class Parser(ABC):
    """Reads a data set's layout. An own one is a subclass."""

    def __init__(self, basedir: Path) -> None:
        self.basedir = basedir

    @abstractmethod
    def can_parse(self) -> bool:
        """Whether the folder looks like this layout."""

    @abstractmethod
    def parse(self) -> Parsed:
        """The recordings; VoxError naming the file or line that does not fit the layout."""


def numbered(labels: Iterable[str]) -> dict[str, int]:
    """Labels in alphabetical order, and their numbers."""
    return {label: number for number, label in enumerate(sorted(set(labels)))}


def folders(path: Path) -> list[Path]:
    """Subfolders in the order of their names, but for those of operating systems."""
    return sorted(item for item in path.iterdir() if item.is_dir() and not of_the_system(item.name))


def audio_files(path: Path, *, below: bool = False) -> list[Path]:
    """Audio files in a folder, or anywhere below it, in the order of their names."""
    found = path.rglob("*") if below else path.iterdir()
    return sorted(
        item
        for item in found
        if item.suffix.lower() in SUFFIXES and item.is_file() and not of_the_system(item.name)
    )
