"""What building and emulating a board takes; asked for before anything is built or read."""

from __future__ import annotations

from vox_embed.device import rp2040
from vox_embed.device.boards import Board
from vox_embed.device.measure.machine import RP2040JS, recipe_of
from vox_embed.experiment.needs import need_programs


def need_build(board: Board, *, stack: bool = False) -> None:
    """VoxError where the image cannot be built here: PlatformIO does that, or a tool or SDK is missing.

    stack: objdump is needed too, to bound its stack.
    """
    board.need_cmake()
    recipe = recipe_of(board.name)
    programs = _build_programs(board) + ([f"{recipe.compiler}objdump"] if stack else [])
    need_programs(f"building the image for {board.name}", programs)
    if recipe.sdk == "pico":
        rp2040.need_sdk()


def _build_programs(board: Board) -> list[str]:
    compiler = recipe_of(board.name).compiler
    return ["cmake", "ninja", f"{compiler}gcc" if compiler else "cc"]


def need_build_and_emulator(board: Board) -> None:
    """VoxError where the image cannot be built here or not be run, with all that is missing for both."""
    if board.emulator_program in (RP2040JS, "native"):
        need_emulator(board)
    else:
        board.need_cmake()
        programs = [board.emulator_program, *_build_programs(board)]
        need_programs(f"building and emulating {board.name}", programs)
    need_build(board)


def need_emulator(board: Board) -> None:
    """VoxError where the board's emulator is not installed. `native` is its own."""
    if board.emulator_program == RP2040JS:
        rp2040.need_emulator()
    elif board.emulator_program != "native":
        need_programs(f"emulating {board.name}", [board.emulator_program])
