"""Writes manifest.json beside the built .mpy files: what they are, what they were made of and with.

usage: manifest.py FOLDER
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ARCHITECTURES = [
    "none",
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
]
"""By the number in a .mpy's header; py/persistentcode.h."""
COMPILERS = {"x64": "gcc", "rv32imc": "riscv64-unknown-elf-gcc", "xtensawin": "xtensa-esp32-elf-gcc"}


def sources() -> list[Path]:
    """The files that the modules and helpers are made of."""
    patterns = (
        "firmware/vox/include/vox/*.h",
        "firmware/vox/src/**/*.[ch]",
        "firmware/hal/rp2040/dc.[ch]",
        "firmware/hal/rp2040/pdm_filter.[ch]",
        "micropython/natmod/*",
        "micropython/pdm/*",
        "micropython/lib/*.py",
    )
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file())


def digest() -> str:
    """SHA-256 over the names and contents of the sources."""
    total = hashlib.sha256()
    for path in sources():
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def compiler_version(command: str) -> str:
    """First line of `command --version`."""
    said = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
    return said.splitlines()[0]


def describe(path: Path) -> dict[str, object]:
    """ABI, architecture, size and hash of one .mpy."""
    data = path.read_bytes()
    if data[:1] != b"M":
        raise SystemExit(f"{path} is no .mpy file")
    architecture = ARCHITECTURES[(data[2] >> 2) & 0x3F]
    native = architecture != "none"
    return {
        "abi": f"{data[1]}.{data[2] & 3}" if native else f"{data[1]}",
        "architecture": architecture if native else "any",
        "compiler": compiler_version(COMPILERS.get(architecture, "arm-none-eabi-gcc")) if native else None,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def main() -> None:
    folder = Path(sys.argv[1])
    content = {
        "sources_sha256": digest(),
        "files": {path.name: describe(path) for path in sorted(folder.glob("*.mpy"))},
    }
    (folder / "manifest.json").write_text(json.dumps(content, indent=2) + "\n")
    for name, entry in content["files"].items():
        print(f"{entry['bytes']:7d}  {entry['architecture']:9}  {name}")


if __name__ == "__main__":
    main()
