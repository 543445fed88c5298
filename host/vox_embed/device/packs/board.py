"""From a pack's device to the files of a board: boards/<name>.yaml and boards/ld/<name>.ld."""

from __future__ import annotations

import re

from vox_embed.device.packs.pdsc import Memory, PackDevice
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.escape import c_comment, hash_comment, yaml_text

_CORES = {
    "Cortex-M0": "cortex-m0",
    "Cortex-M0+": "cortex-m0plus",
    "Cortex-M1": "cortex-m1",
    "Cortex-M3": "cortex-m3",
    "Cortex-M4": "cortex-m4",
    "Cortex-M7": "cortex-m7",
    "Cortex-M23": "cortex-m23",
    "Cortex-M33": "cortex-m33",
    "Cortex-M55": "cortex-m55",
}
_FPUS = {
    "cortex-m4": {"single": "fpv4-sp-d16"},
    "cortex-m7": {"single": "fpv5-sp-d16", "double": "fpv5-d16"},
    "cortex-m33": {"single": "fpv5-sp-d16"},
}
_PRECISION = {"SP_FPU": "single", "FPU": "single", "1": "single", "DP_FPU": "double", "2": "double"}
_SMALLEST_RAM = 12 << 10


def board_files(device: PackDevice, name: str, sections: str) -> tuple[str, str]:
    """The board's YAML and its linker script. sections: a linker script of boards/ld, for all but its memory.

    Raises VoxError where the core is none of ours, or the pack states no flash or RAM that can be used.
    """
    core, fpu, flags = _core(device)
    flash, ram = _flash(device), _ram(device)
    return (
        _yaml(device, name, core=core, fpu=fpu, flags=flags, flash=flash, ram=ram),
        _script(device, flash, ram, sections),
    )


def _core(device: PackDevice) -> tuple[str, str, str]:
    """gcc's name of the core, of the FPU ("none"), and its flags."""
    processor = device.processor
    core = _CORES.get(processor["Dcore"])
    if core is None:
        raise VoxError(
            f"{device.name} has the core {processor['Dcore']}, for which there is no image",
            f"cores that work: {', '.join(_CORES)}",
        )
    precision = _PRECISION.get(processor.get("Dfpu", ""), "")
    if core == "cortex-m55":
        # An M55's vectors and its FPU are options of the core's name to gcc.
        mve = processor.get("Dmve", "NO_MVE")
        option = {"FP_MVE": "", "MVE": "+nomve.fp" if precision else "+nofp"}.get(
            mve, "+nomve" if precision else "+nomve+nofp"
        )
        plain = mve == "NO_MVE" and not precision
        fpu = ", ".join(
            part for part in ("fpv5-d16" if precision else "", "MVE" if mve != "NO_MVE" else "") if part
        )
        abi = "-mfloat-abi=soft" if plain else "-mfloat-abi=hard -mfpu=auto"
        return core, fpu or "none", f"-mcpu={core}{option} -mthumb {abi}"
    units = _FPUS.get(core, {})
    fpu = units.get(precision) or (next(iter(units.values()), "") if precision else "")
    option = "+nodsp" if core == "cortex-m33" and processor.get("Ddsp") == "NO_DSP" else ""
    abi = f"-mfloat-abi=hard -mfpu={fpu}" if fpu else "-mfloat-abi=soft"
    return core, fpu or "none", f"-mcpu={core}{option} -mthumb {abi}"


def _flash(device: PackDevice) -> Memory:
    found = [m for m in device.memories if not m.writable and m.size > 0]
    if not found:
        raise VoxError(
            f"the pack {device.pack} states no flash of {device.name}",
            "its flash is on the board then, not in the chip: describe the board by hand (docs/boards.md)",
        )
    return max(found, key=lambda m: (m.startup, m.default, m.size))


def _ram(device: PackDevice) -> Memory:
    found = [m for m in device.memories if m.writable and m.size > 0]
    if not found:
        raise VoxError(
            f"the pack {device.pack} states no RAM of {device.name}",
            "describe the board by hand (docs/boards.md)",
        )
    ram = max(found, key=lambda m: (m.default, m.size))
    if ram.size < _SMALLEST_RAM:
        raise VoxError(
            f"{device.name} has {ram.size:,} bytes of RAM in one piece; {_SMALLEST_RAM:,} are needed",
            "choose a larger device",
        )
    return ram


def _yaml(
    device: PackDevice, name: str, *, core: str, fpu: str, flags: str, flash: Memory, ram: Memory
) -> str:
    kilobytes = ram.size >> 10
    stack = 8 if kilobytes >= 64 else 3
    receive = 2048 if kilobytes >= 32 else 512
    free = kilobytes - stack - 5  # variables of the program, the receive buffer among them
    arena = free // 2 if free < 16 else free // 2 // 4 * 4
    slot = max(1, free // 5 if free < 40 else free // 5 // 4 * 4)
    clock = max(1, _number(device.processor.get("Dclock", ""), 16_000_000) // 1_000_000)

    made_from = hash_comment(
        f"{device.name} of {device.vendor or 'its vendor'}, from the CMSIS-Pack {device.pack}"
    )

    def line(text: str, comment: str) -> str:
        return f"{text:<20} # {comment}"

    return "\n".join(
        [
            f"# {made_from}.",
            '# Read by CMake and PlatformIO as flat "key: value" lines, and by the host package.',
            "# To be completed: the serial port. See firmware/hal/generic/board.h.",
            f"name: {name}",
            f"title: {yaml_text(f'{device.vendor} {device.name}'.strip())}",
            "hal: generic",
            "parts: startup_cortex_m idle_cortex_m systick receive_ring painted_stack no_audio ram_slots",
            line(f"defines: HAL_UART_IRQ=0u HAL_RECEIVE_BYTES={receive}u", "the UART's interrupt"),
            f"core: {core}",
            f"fpu: {fpu}",
            line(f"clock_mhz: {clock}", "what board_init() makes of it; the pack's value is the most"),
            f"flash_kb: {flash.size >> 10}",
            f"ram_kb: {kilobytes}",
            "compiler: arm-none-eabi-",
            f"cpu_flags: {flags}",
            f"linker_script: boards/ld/{name}.ld",
            "baud: 115200",
            line(f"stack_kb: {stack}", "the device program's stack"),
            line(
                f"arena_kb: {arena}",
                "memory of the running model",
            ),
            line(f"model_slot_kb: {slot}", "largest model that can be pushed; there are two slots"),
            "status:",
            "  built: false",
            "  emulated: false",
            "  hardware: false",
            "",
        ]
    )


def _script(device: PackDevice, flash: Memory, ram: Memory, sections: str) -> str:
    others = [m for m in device.memories if m not in {flash, ram}]
    lines = [
        f"  FLASH (rx) : ORIGIN = {flash.start:#010x}, LENGTH = {_length(flash.size)}",
        f"  RAM (rwx)  : ORIGIN = {ram.start:#010x}, LENGTH = {_length(ram.size)}",
    ]
    note = "".join(
        f"\n * Not used: {c_comment(m.name)}, {m.size:#x} bytes at {m.start:#010x}." for m in others
    )
    memory = "MEMORY\n{\n" + "\n".join(lines) + "\n}"
    start, found = sections.find("ENTRY("), re.search(r"MEMORY\s*\{[^}]*\}", sections)
    if start < 0 or found is None:
        raise VoxError(
            "the linker script that new boards take after has no ENTRY and MEMORY", "reinstall vox-embed"
        )
    return (
        f"/* {c_comment(device.name)}: {c_comment(flash.name)} and {c_comment(ram.name)} of the CMSIS-Pack "
        f"{c_comment(device.pack)}.{note} */\n"
        + sections[start : found.start()]
        + memory
        + sections[found.end() :]
    )


def _length(size: int) -> str:
    return f"{size >> 10}K" if size % 1024 == 0 else f"{size:#x}"


def _number(text: str, otherwise: int) -> int:
    try:
        return int(text, 0)
    except ValueError:
        return otherwise
