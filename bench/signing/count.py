"""What the check of a signed model costs: flash, and time on Cortex-M4 and M0+ (QEMU, exact instructions) and
on the RP2040 (rp2040js, exact cycles without flash wait states).

python bench/signing/count.py [MODEL.vxm]

Needs arm-none-eabi-gcc, qemu-system-arm, `cryptography`, and the sources that tools/fetch_sources.sh brings;
for the RP2040 node and rp2040js.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from vox_embed.device import rp2040
from vox_embed.device.boards import project_folder
from vox_embed.device.measure.compile import PROGRAMS, linker_script, run_program
from vox_embed.device.measure.machine import Machine, emulated_cores, machine_of
from vox_embed.experiment.errors import VoxError
from vox_embed.program.signature import new_key, private_key, sign

FETCHED = Path.home() / ".cache" / "vox-embed" / "src"


def machines() -> list[tuple[str, Machine, int]]:
    """Name, machine, and MHz of a usual chip."""
    cores = emulated_cores()
    found = [("cortex-m4", cores["m4"], 168), ("cortex-m0plus", cores["m0plus"], 125)]
    lacking = rp2040.missing()
    if lacking is None:
        found.append(("rp2040", machine_of("rp2040"), 125))
    else:
        print(f"without the rp2040: {lacking}", file=sys.stderr)
    return found


def build(machine: Machine, folder: Path, *, check: bool) -> Path:
    """The program, with the check or without it."""
    firmware = project_folder() / "firmware"
    monocypher = Path(os.environ.get("MONOCYPHER_PATH", FETCHED / "monocypher"))
    mbedtls = Path(os.environ.get("MBEDTLS_PATH", FETCHED / "mbedtls"))
    sources = [Path(__file__).with_name("count.c"), PROGRAMS / "start.c", folder / "key.c", folder / "file.c"]
    sources += [firmware / "signing" / "signature_ed25519.c", monocypher / "monocypher.c"]
    sources += [mbedtls / "library" / "sha512.c"]
    rooms = [folder, PROGRAMS, firmware / "app", firmware / "signing", firmware / "vox" / "include"]
    rooms += [monocypher, mbedtls / "include", mbedtls / "library"]
    out, script = folder / f"{machine.name}-{check}.elf", folder / "program.ld"
    script.write_text(linker_script(machine))
    flags = "-Os -w -ffunction-sections -fdata-sections -nostartfiles -nostdlib -Wl,--gc-sections"
    subprocess.run(
        [
            *(f"{machine.compiler}gcc", *machine.flags, *flags.split(), "-Wl,--no-warn-rwx-segments"),
            *("-T", str(script), f'-DMBEDTLS_CONFIG_FILE="{firmware / "signing" / "mbedtls_config.h"}"'),
            *(["-DCHECK"] if check else []),
            *(*(f"-I{room}" for room in rooms), *map(str, sources), "-lc", "-lgcc", "-o", str(out)),
        ],
        check=True,
    )
    return out


def text_bytes(elf: Path) -> int:
    """Flash of a program."""
    lines = subprocess.run(["arm-none-eabi-size", elf], check=True, capture_output=True, text=True).stdout
    return int(lines.splitlines()[1].split()[0])


def count(machine: Machine, elf: Path) -> int:
    """Instructions or cycles of the check. Raises VoxError where the signature is refused."""
    said = dict(line.split() for line in run_program(machine, elf).splitlines())
    if said["status"] != "0":
        raise VoxError(f"{machine.name}: the check says {said['status']} of a file that is signed")
    return machine.counted(int(said["ticks"]))


def write_sources(folder: Path, model: bytes) -> int:
    """The model, signed, and the public key as C. Returns the file's size."""
    private, public = folder / "key.pem", folder / "key.pub.pem"
    new_key(private, public)
    script = project_folder() / "boards" / "cmake" / "public_key.py"
    subprocess.run([sys.executable, script, public, folder / "key.c"], check=True)
    data = sign(model, private_key(private))
    head = "#include <stdint.h>\nextern const uint8_t bench_file[];\nextern const uint32_t bench_size;\n"
    (folder / "file.h").write_text(head)
    (folder / "file.c").write_text(
        f'#include "file.h"\nconst uint32_t bench_size = {len(data)};\n'
        f"const uint8_t bench_file[] __attribute__((aligned(8))) = {{{','.join(map(str, data))}}};\n"
    )
    return len(data)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", default=project_folder() / "models/digits/model.vxm")
    model = parser.parse_args().model.read_bytes()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        size = write_sources(folder, model)
        for name, machine, mhz in machines():
            checked, bare = build(machine, folder, check=True), build(machine, folder, check=False)
            counted = count(machine, checked)
            each = ", one a cycle" if machine.unit == "instructions" else ""
            print(
                f"{name}: {text_bytes(checked) - text_bytes(bare):,} bytes of flash; {size:,} bytes in "
                f"{counted / 1e6:.1f} M {machine.unit}: {counted / mhz / 1e3:.0f} ms at {mhz} MHz{each}"
            )


if __name__ == "__main__":
    main()
