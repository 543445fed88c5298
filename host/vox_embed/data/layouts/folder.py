"""A folder with a subfolder for each label, or one with a subfolder for each split and in those one for
each label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vox_embed.data.files import SUFFIXES, kinds_of, list_folder, of_the_system
from vox_embed.data.split_names import SPLIT_NAMES
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.text import plain_text

if TYPE_CHECKING:
    import pandas as pd

Layout = Literal["auto", "folder", "split_folder", "files"]
_CONVERT = "convert them, for example `ffmpeg -i a.m4a a.wav`, or take them away"
_ONE_LEVEL = "a folder database has one subfolder for each label, with audio files in it"
_TWO_LEVELS = "folders of splits hold one subfolder for each label: train/yes/a.wav, test/yes/b.wav"


def read_folder(path: Path, target: str, layout: Layout, notes: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """A row for each recording: `file`, from `path` on; the column `target`: its label; `split`, where
    folders are splits. And where each comes from.

    layout: `files` are all recordings below `path`, without label. `auto` takes folders that are all named
    as splits are for splits. What is left out, and why, is told in `notes`. Raises VoxError where a label
    has recordings of which none can be read, or where folders may be labels or splits.
    """
    import pandas as pd

    if layout == "files":
        rows = _any_files(path, notes)
        return pd.DataFrame(rows, dtype=object), [str(path / row["file"]) for row in rows]
    folders = _subfolders(path)
    if not folders:
        raise VoxError(
            f"{path}: has no subfolders", f"{_ONE_LEVEL}; names of files can tell it, too (`columns`)"
        )
    by_split = layout == "split_folder" or (layout == "auto" and _are_splits(path, folders))
    if not by_split:
        _tell_loose_files(path, notes)
        rows = _labels(path, folders, target, notes)
    else:
        rows = []
        for split in folders:
            if split.name.lower() not in SPLIT_NAMES:
                raise VoxError(f"{split}: its name is not that of a split (train, dev, test)", _TWO_LEVELS)
            _tell_loose_files(split, notes)
            found = _labels(path, _subfolders(split), target, notes)
            rows += [{**row, "split": SPLIT_NAMES[split.name.lower()]} for row in found]
    if not rows:
        raise VoxError(f"{path}: no audio files in its subfolders", f"known suffixes: {' '.join(SUFFIXES)}")
    return pd.DataFrame(rows, dtype=object), [str(path / row["file"]) for row in rows]


def _subfolders(path: Path) -> list[Path]:
    return sorted(item for item in path.iterdir() if item.is_dir() and not of_the_system(item.name))


def _are_splits(path: Path, folders: list[Path]) -> bool:
    """Whether all folders are named as splits are, and hold folders. Both `train` and `test` among labels
    are refused: one of the two readings would be wrong."""
    named = {SPLIT_NAMES[folder.name.lower()] for folder in folders if folder.name.lower() in SPLIT_NAMES}
    others = [folder.name for folder in folders if folder.name.lower() not in SPLIT_NAMES]
    if not others:
        if not any(_subfolders(folder) for folder in folders):
            raise VoxError(
                f"{path}: its subfolders are named as splits are ({_names(folders)}), and hold no folders of "
                "labels",
                f"{_TWO_LEVELS}; for labels of such names set `type: folder`",
            )
        return True
    if len(named) > 1:
        splits = [folder for folder in folders if folder.name.lower() in SPLIT_NAMES]
        raise VoxError(
            f"{path}: {_names(splits)} are named as splits are, `{others[0]}` as a label is",
            f"{_TWO_LEVELS}; for labels of such names set `type: folder`",
        )
    return False


def _names(folders: list[Path]) -> str:
    return ", ".join(f"`{folder.name}`" for folder in folders)


def _labels(root: Path, folders: list[Path], target: str, notes: list[str]) -> list[dict[str, str]]:
    """Rows of folders that are labels."""
    rows: list[dict[str, str]] = []
    strange: list[Path] = []
    for folder in folders:
        listing = list_folder(folder)
        strange += listing.strangers
        if not listing.recordings and listing.strangers:
            raise VoxError(
                f"{folder}: none of the files of this label can be read: {kinds_of(listing.strangers)}",
                _CONVERT,
            )
        if not listing.recordings:
            notes.append(f"warning: {folder}: no audio files, so `{folder.name}` is no label")
        label = plain_text(folder.name)
        rows += [{"file": file.relative_to(root).as_posix(), target: label} for file in listing.recordings]
    _tell_strangers(strange, notes)
    return rows


def _any_files(path: Path, notes: list[str]) -> list[dict[str, str]]:
    listing = list_folder(path)
    if not listing.recordings:
        raise VoxError(f"{path}: no audio files are there", f"known suffixes: {' '.join(SUFFIXES)}")
    _tell_strangers(listing.strangers, notes)
    return [{"file": file.relative_to(path).as_posix()} for file in listing.recordings]


def _tell_strangers(strange: Sequence[Path], notes: list[str]) -> None:
    if strange:
        notes.append(
            f"warning: {len(strange)} files are left out, as they cannot be read: {kinds_of(strange)}; "
            f"first: {strange[0]}; {_CONVERT}"
        )


def _tell_loose_files(path: Path, notes: list[str]) -> None:
    loose = sorted(
        item
        for item in path.iterdir()
        if item.suffix.lower() in SUFFIXES and item.is_file() and not of_the_system(item.name)
    )
    if loose:
        notes.append(
            f"warning: {len(loose)} audio files are left out, as they lie in no folder of a label; "
            f"first: {loose[0]}"
        )
