"""What helps where a model is too large for a board: hints that can be followed on that very board."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vox_embed.experiment.board_file import read_board_file
from vox_embed.experiment.sources import firmware_root

_KB = 1024
_LEAST_PROGRAM_KB = 3
"""RAM of the device program's own variables and buffers; on larger boards an eighth of all."""
_NAMED = 4


def ram_hint(board: str, needed: int) -> str:
    """Where a running model needs more bytes than `arena_kb` sets aside.

    Raise it if the chip has the RAM, with smaller slots for pushed models if need be; else other boards.
    """
    keys = _keys(board)
    if keys is None:
        return "train a smaller model, or choose another board"
    arena, slots = int(keys["arena_kb"]), _slots_kb(keys)
    wanted = -(-needed // _KB)
    free = _free_kb(keys)
    file = f"boards/{board}.yaml"
    if free is None or wanted <= arena + free:
        return f"raise arena_kb in {file} to {wanted} and build the image again, or train a smaller model"
    if wanted <= arena + free + slots:
        slot = (arena + free + slots - wanted) // 2
        return (
            f"in {file} lower model_slot_kb to {slot} and raise arena_kb to {wanted}, and build the image "
            "again; or train a smaller model"
        )
    others = _with_room(needed, 0)
    return f"the chip has no more: train a smaller model, or choose a board with more RAM{others}"


def flash_hint(size: int) -> str:
    """Where a model's bytes do not fit the flash."""
    return f"train a smaller model, or choose a board with more flash{_with_room(0, size)}"


def _keys(board: str) -> Mapping[str, Any] | None:
    """None for a board that has no file here, as a stranger's on a serial port."""
    return next((read_board_file(path) for path in _folder().glob("*.yaml") if path.stem == board), None)


def _folder() -> Path:
    return firmware_root() / "boards"


def _slots_kb(keys: Mapping[str, Any]) -> int:
    """RAM of the two slots for pushed models; 0 where they lie in flash."""
    in_ram = "ram_slots" in str(keys.get("parts", "")).split()
    return 2 * int(keys["model_slot_kb"]) if in_ram else 0


def _free_kb(keys: Mapping[str, Any]) -> int | None:
    """RAM that nothing is set aside of; None where there is no limit."""
    ram = int(keys["ram_kb"])
    if ram == 0:
        return None
    program = max(_LEAST_PROGRAM_KB, ram // 8)
    taken = int(keys["arena_kb"]) + int(keys.get("stack_kb", 0)) + _slots_kb(keys) + program
    return max(0, ram - taken)


def _with_room(needed: int, size: int) -> str:
    """Names of built boards with so much RAM and flash, chips before emulated ones."""
    names = []
    for path in sorted(_folder().glob("*.yaml")):
        keys = read_board_file(path)
        flash = int(keys["flash_kb"])
        fits = _KB * int(keys["arena_kb"]) >= needed and (flash == 0 or _KB * flash >= size)
        if fits and keys["status"]["built"]:
            names.append(path.stem)
    names.sort(key=lambda name: (name == "native", name.startswith("qemu-"), name))
    return f" ({', '.join(names[:_NAMED])})" if names else ""
