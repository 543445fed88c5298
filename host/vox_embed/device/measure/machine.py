"""How programs for a board's core are compiled and run, from boards/<board>.yaml and its linker script."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vox_embed.device.boards import all_boards, boards_folder, find_board
from vox_embed.experiment.board_file import read_board_file
from vox_embed.experiment.errors import VoxError

_REGION = re.compile(
    r"^\s*(\w+)\s*(?:\(([^)]*)\))?\s*:\s*ORIGIN\s*=\s*(\w+)\s*,\s*LENGTH\s*=\s*(\w+)\s*$", re.MULTILINE
)
_MEMORY = re.compile(r"\bMEMORY\s*\{([^}]*)\}")
RP2040JS = "rp2040js"
# The RP2040's data sheet, section 2.2.1; flash and RAM are as large as the board's file says.
_RP2040_FLASH, _RP2040_RAM = 0x10000000, 0x20000000
_RP2040_FLAGS = ("-mcpu=cortex-m0plus", "-mthumb", "-mfloat-abi=soft")
_UNITS = {"K": 1 << 10, "M": 1 << 20}


@dataclass(frozen=True)
class Region:
    """Memory of a board."""

    origin: int
    length: int


@dataclass(frozen=True)
class Machine:
    """A core in an emulator."""

    name: str
    compiler: str
    """Prefix of the compiler's commands."""
    flags: tuple[str, ...]
    """Of the core."""
    emulator: str
    machine: str
    arguments: tuple[str, ...]
    clock_mhz: int
    icount_shift: int
    """One instruction takes 2^n ns."""
    code: Region
    ram: Region

    @property
    def unit(self) -> str:
        """What is counted: QEMU knows instructions only, rp2040js cycles."""
        return "cycles" if self.emulator == RP2040JS else "instructions"

    @property
    def is_riscv(self) -> bool:
        """Not an Arm core."""
        return "riscv" in self.emulator

    def counted(self, ticks: int) -> int:
        """Of `unit`, from ticks of the clock that programs read."""
        if self.is_riscv or self.emulator == RP2040JS:
            return ticks
        return ticks * 1000 // (self.clock_mhz << self.icount_shift)


@dataclass(frozen=True)
class Recipe:
    """What boards/<board>.yaml says about building."""

    compiler: str
    sdk: str
    """Whose sources it takes: `pico`, or empty."""
    cpu_flags: tuple[str, ...]
    linker_script: str | None
    memories: tuple[Region, Region] | None
    """Code and RAM; None where the linker script says where they lie."""
    interrupt_handlers: tuple[str, ...]
    """Functions that the program itself puts into the vector table."""
    interrupt_levels: int
    """Priorities in use: so many handlers may lie on top of each other."""
    pointer_calls: dict[str, tuple[str, ...]]
    """Function -> what it calls through pointers, where that is not in a table of the library."""
    held_off: dict[str, tuple[str, ...]]
    """Interrupt handler -> functions of the program in which it does not come."""


def recipe_of(board: str) -> Recipe:
    """Raises VoxError where there is no such board."""
    find_board(board)
    keys = read_board_file(boards_folder() / f"{board}.yaml")
    return Recipe(
        compiler=str(keys.get("compiler") or ""),
        sdk=str(keys.get("sdk") or ""),
        cpu_flags=tuple(str(keys.get("cpu_flags") or "").split()),
        linker_script=keys.get("linker_script"),
        memories=_memories(keys),
        interrupt_handlers=tuple(str(keys.get("interrupt_handlers") or "").split()),
        interrupt_levels=int(keys.get("interrupt_levels") or 1),
        pointer_calls=_named(board, keys, "pointer_calls"),
        held_off=_named(board, keys, "interrupts_held_off"),
    )


def _memories(keys: dict[str, Any]) -> tuple[Region, Region] | None:
    if "flash_origin" not in keys or "ram_origin" not in keys:
        return None
    code, ram = (
        Region(int(keys[f"{what}_origin"]), 1024 * int(keys[f"{what}_kb"])) for what in ("flash", "ram")
    )
    return code, ram


def _named(board: str, keys: dict[str, Any], key: str) -> dict[str, tuple[str, ...]]:
    """Words such as `function=one,file.c:other`."""
    found = {}
    for word in str(keys.get(key) or "").split():
        name, equals, others = word.partition("=")
        if not (name and equals and others):
            raise VoxError(
                f"boards/{board}.yaml: {key} has '{word}'", f"write it as: {key}: function=one,file.c:other"
            )
        found[name] = tuple(others.split(","))
    return found


def machine_of(board: str) -> Machine:
    """The core of a board whose emulator counts. Raises VoxError for other boards."""
    found, recipe = find_board(board), recipe_of(board)
    if found.emulator_program == RP2040JS:
        return Machine(
            name=board,
            compiler=recipe.compiler,
            flags=_RP2040_FLAGS,
            emulator=RP2040JS,
            machine="",
            arguments=(),
            clock_mhz=found.clock_mhz,
            icount_shift=0,
            code=Region(_RP2040_FLASH, 1024 * found.flash_kb),
            ram=Region(_RP2040_RAM, 1024 * found.ram_kb),
        )
    if not found.emulator_program.startswith("qemu-system-") or recipe.linker_script is None:
        others = [
            b
            for b in all_boards()
            if b.emulator_program.startswith("qemu-system-") or b.emulator_program == RP2040JS
        ]
        same = [b.name for b in others if b.core == found.core] or [b.name for b in others]
        raise VoxError(
            f"{board} does not run in QEMU or rp2040js, where programs are measured",
            f"these do: {', '.join(same)}",
        )
    code, ram = recipe.memories or read_regions(boards_folder().parent / recipe.linker_script)
    return Machine(
        name=board,
        compiler=recipe.compiler,
        flags=recipe.cpu_flags,
        emulator=found.emulator_program,
        machine=found.emulator_machine,
        arguments=found.emulator_args,
        clock_mhz=found.clock_mhz,
        icount_shift=found.icount_shift,
        code=code,
        ram=ram,
    )


def read_regions(script: Path) -> tuple[Region, Region]:
    """Code and RAM of a linker script: its first region that is executable, and its first that is writable.

    They are the same where it has one region only. Raises VoxError where it has none.
    """
    try:
        text = script.read_text(encoding="utf-8")
    except OSError as error:
        raise VoxError(f"{script}: {error.strerror or error}") from None
    memory = _MEMORY.search(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    regions = _REGION.findall(memory[1]) if memory else []
    try:
        found = [(flags, Region(_number(origin), _number(length))) for _, flags, origin, length in regions]
        code = next(region for flags, region in found if "x" in flags)
        ram = next(region for flags, region in found if "w" in flags)
    except (StopIteration, ValueError):
        raise VoxError(
            f"{script}: no MEMORY block with an executable and a writable region was found",
            "write it as: FLASH (rx) : ORIGIN = 0x0, LENGTH = 256K and RAM (rwx) : ...",
        ) from None
    return code, ram


def _number(text: str) -> int:
    unit = _UNITS.get(text[-1:].upper(), 0)
    return int(text[:-1], 0) * unit if unit else int(text, 0)


_MPS2 = {
    "m0plus": ("mps2-an385", "cortex-m0plus"),  # its Cortex-M3 runs Armv6-M code too
    "m3": ("mps2-an385", "cortex-m3"),
    "m4": ("mps2-an386", "cortex-m4"),
    "m7": ("mps2-an500", "cortex-m7"),
}


_BOARDS = {"m33": "qemu-m33", "m55": "qemu-m55", "rv32": "qemu-rv32"}


def emulated_cores() -> dict[str, Machine]:
    """Cores that QEMU runs, by short names, for benchmarks and tests.

    Those of Arm's MPS2 boards without their FPU, which the library does not use; the others as on their
    boards.
    """
    board = machine_of("qemu-m4")
    mps2 = {
        name: replace(
            board, name=name, machine=machine, flags=(f"-mcpu={cpu}", "-mthumb", "-mfloat-abi=soft")
        )
        for name, (machine, cpu) in _MPS2.items()
    }
    return mps2 | {name: replace(machine_of(other), name=name) for name, other in _BOARDS.items()}
