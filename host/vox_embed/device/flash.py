"""A file that makes a board listen: kept firmware, and a model in its slot of the flash."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vox_embed.core import Model, crc32
from vox_embed.device.boards import find_board
from vox_embed.device.boot_drives import MICROBIT, PICO, DriveKind
from vox_embed.device.intel_hex import to_hex
from vox_embed.device.uf2 import to_uf2
from vox_embed.experiment.board_room import flash_hint, ram_hint
from vox_embed.experiment.errors import VoxError

FIRMWARE = Path(__file__).parent / "firmware"
"""<board>.bin.gz, without a model; tools/build_kept.sh makes them."""
_RP2040_FAMILY = 0xE48BFF56
_SLOTS = 2
_MAGIC = 0x4D584F56
"""Of a slot's header: firmware/hal/flash_slots.c."""


@dataclass(frozen=True)
class Kept:
    """A board whose firmware is kept built."""

    board: str
    origin: int
    """Of the flash, where the firmware goes."""
    sector: int
    """Bytes that are erased at once: firmware/hal/<family>/flash_layout.h."""
    suffix: str
    pack: Callable[[Mapping[int, bytes]], bytes]
    drive: DriveKind

    @property
    def firmware(self) -> bytes:
        """The image, without a model."""
        return gzip.decompress((FIRMWARE / f"{self.board}.bin.gz").read_bytes())

    def first_slot(self) -> int:
        """Address of the first of two slots, which end with the flash."""
        board = find_board(self.board)
        span = 1024 * board.model_slot_kb + self.sector
        return self.origin + 1024 * board.flash_kb - _SLOTS * span


KEPT = {
    one.board: one
    for one in (
        Kept("rp2040", 0x10000000, 4096, ".uf2", lambda pieces: to_uf2(pieces, _RP2040_FAMILY), PICO),
        Kept("microbit", 0, 1024, ".hex", to_hex, MICROBIT),
    )
}


def find_kept(target: str) -> Kept:
    """Raises VoxError for a board whose firmware is not kept."""
    if target not in KEPT:
        raise VoxError(
            f"there is no firmware kept built for {target}",
            f"choose one of: {', '.join(KEPT)}; or: vox-embed export --target {target}",
        )
    return KEPT[target]


def flash_file(kept: Kept, data: bytes, name: str) -> bytes:
    """Firmware and model. Raises VoxError where the model does not fit."""
    board, core = find_board(kept.board), Model(data)
    slot, arena = 1024 * board.model_slot_kb, 1024 * board.arena_kb
    needed = core.listener_size if core.hears else core.arena_size
    if needed > arena:
        raise VoxError(
            f"{name} needs {needed} bytes of RAM; {kept.board} sets {arena} aside",
            ram_hint(kept.board, needed),
        )
    if len(data) > slot:
        raise VoxError(f"{name} has {len(data)} bytes; {kept.board} has {slot} for it", flash_hint(len(data)))
    order, revision = 1, 0
    fields = struct.pack("<4I", _MAGIC, order, len(data), revision)
    header = fields + struct.pack("<I", crc32(fields))
    first = kept.first_slot()
    return kept.pack(
        {
            kept.origin: kept.firmware,
            first: data,
            first + slot: header,
            first + slot + kept.sector + slot: bytes(len(header)),  # what the other slot held counts no more
        }
    )
