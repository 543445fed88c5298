"""Which files of a folder are recordings, and which only seem to be missing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vox_embed.data.audio import probe
from vox_embed.experiment.errors import VoxError

SUFFIXES = (
    ".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".snd",
    ".caf", ".w64", ".rf64",
)  # fmt: skip
"""Of recordings. Other files are recordings where they can be read as such."""

_COMPANIONS = (
    ".bib", ".bmp", ".cfg", ".conf", ".csv", ".doc", ".docx", ".gif", ".h5", ".htm", ".html", ".ini",
    ".ipynb", ".jpeg", ".jpg", ".json", ".jsonl", ".lab", ".log", ".mat", ".md", ".md5", ".npy", ".npz",
    ".odt", ".pdf", ".phn", ".pkl", ".png", ".py", ".rst", ".rtf", ".sh", ".sha1", ".sha256", ".srt",
    ".svg", ".textgrid", ".toml", ".trs", ".tsv", ".txt", ".vtt", ".webp", ".wrd", ".xls", ".xlsx",
    ".xml", ".yaml", ".yml",
)  # fmt: skip
"""Of what lies beside recordings and is none."""
_COMPANION_NAMES = frozenset(("readme", "license", "licence", "copying", "changes", "changelog", "makefile"))
_OF_THE_SYSTEM = frozenset(
    (
        "$recycle.bin",
        "@eadir",
        "__macosx",
        "desktop.ini",
        "lost+found",
        "system volume information",
        "thumbs.db",
    )
)
_LISTED = 4


@dataclass(frozen=True)
class Listing:
    """Files under a folder, sorted. recordings: to be read. strangers: neither recordings nor what lies
    beside them, so that someone may miss them."""

    recordings: tuple[Path, ...]
    strangers: tuple[Path, ...]


def of_the_system(name: str) -> bool:
    """Whether a file or folder is hidden, or made by an operating system: `._a.wav`, `Thumbs.db`."""
    return name.startswith(".") or name.casefold() in _OF_THE_SYSTEM


def list_folder(folder: Path) -> Listing:
    """Everything under a folder, whatever the depth; links to folders are followed once."""
    recordings, strangers = [], []
    for file in sorted(_walk(folder)):
        suffix = file.suffix.lower()
        if suffix in SUFFIXES:
            recordings.append(file)
        elif suffix in _COMPANIONS or file.stem.casefold() in _COMPANION_NAMES:
            continue
        elif _sounds(file):
            recordings.append(file)
        else:
            strangers.append(file)
    return Listing(tuple(recordings), tuple(strangers))


def _walk(folder: Path) -> Iterator[Path]:
    seen: set[str] = set()

    def refuse(error: OSError) -> None:
        raise VoxError(
            f"{error.filename}: cannot be read: {error.strerror}", "check its permissions"
        ) from None

    for place, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not of_the_system(name))
        yield from (Path(place, name) for name in files if not of_the_system(name))


def _sounds(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        probe(file)
    except VoxError:
        return False
    return True


def kinds_of(files: Iterable[Path]) -> str:
    """`.m4a` (10), `.wma` (2): suffixes and how many of each."""
    counts: dict[str, int] = {}
    for file in files:
        kind = f"`{file.suffix}`" if file.suffix else "without a suffix"
        counts[kind] = counts.get(kind, 0) + 1
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{kind} ({count})" for kind, count in most[:_LISTED])
    return listed + (", ..." if len(most) > _LISTED else "")
