"""The boards: one YAML file each in boards/."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vox_embed.experiment.board_file import read_board_file, section_of
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.sources import firmware_root, project_folder

__all__ = ["Board", "all_boards", "boards_folder", "find_board", "project_folder", "read_board"]


@dataclass(frozen=True)
class Board:
    """One file of boards/."""

    name: str
    title: str
    core: str
    fpu: str
    clock_mhz: int
    baud: int
    """Of the serial port; 0 where it has none."""
    flash_kb: int
    ram_kb: int
    arena_kb: int
    model_slot_kb: int
    emulator_program: str
    """`qemu-system-arm`, `native`, or empty where nothing emulates this board."""
    emulator_machine: str
    emulator_args: tuple[str, ...]
    icount_shift: int
    built: bool
    emulated: bool
    hardware: bool
    platform: str = ""
    """PlatformIO's platform that builds it; empty where CMake does, with the compiler on PATH."""

    def need_cmake(self) -> None:
        """Raises VoxError where only PlatformIO can build the image."""
        if self.platform:
            raise VoxError(
                f"the image for {self.name} is built by PlatformIO (platform {self.platform}), not by CMake",
                f"vox-embed export --target {self.name}, and in that folder: pio run -e {self.name}",
            )


def boards_folder() -> Path:
    """The folder boards/ of the checkout, or of the sources that the wheel carries."""
    return firmware_root() / "boards"


def read_board(path: Path) -> Board:
    """A board from its file. Raises VoxError naming the file and the key that is missing or wrong."""
    raw = read_board_file(path)
    emulator, status, vendor = (section_of(raw, key, path) for key in ("emulator", "status", "platformio"))
    try:
        return Board(
            name=str(raw["name"]),
            title=str(raw["title"]),
            core=str(raw["core"]),
            fpu=str(raw["fpu"]),
            clock_mhz=int(raw["clock_mhz"]),
            baud=int(raw.get("baud", 0)),
            flash_kb=int(raw["flash_kb"]),
            ram_kb=int(raw["ram_kb"]),
            arena_kb=int(raw["arena_kb"]),
            model_slot_kb=int(raw["model_slot_kb"]),
            emulator_program=str(emulator.get("program", "")),
            emulator_machine=str(emulator.get("machine", "")),
            emulator_args=tuple(str(emulator.get("args", "")).split()),
            icount_shift=int(emulator.get("icount", 2)),
            built=bool(status["built"]),
            emulated=bool(status["emulated"]),
            hardware=bool(status["hardware"]),
            platform=str(vendor.get("platform", "")),
        )
    except KeyError as error:
        raise VoxError(f"{path}: the key {error.args[0]} is missing") from error
    except (TypeError, ValueError) as error:
        raise VoxError(f"{path}: {error}") from error


def all_boards() -> list[Board]:
    """Every board, by name."""
    return [read_board(path) for path in sorted(boards_folder().glob("*.yaml"))]


def find_board(name: str) -> Board:
    """The board called `name`. Raises VoxError that lists the boards there are."""
    path = boards_folder() / f"{name}.yaml"
    if not path.is_file() or "/" in name:
        import difflib

        names = [p.stem for p in sorted(boards_folder().glob("*.yaml"))]
        near = difflib.get_close_matches(name, names, 1)
        raise VoxError(
            f"there is no board {name!r}",
            f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(names)}",
        )
    return read_board(path)
