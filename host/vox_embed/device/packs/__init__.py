"""New boards from CMSIS-Packs: `read_device`, then `board_files` for their text or `add_board` to add it."""

from vox_embed.device.packs.add import add_board
from vox_embed.device.packs.board import board_files
from vox_embed.device.packs.pdsc import Memory, PackDevice, read_device

__all__ = ["Memory", "PackDevice", "add_board", "board_files", "read_device"]
