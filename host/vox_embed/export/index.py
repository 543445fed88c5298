"""The export targets: one line each, and one for every board that has a file in boards/."""

from __future__ import annotations

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.export.amalgamated_target import Amalgamated
from vox_embed.export.arduino import Arduino
from vox_embed.export.base import Target
from vox_embed.export.c99 import C99
from vox_embed.export.cmsis_pack import CmsisPack
from vox_embed.export.emlearn_target import Emlearn
from vox_embed.export.esp_idf import EspIdf
from vox_embed.export.esphome import Esphome
from vox_embed.export.firmware import board_targets
from vox_embed.export.inline_target import Inline
from vox_embed.export.json_target import Json
from vox_embed.export.mpy import MicroPython
from vox_embed.export.vxm import Vxm
from vox_embed.export.web import Web
from vox_embed.export.zephyr import Zephyr


def targets() -> dict[str, Target]:
    """Name -> target, in the order that --help lists them."""
    listed: tuple[Target, ...] = (
        C99(),
        Amalgamated(),
        Arduino(),
        Zephyr(),
        EspIdf(),
        Esphome(),
        CmsisPack(),
        Web(),
        *board_targets(),
        Inline(),
        Emlearn(),
        Vxm(),
        Json(),
    )
    return {target.name: target for target in listed}


_FORMATS = {
    "mpy": "--target rp2040 --format mpy",
    "micropython": "--target rp2040 --format mpy: any board that runs MicroPython",
}


def find_target(name: str) -> Target:
    """The target of that name; `<board>-mpy`: for MicroPython. Raises VoxError with the nearest name."""
    if name.endswith("-mpy"):
        return MicroPython(name.removesuffix("-mpy"))
    known = targets()
    if name not in known and name.lower() in _FORMATS:
        raise VoxError(f"`{name}` is a form of an export, no target", _FORMATS[name.lower()])
    if name not in known:
        raise VoxError(f"unknown export target `{name}`", did_you_mean(name, known, "targets"))
    return known[name]
