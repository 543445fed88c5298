"""Drives of boards that wait for a program: a Raspberry Pi Pico's boot loader, a micro:bit."""

from __future__ import annotations

import os
import string
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vox_embed.experiment.errors import VoxError


@dataclass(frozen=True)
class DriveKind:
    """How a board's drive is known, and what brings it up."""

    board: str
    label: str
    info: str
    """A file that is on every such drive."""
    marks: tuple[str, ...]
    """One of them is in that file."""
    press: str
    """What a user does so that it appears."""


PICO = DriveKind(
    "Pico",
    "RPI-RP2",
    "INFO_UF2.TXT",
    ("RPI-RP2",),
    "hold the button BOOTSEL, plug the Pico in, let go",
)
MICROBIT = DriveKind(
    "micro:bit",
    "MICROBIT",
    "DETAILS.TXT",
    ("Unique ID: 9900", "Unique ID: 9901"),
    "plug the micro:bit 1 in by USB (a micro:bit 2 has another processor)",
)


def boot_drives(kind: DriveKind, roots: Iterable[Path] | None = None) -> list[Path]:
    """Those that are mounted. roots: folders that drives are mounted in."""
    places = _mounted() if roots is None else [place for root in roots for place in _below(root)]
    return sorted(drive for drive in places if _is_of(kind, drive))


def need_drive(kind: DriveKind, drives: list[Path]) -> Path:
    """The one drive. Raises VoxError where there is none, or several."""
    if not drives:
        raise VoxError(
            f"there is no drive of a {kind.board} ({kind.label}) that waits for a program",
            f"{kind.press}, try again; or --out FILE, and copy that to the drive",
        )
    if len(drives) > 1:
        raise VoxError(
            f"several drives of a {kind.board} wait for a program: {', '.join(map(str, drives))}",
            "choose one with --drive",
        )
    return drives[0]


def copy_to(kind: DriveKind, drive: Path, name: str, data: bytes) -> None:
    """Writes the file; the board restarts when it has all of it. Raises VoxError where it goes wrong."""
    if not _is_of(kind, drive):
        raise VoxError(
            f"{drive} is no drive of a {kind.board}: there is no {kind.info} that says so",
            f"name the drive {kind.label}; or: {kind.press}",
        )
    try:
        with (drive / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise VoxError(f"{drive}: {error.strerror or error}", "is it still there? Try again") from None


def _is_of(kind: DriveKind, drive: Path) -> bool:
    try:
        text = (drive / kind.info).read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return any(mark in text for mark in kind.marks)


def _mounted() -> Iterable[Path]:
    if sys.platform == "win32":
        return [Path(f"{letter}:\\") for letter in string.ascii_uppercase[2:]]
    roots = [Path("/Volumes"), Path("/media"), Path("/run/media"), Path("/mnt")]
    return [
        place for root in roots for place in (*_below(root), *(p for r in _below(root) for p in _below(r)))
    ]


def _below(root: Path) -> list[Path]:
    try:
        return [path for path in root.iterdir() if path.is_dir()]
    except OSError:
        return []
