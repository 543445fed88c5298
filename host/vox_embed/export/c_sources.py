"""Which files of firmware/vox a model needs, read off the sources themselves."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.program.vxm import read_sections

_ALL_KERNELS = "nn/kernels.c"
_LEFT_OUT_ROOMS = ("link",)
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
_KERNEL = re.compile(r"^const\s+vox_kernel\s+(\w+)\s*=\s*\{\s*(VOX_OP_\w+)", re.MULTILINE)
_OP_CODE = re.compile(r"^#define\s+(VOX_OP_\w+)\s+(\d+)u\b", re.MULTILINE)
_PROGRAM = struct.Struct("<4H4I")
_OP = struct.Struct("<4H")


@dataclass(frozen=True)
class LibrarySources:
    """The part of firmware/vox that one model needs."""

    files: Mapping[str, bytes]
    """Path below firmware/vox (include/vox/..., src/...) -> content; kernels.c is not among them."""
    kernels: tuple[str, ...]
    """Names of the `const vox_kernel` objects, sorted."""

    @property
    def units(self) -> tuple[str, ...]:
        """The .c files, sorted."""
        return tuple(sorted(path for path in self.files if path.endswith(".c")))


def op_codes(data: bytes) -> frozenset[int]:
    """VOX_OP_* codes in the program of a .vxm that `vox_embed.core.Model` has opened."""
    section = read_sections(data)["PROG"]
    *_, start, size = _PROGRAM.unpack_from(section)
    codes, at = set(), start
    while at < start + size:
        code, record, _, _ = _OP.unpack_from(section, at)
        codes.add(code)
        at += record
    return frozenset(codes)


def library_sources(root: Path, codes: Iterable[int], entry: str) -> LibrarySources:
    """Headers, library files and the kernels for `codes`, out of root/firmware/vox.

    entry: C text that includes what the user's program needs. A file room/x.c that lists no kernel
    comes along when a file in use includes its header, room/x.h or vox/room_x.h, or when it has none.
    Raises VoxError where the sources have no kernel for a code.
    """
    library = root / "firmware" / "vox"
    headers = {
        path.relative_to(library / "include").as_posix(): path for path in library.glob("include/**/*.h")
    }
    headers |= {path.relative_to(library / "src").as_posix(): path for path in library.glob("src/**/*.h")}
    units = {path.relative_to(library / "src").as_posix(): path for path in library.glob("src/**/*.c")}
    units = {name: path for name, path in units.items() if name.split("/")[0] not in _LEFT_OUT_ROOMS}
    kernels = {name: _KERNEL.findall(_text(path)) for name, path in units.items()}

    used, names = _kernels_for(headers["vox/model_format.h"], kernels, codes)
    others = {name for name, listed in kernels.items() if not listed and name != _ALL_KERNELS}
    helpers = {name for name in others if _headers_of(name) & headers.keys()}
    used |= others - helpers
    while True:
        reached = _reached(headers, [entry, *(_text(units[name]) for name in used)])
        more = {name for name in helpers - used if _headers_of(name) & reached}
        if not more:
            break
        used |= more
    paths = [units[name] for name in used] + [headers[name] for name in reached]
    files = {path.relative_to(library).as_posix(): path.read_bytes() for path in paths}
    return LibrarySources(files, tuple(sorted(names)))


def kernels_unit(kernels: Iterable[str]) -> str:
    """C text of an export's own kernel list."""
    names = sorted(kernels)
    lines = [
        "/* The kernels that this model uses; the library has more. Made by vox-embed. */",
        '#include "vox/nn.h"',
        "",
        *(f"extern const vox_kernel {name};" for name in names),
        "",
        "const vox_kernel *const vox_kernels[] = {",
        *(f"    &{name}," for name in names),
        "};",
        "",
        "const size_t vox_kernel_count = sizeof vox_kernels / sizeof vox_kernels[0];",
    ]
    return "\n".join(lines) + "\n"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _headers_of(unit: str) -> set[str]:
    stem = unit.removesuffix(".c")
    return {f"{stem}.h", f"vox/{stem.replace('/', '_')}.h"}


def _kernels_for(
    model_format: Path, kernels: Mapping[str, list[tuple[str, str]]], codes: Iterable[int]
) -> tuple[set[str], set[str]]:
    numbers = {name: int(number) for name, number in _OP_CODE.findall(_text(model_format))}
    units: set[str] = set()
    names: set[str] = set()
    for code in sorted(set(codes)):
        found = [
            (unit, name) for unit, listed in kernels.items() for name, op in listed if numbers.get(op) == code
        ]
        if not found:
            raise VoxError(
                f"the firmware sources have no kernel for op code {code} of this model",
                "the model was made by a newer vox-embed: update this installation",
            )
        units.update(unit for unit, _ in found)
        names.update(name for _, name in found)
    return units, names


def _reached(headers: Mapping[str, Path], texts: Iterable[str]) -> set[str]:
    """Headers included by the texts, directly or through each other, as far as the library has them."""
    reached: set[str] = set()
    queue = list(texts)
    while queue:
        for name in _INCLUDE.findall(queue.pop()):
            if name in headers and name not in reached:
                reached.add(name)
                queue.append(_text(headers[name]))
    return reached
