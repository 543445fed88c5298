"""Bytes of the library that a DS-CNN product links, room by room, and its static RAM.

python bench/size/count.py                      # Cortex-M0+, -Os
python bench/size/count.py --cores m4 --flags=-O2

pipeline.c beside this file calls what such a product calls: model file, front end, network, decision, serial
link. The linker drops the rest, and the model, the running model's memory and audio buffers are left out.
Divisions from libgcc and memory functions from the C library count. Needs arm-none-eabi-gcc.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from vox_embed.device.measure.machine import Machine, emulated_cores
from vox_embed.export.c_sources import kernels_unit, library_sources

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = Path(__file__).resolve().with_name("pipeline.c")
CORES = emulated_cores()
DS_CNN = ("CONV_2D", "DEPTHWISE_2D", "DENSE", "AVERAGE_POOL", "SOFTMAX", "RESHAPE")
LOG_MEL = 1  # VOX_FRONTEND_LOGMEL
OUTSIDE = ("model", "model_size", "memory", "memory_size", "audio", "listen", "receive", "send")
_PLACED = re.compile(r"^ \.(text|rodata|data|bss)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S+)$", re.MULTILINE)


def op_codes() -> list[int]:
    header = (ROOT / "firmware/vox/include/vox/model_format.h").read_text()
    return [int(re.search(rf"VOX_OP_{name}\s+(\d+)u", header)[1]) for name in DS_CNN]  # type: ignore[index]


def placed(machine: Machine, flags: list[str]) -> dict[str, Counter[str]]:
    """Room -> bytes in text, rodata, data and bss of the linked library."""
    sources = library_sources(ROOT, op_codes(), PIPELINE.read_text(), [LOG_MEL])
    library = ROOT / "firmware" / "vox"
    gcc = [
        f"{machine.compiler}gcc",
        *machine.flags,
        "-std=c99",
        "-ffunction-sections",
        "-fdata-sections",
        *flags,
    ]
    paths = [f"-I{library / 'include'}", f"-I{library / 'src'}"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "kernels.c").write_text(kernels_unit(sources.kernels, sources.frontends))
        units = {f"src/{unit.removeprefix('src/')}": library / unit for unit in sources.units}
        units |= {f"src/link/{path.name}": path for path in (library / "src/link").glob("*.c")}
        units |= {"src/program/kernels.c": folder / "kernels.c", "src/caller/pipeline.c": PIPELINE}
        objects = []
        for name, path in units.items():
            objects.append(name.replace("/", "-").removeprefix("src-").removesuffix(".c") + ".o")
            subprocess.run([*gcc, *paths, "-c", str(path), "-o", objects[-1]], cwd=folder, check=True)
        link = ["-nostartfiles", "-nostdlib", "-Wl,--gc-sections", "-Wl,-Map=map", "-Wl,-e,pipeline_run"]
        link += [f"-Wl,--defsym=pipeline_{name}=0x1001" for name in OUTSIDE]
        subprocess.run([*gcc, *objects, *link, "-lc", "-lgcc", "-o", "out.elf"], cwd=folder, check=True)
        text = (folder / "map").read_text().partition("Linker script and memory map")[2]
    rooms: dict[str, Counter[str]] = {}
    for section, size, file in _PLACED.findall(text):
        room = file.split("-")[0] if file in objects else "libgcc, libc"
        rooms.setdefault(room, Counter())[section] += int(size, 16)
    return rooms


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cores", nargs="+", choices=CORES, default=["m0plus"])
    parser.add_argument("--flags", default="-Os", help="of the compiler")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    results = {}
    for name in args.cores:
        rooms = placed(CORES[name], args.flags.split())
        caller = rooms.pop("caller")
        flash = {room: size["text"] + size["rodata"] + size["data"] for room, size in sorted(rooms.items())}
        library_ram = sum(size["data"] + size["bss"] for size in rooms.values())
        results[name] = {
            "flash": sum(flash.values()),
            "rooms": flash,
            "static_ram": library_ram + caller["data"] + caller["bss"],
            "static_ram_library": library_ram,
        }
        if not args.json:
            each = ", ".join(f"{room} {size}" for room, size in flash.items())
            print(f"{name:8} {args.flags}: {results[name]['flash']} bytes of flash ({each})")
            print(
                f"{'':8} {results[name]['static_ram']} bytes of static RAM: the library's own {library_ram};"
            )
            print(f"{'':8} the rest is the caller's listener, model, link decoder and transmit buffer")
    if args.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
