"""Small programs around the library for a bare core: compiled here, run in QEMU or rp2040js."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from vox_embed.device import rp2040
from vox_embed.device.boards import project_folder
from vox_embed.device.measure.build import CALL_GRAPHS, UNCACHED, Built
from vox_embed.device.measure.machine import RP2040JS, Machine
from vox_embed.device.measure.objects import kept_objects
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import need_programs

PROGRAMS = Path(__file__).resolve().parent / "program"
_LEFT_OUT = "link"  # rooms of the library that are not measured
_OWN = "own"  # objects of the program itself
_LISTS = ("program/kernels.c", "frontend/kinds.c")  # of everything the library has
_TIMEOUT = 600

_SCRIPT = """MEMORY
{{
    CODE (rx) : ORIGIN = {code.origin:#x}, LENGTH = {code.length:#x}
    DATA (rwx) : ORIGIN = {ram.origin:#x}, LENGTH = {ram.length:#x}
}}
ENTRY({entry})
SECTIONS
{{
    .text : {{ KEEP(*(.vectors)) *(.text*) *(.rodata* .srodata*) . = ALIGN(8); }} > {code_region}
    .ARM.exidx : {{ *(.ARM.exidx*) }} > {code_region}
    .data : ALIGN(8)
    {{
        data_start = .;
        *(.data* .sdata*)
        . = ALIGN(8);
        data_end = .;
    }} > {ram_region} AT > {code_region}
    data_load = LOADADDR(.data);
    .bss (NOLOAD) : ALIGN(8)
    {{
        bss_start = .;
        *(.bss* .sbss*) *(COMMON)
        . = ALIGN(8);
        bss_end = .;
    }} > {ram_region}
    stack_top = ORIGIN({ram_region}) + LENGTH({ram_region});
    ASSERT(stack_top - bss_end >= 4096, "no room for a stack")
}}
"""


def linker_script(machine: Machine) -> str:
    """Of a small program in the machine's memories."""
    one = machine.code == machine.ram
    return _SCRIPT.format(
        code=machine.code,
        ram=machine.ram,
        entry="measure_entry" if machine.is_riscv else "measure_reset",
        code_region="DATA" if one else "CODE",
        ram_region="DATA",
    )


def need_machine(machine: Machine) -> None:
    """VoxError where there is no compiler or emulator for it on this computer."""
    need_programs(f"compiling for {machine.name}", [f"{machine.compiler}gcc"])
    if machine.emulator == RP2040JS:
        rp2040.need_emulator()
    else:
        need_programs(f"emulating {machine.name}", [machine.emulator])


def compile_program(
    machine: Machine,
    program: str,
    folder: Path,
    extra: Sequence[str] = (),
    *,
    call_graphs: bool = False,
    lists: str | None = None,
) -> Built:
    """Compile program/<program>.c, its start-up code and the library in `folder`, and link them.

    The program may include headers from `folder`. extra: more compiler flags. lists: C text of the kernels
    and front ends to link instead of all. Raises VoxError where the compiler is missing or complains.
    """
    gcc = f"{machine.compiler}gcc"
    need_programs(f"compiling for {machine.name}", [gcc])
    library = project_folder() / "firmware" / "vox"
    flags = [
        *machine.flags,
        *_libc(gcc, machine),
        "-std=c99",
        "-O2",
        "-ffunction-sections",
        "-fdata-sections",
        "-DVOX_ALL_OPERATORS",
        *extra,
    ]
    graphs = [CALL_GRAPHS] if call_graphs else []
    compile_only = [gcc, *flags, *graphs, f"-I{library / 'include'}", f"-I{library / 'src'}", "-c"]
    rooms = _rooms(library)
    _library_objects(compile_only, library, rooms, folder)
    own = [PROGRAMS / f"{program}.c", PROGRAMS / "start.c"]
    if lists is not None:
        everything = [library / "src" / name for name in _LISTS]
        for source in everything:
            (folder / source.parent.relative_to(library / "src") / f"{source.stem}.ci").unlink(
                missing_ok=True
            )
        rooms = {room: [path for path in paths if path not in everything] for room, paths in rooms.items()}
        (folder / "lists.c").write_text(lists)
        own.append(folder / "lists.c")
    (folder / _OWN).mkdir()
    _gcc([*compile_only, f"-I{folder}", *map(str, own)], folder / _OWN)
    objects = [f"{room}/{path.stem}.o" for room, paths in {_OWN: own, **rooms}.items() for path in paths]
    (folder / "program.ld").write_text(linker_script(machine))
    image = folder / f"{program}.elf"
    link = ["-nostartfiles", "-nostdlib", "-Wl,--gc-sections", "-T", "program.ld"]
    link += ["-Wl,-Map=program.map", "-Wl,--no-warn-rwx-segments"]
    _gcc([gcc, *flags, *objects, *link, "-lc", "-lgcc", "-o", str(image)], folder)
    return Built(image, tuple(sorted(folder.rglob("*.ci"))), machine.compiler)


def _rooms(library: Path) -> dict[str, list[Path]]:
    """Sources that are measured, by room: file names repeat between rooms."""
    rooms: dict[str, list[Path]] = {}
    for unit in sorted((library / "src").rglob("*.c")):
        place = unit.parent.relative_to(library / "src")
        if place.parts[0] != _LEFT_OUT:
            rooms.setdefault(place.as_posix(), []).append(unit)
    return rooms


def _library_objects(command: list[str], library: Path, rooms: dict[str, list[Path]], folder: Path) -> None:
    """The library's objects, each room in a folder of its name, in `folder`."""

    def make(out: Path) -> None:
        for room, sources in rooms.items():
            (out / room).mkdir(parents=True, exist_ok=True)
            _gcc([*command, *map(str, sources)], out / room)

    try:
        kept = kept_objects(project_folder(), library, command, make)
    except OSError:
        make(folder)
    else:
        shutil.copytree(kept, folder, dirs_exist_ok=True)


def _libc(gcc: str, machine: Machine) -> list[str]:
    """Debian's RISC-V compiler finds its C library by its specs only; a board's file may name them itself."""
    if any(flag.startswith("--specs") for flag in machine.flags):
        return []
    asked = [gcc, *machine.flags, "-print-file-name=libc.a"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return [] if Path(found).is_absolute() else ["--specs=picolibc.specs"]


def _gcc(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | UNCACHED, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        tail = "\n".join(done.stderr.strip().splitlines()[-15:])
        raise VoxError(f"{Path(command[0]).name} failed:\n{tail}")


def run_program(machine: Machine, image: Path) -> str:
    """What a program prints, run to its end with exact counts. VoxError where it fails."""
    if machine.emulator == RP2040JS:
        return _run(machine, rp2040.program_command(image))
    need_machine(machine)
    arguments = list(machine.arguments)
    if "-semihosting-config" not in arguments:
        arguments += ["-semihosting-config", "enable=on,target=native"]
    command = [machine.emulator, "-M", machine.machine, *arguments, "-serial", "none"]
    command += ["-icount", f"shift={machine.icount_shift}", "-kernel", str(image)]
    return _run(machine, command)


def _run(machine: Machine, command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=_TIMEOUT
        )
    except subprocess.TimeoutExpired:
        raise VoxError(f"{machine.name}: the program did not end within {_TIMEOUT} s") from None
    said = done.stdout + done.stderr
    if done.returncode != 0:
        tail = "\n".join(said.strip().splitlines()[-5:])
        raise VoxError(f"{machine.name}: the emulated program ended with status {done.returncode}: {tail}")
    return said
