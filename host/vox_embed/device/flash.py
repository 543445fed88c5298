"""A file that makes a Raspberry Pi Pico listen: kept firmware, and a model in its slot of the flash."""

from __future__ import annotations

import gzip
import os
import string
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from vox_embed.core import Model, crc32
from vox_embed.device.boards import find_board
from vox_embed.device.uf2 import to_uf2
from vox_embed.experiment.board_room import flash_hint, ram_hint
from vox_embed.experiment.errors import VoxError

FIRMWARE = Path(__file__).parent / "firmware" / "rp2040.bin.gz"
"""Without a model; tools/build_pico.sh makes it."""
TARGETS = ("rp2040",)
_FAMILY = 0xE48BFF56
_FLASH = 0x10000000
_SECTOR = 4096
_SLOTS = 2
_MAGIC = 0x4D584F56
"""Of a slot's header: firmware/hal/flash_slots.c."""
_INFO = "INFO_UF2.TXT"
_BOARD_ID = "RPI-RP2"


def pico_uf2(data: bytes, name: str) -> bytes:
    """Firmware and model. Raises VoxError where the model does not fit."""
    board, core = find_board("rp2040"), Model(data)
    slot, arena = 1024 * board.model_slot_kb, 1024 * board.arena_kb
    needed = core.listener_size if core.hears else core.arena_size
    if needed > arena:
        raise VoxError(
            f"{name} needs {needed} bytes of RAM; rp2040 sets {arena} aside", ram_hint("rp2040", needed)
        )
    if len(data) > slot:
        raise VoxError(f"{name} has {len(data)} bytes; rp2040 has {slot} for it", flash_hint(len(data)))
    first = _FLASH + 1024 * board.flash_kb - _SLOTS * (slot + _SECTOR)
    order, revision = 1, 0
    fields = struct.pack("<4I", _MAGIC, order, len(data), revision)
    header = fields + struct.pack("<I", crc32(fields))
    return to_uf2(
        {
            _FLASH: gzip.decompress(FIRMWARE.read_bytes()),
            first: data,
            first + slot: header,
            first + slot + _SECTOR + slot: bytes(len(header)),  # whatever the other slot held counts no more
        },
        _FAMILY,
    )


def boot_drives(roots: Iterable[Path] | None = None) -> list[Path]:
    """Drives of Picos that wait for a UF2. roots: folders that drives are mounted in."""
    found = []
    for drive in _mounted() if roots is None else (place for root in roots for place in _below(root)):
        try:
            if _BOARD_ID in (drive / _INFO).read_text(encoding="ascii", errors="replace"):
                found.append(drive)
        except OSError:
            continue
    return sorted(found)


def need_drive(drives: list[Path]) -> Path:
    """The one drive. Raises VoxError where there is none, or several."""
    if not drives:
        raise VoxError(
            f"there is no drive of a Pico ({_BOARD_ID}) that waits for a program",
            "hold the button BOOTSEL, plug the Pico in, let go, try again; or --out FILE.uf2, and copy that",
        )
    if len(drives) > 1:
        raise VoxError(
            f"several Picos wait for a program: {', '.join(map(str, drives))}", "choose one with --drive"
        )
    return drives[0]


def copy_to(drive: Path, data: bytes) -> None:
    """Writes the file; the Pico restarts when it has all of it. Raises VoxError where it goes wrong."""
    if not (drive / _INFO).is_file():
        raise VoxError(f"{drive} is no drive of a boot loader: it has no {_INFO}", "name the drive RPI-RP2")
    try:
        with (drive / "vox.uf2").open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise VoxError(f"{drive}: {error.strerror or error}", "is it still there? Try again") from None


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
