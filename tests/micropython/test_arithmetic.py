"""The Armv6-M module's own division, products and shifts, on an emulated Cortex-M0 against the compiler's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.micropython import FOLDER
from vox_embed.device.boards import project_folder

SOURCE = project_folder() / "micropython" / "natmod" / "arithmetic.S"
SCRIPT = """
SECTIONS {
  .text 0 : { *(.vectors) *(.text*) *(.rodata*) }
  .data 0x20000000 : { *(.data*) *(.bss*) *(COMMON) }
  /DISCARD/ : { *(.ARM.*) }
}
"""


@pytest.mark.parametrize("broken", [False, True], ids=["kept", "broken"])
def test_every_function(tmp_path: Path, broken: bool) -> None:
    for program in ("arm-none-eabi-gcc", "arm-none-eabi-objcopy", "qemu-system-arm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    text = SOURCE.read_text()
    if broken:  # the check notices a wrong carry
        assert text.count("\tadcs\tr1, r4\n") == 1
        text = text.replace("\tadcs\tr1, r4\n", "\tadds\tr1, r1, r4\n")
    source, code = tmp_path / "arithmetic.S", tmp_path / "arithmetic.o"
    program, script = tmp_path / "check.elf", tmp_path / "check.ld"
    source.write_text(text)
    script.write_text(SCRIPT)
    gcc = ["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb", "-O1", "-ffreestanding", "-nostdlib", "-Wall"]
    check = str(FOLDER / "ports" / "arithmetic_check.c")
    for command in (
        [*gcc, "-c", str(source), "-o", str(code)],
        ["arm-none-eabi-objcopy", "--prefix-symbols=our", str(code)],
        [*gcc, "-Werror", "-T", str(script), check, str(code), "-lgcc", "-o", str(program)],
    ):
        subprocess.run(command, check=True)
    qemu = ["qemu-system-arm", "-M", "microbit", "-nographic", "-monitor", "none", "-serial", "none"]
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    done = subprocess.run([*qemu, *semihosting, "-kernel", str(program)], check=False, timeout=120)
    assert done.returncode == (1 if broken else 0)
