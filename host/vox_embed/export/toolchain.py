"""Asking the cross compiler how large things are."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import install_hint

_ARM = "arm-none-eabi-gcc"
NOT_MEASURED = f"code size not measured: {_ARM} is not installed; {install_hint([_ARM])}"


@dataclass(frozen=True)
class ImageSizes:
    """Bytes of a linked image by where they go."""

    text: int
    """Flash: code and constants."""
    data: int
    """Flash and RAM: initialised variables."""
    bss: int
    """RAM: zeroed variables."""


def image_sizes(elf: Path) -> ImageSizes:
    """Sizes of the loaded sections of an ELF file, as the `size` command counts them.

    Raises VoxError where the file is no such image.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    text = data = bss = 0
    try:
        with elf.open("rb") as file:
            for section in ELFFile(file).iter_sections():
                flags, size = section["sh_flags"], section["sh_size"]
                if not flags & 2:  # SHF_ALLOC
                    continue
                if section["sh_type"] == "SHT_NOBITS":
                    bss += size
                elif flags & 1:  # SHF_WRITE
                    data += size
                else:
                    text += size
    except (ELFError, OSError) as error:
        raise VoxError(f"cannot measure {elf}: {error}", "build the image again") from None
    return ImageSizes(text, data, bss)


def run_tool(command: Sequence[str], folder: Path) -> str | None:
    """Run a build step in `folder`. None when it worked, else the end of what it said."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]}: {error}"
    if done.returncode == 0:
        return None
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return f"`{' '.join(command[:3])} ...` failed: " + "\n".join(said[-12:])
