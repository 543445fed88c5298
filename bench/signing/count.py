"""What the check of a signed model costs: flash, and instructions on Cortex-M4 and M0+ (QEMU, exact).

python bench/signing/count.py [MODEL.vxm]

Needs arm-none-eabi-gcc, qemu-system-arm, `cryptography`, and the sources that tools/fetch_sources.sh brings.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from vox_embed.device.boards import project_folder
from vox_embed.program.signature import new_key, private_key, sign

CORES = {
    "cortex-m4": ("mps2-an386", "-mfloat-abi=hard -mfpu=fpv4-sp-d16", 168),
    "cortex-m0plus": ("mps2-an385", "-mfloat-abi=soft", 125),
}
"""Core -> machine, flags, MHz of a usual chip."""
NANOS_PER_TICK = 40
FETCHED = Path.home() / ".cache" / "vox-embed" / "src"


def build(core: str, folder: Path, *, check: bool) -> Path:
    """The program, with the check or without it."""
    firmware = project_folder() / "firmware"
    monocypher = Path(os.environ.get("MONOCYPHER_PATH", FETCHED / "monocypher"))
    mbedtls = Path(os.environ.get("MBEDTLS_PATH", FETCHED / "mbedtls"))
    sources = [Path(__file__).with_name("count.c"), folder / "key.c", folder / "file.c"]
    sources += [firmware / "hal" / "startup_cortex_m.c", firmware / "hal" / "painted_stack.c"]
    sources += [firmware / "signing" / "signature_ed25519.c", monocypher / "monocypher.c"]
    sources += [mbedtls / "library" / "sha512.c"]
    rooms = [folder, firmware / "app", firmware / "hal", firmware / "signing", firmware / "vox" / "include"]
    rooms += [monocypher, mbedtls / "include", mbedtls / "library"]
    out = folder / f"{core}-{check}.elf"
    config = firmware / "signing" / "mbedtls_config.h"
    flags = f"-mcpu={core} -mthumb {CORES[core][1]} -Os -w -ffunction-sections -fdata-sections"
    flags += " -nostartfiles -nostdlib -DHAL_UART_IRQ=0u"
    subprocess.run(
        [
            *(
                "arm-none-eabi-gcc",
                *flags.split(),
                f"-T{project_folder() / 'boards/ld/cortex-m.ld'}",
                "-Wl,--defsym=FLASH_ORIGIN=0,--defsym=FLASH_SIZE=0x400000",
                "-Wl,--defsym=RAM_ORIGIN=0x20000000,--defsym=RAM_SIZE=0x400000",
                "-Wl,--gc-sections",
            ),
            *(f'-DMBEDTLS_CONFIG_FILE="{config}"', *(["-DCHECK"] if check else [])),
            *(*(f"-I{room}" for room in rooms), *map(str, sources), "-lc", "-lgcc", "-o", str(out)),
        ],
        check=True,
    )
    return out


def text_bytes(elf: Path) -> int:
    """Flash of a program."""
    lines = subprocess.run(["arm-none-eabi-size", elf], check=True, capture_output=True, text=True).stdout
    return int(lines.splitlines()[1].split()[0])


def instructions(core: str, elf: Path) -> int:
    """Of the check; raises CalledProcessError where the signature is refused."""
    options = f"-M {CORES[core][0]} -nographic -monitor none -serial null -icount shift=0"
    done = subprocess.run(
        [
            *("qemu-system-arm", *options.split(), "-semihosting-config", "enable=on,target=native"),
            *("-kernel", str(elf)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return int((done.stdout + done.stderr).split()[-1]) * NANOS_PER_TICK


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", default=project_folder() / "models/digits/model.vxm")
    model = parser.parse_args().model.read_bytes()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        private, public = folder / "key.pem", folder / "key.pub.pem"
        new_key(private, public)
        script = project_folder() / "boards" / "cmake" / "public_key.py"
        subprocess.run(["python3", script, public, folder / "key.c"], check=True)
        data = sign(model, private_key(private))
        head = "#include <stdint.h>\nextern const uint8_t bench_file[];\nextern const uint32_t bench_size;\n"
        (folder / "file.h").write_text(head)
        numbers = ",".join(map(str, data))
        (folder / "file.c").write_text(
            f'#include "file.h"\nconst uint32_t bench_size = {len(data)};\n'
            f"const uint8_t bench_file[] __attribute__((aligned(8))) = {{{numbers}}};\n"
        )
        for core, (_, _, mhz) in CORES.items():
            checked, bare = build(core, folder, check=True), build(core, folder, check=False)
            count = instructions(core, checked)
            print(
                f"{core}: {text_bytes(checked) - text_bytes(bare):,} bytes of flash; {len(data):,} bytes in "
                f"{count / 1e6:.1f} M instructions: {count / mhz / 1e3:.0f} ms at {mhz} MHz, one a cycle"
            )


if __name__ == "__main__":
    main()
