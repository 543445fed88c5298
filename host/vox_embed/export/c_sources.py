"""Which files of firmware/vox a model needs, read off the sources themselves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TypeVar

from vox_embed.experiment.errors import VoxError
from vox_embed.program.on_demand import op_codes
from vox_embed.program.stored import read_model
from vox_embed.spec.model_format import FrontendKind, OpCode
from vox_embed.version import __version__

LISTS = ("program/kernels.c", "frontend/kinds.c")
"""Files of src that list everything; an export has its own."""
_LEFT_OUT_ROOMS = ("link",)
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
_KERNEL = re.compile(r"^const\s+vox_kernel\s+vox_kernel_(\w+)\s*=", re.MULTILINE)
_FRONTEND = re.compile(r"^const\s+vox_frontend_kind\s+vox_frontend_(\w+)\s*=", re.MULTILINE)


_Code = TypeVar("_Code", bound=IntEnum)


@dataclass(frozen=True)
class LibrarySources:
    """The part of firmware/vox that one model needs."""

    files: Mapping[str, bytes]
    """Path below firmware/vox (include/vox/..., src/...) -> content; kernels.c is not among them."""
    kernels: tuple[OpCode, ...]
    frontends: tuple[FrontendKind, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """The .c files, sorted."""
        return tuple(sorted(path for path in self.files if path.endswith(".c")))


def frontend_kinds(data: bytes) -> frozenset[int]:
    """VOX_FRONTEND_* code of the front end of a .vxm; none for a bare network."""
    front = read_model(data).frontend
    return frozenset() if front is None else frozenset({front.kind})


def library_sources(
    root: Path, codes: Iterable[int], entry: str, frontends: Iterable[int] = ()
) -> LibrarySources:
    """Headers, library files, the kernels for `codes` and the front ends, out of root/firmware/vox.

    entry: C text that includes what the user's program needs. A file room/x.c that lists no kernel
    and no front end comes along when a file in use includes its header, room/x.h or vox/room_x.h, or when
    it has none; so does a core's variant, room/core/x.c, with room/core/x.h or room/x.h.
    Raises VoxError where the sources have no kernel for a code.
    """
    library = root / "firmware" / "vox"
    headers = {
        path.relative_to(library / "include").as_posix(): path for path in library.glob("include/**/*.h")
    }
    headers |= {path.relative_to(library / "src").as_posix(): path for path in library.glob("src/**/*.h")}
    units = {path.relative_to(library / "src").as_posix(): path for path in library.glob("src/**/*.c")}
    units = {name: path for name, path in units.items() if name.split("/")[0] not in _LEFT_OUT_ROOMS}
    texts = {name: _text(path) for name, path in units.items()}
    kernels = {name: _KERNEL.findall(text) for name, text in texts.items()}
    kinds = {name: _FRONTEND.findall(text) for name, text in texts.items()}

    used, ops = _listed_for("kernel for op code", OpCode, kernels, codes)
    more, fronts = _listed_for("front end of kind", FrontendKind, kinds, frontends)
    used |= more
    others = {name for name in units if not kernels[name] and not kinds[name] and name not in LISTS}
    helpers = {name for name in others if _headers_of(name) & headers.keys()}
    used |= others - helpers
    while True:
        reached = _reached(headers, [entry, *(_text(units[name]) for name in used)])
        found = {name for name in helpers - used if _headers_of(name) & reached}
        if not found:
            break
        used |= found
    paths = [units[name] for name in used] + [headers[name] for name in reached]
    files = {path.relative_to(library).as_posix(): path.read_bytes() for path in paths}
    return LibrarySources(files, ops, fronts)


def sources_hash(files: Mapping[str, bytes]) -> str:
    """Of the format's headers and the version: exports with equal ones can share the rest."""
    digest = hashlib.sha256()
    for path in sorted(path for path in files if path.endswith("/model_format.h")):
        digest.update(files[path])
    digest.update(__version__.encode())
    return digest.hexdigest()[:16]


def kernels_unit(kernels: Iterable[OpCode], frontends: Iterable[FrontendKind] = ()) -> str:
    """C text of an export's own tables of kernels, and of front ends."""
    kinds = sorted(frontends)
    lines = [
        "/* The kernels that this model uses; the library has more. Made by vox-embed. */",
        '#include "frontend/kind.h"',
        '#include "vox/nn.h"',
        *_table("kernel", "VOX_OP_", sorted(kernels)),
        *_table("frontend_kind", "VOX_FRONTEND_", kinds),
    ]
    return "\n".join(lines) + "\n"


def lists_for(data: bytes) -> str:
    """`kernels_unit` of what a .vxm uses."""
    return kernels_unit(map(OpCode, op_codes(data)), map(FrontendKind, frontend_kinds(data)))


def _table(kind: str, prefix: str, codes: Sequence[IntEnum]) -> list[str]:
    names = [f"vox_{kind.removesuffix('_kind')}_{code.name.lower()}" for code in codes]
    rows = [f"    [{prefix}{code.name}] = &{name}," for code, name in zip(codes, names, strict=True)]
    return [
        "",
        *(f"extern const vox_{kind} {name};" for name in names),
        "",
        f"const vox_{kind} *const vox_{kind}s[] = {{",
        *(rows or ["    NULL,"]),
        "};",
        "",
        f"const size_t vox_{kind}_count = sizeof vox_{kind}s / sizeof vox_{kind}s[0];",
    ]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _headers_of(unit: str) -> set[str]:
    """Headers that declare what the file defines; of a core's variant, room/core/x.c, also room/x.h."""
    stem = unit.removesuffix(".c")
    room, *_, name = stem.split("/")
    return {f"{stem}.h", f"{room}/{name}.h", f"vox/{stem.replace('/', '_')}.h"}


def _listed_for(
    what: str,
    known: type[_Code],
    listed: Mapping[str, Sequence[str]],
    wanted: Iterable[int],
) -> tuple[set[str], tuple[_Code, ...]]:
    """Files for codes. listed: the names of codes, in small letters, that each file has something for."""
    units: set[str] = set()
    codes: list[_Code] = []
    for number in sorted({int(code) for code in wanted}):
        code = next((code for code in known if code == number), None)
        found = [unit for unit, names in listed.items() if code is not None and code.name.lower() in names]
        if code is None or not found:
            raise VoxError(
                f"the firmware sources have no {what} {number} of this model",
                "the model was made by a newer vox-embed: update this installation",
            )
        units.update(found)
        codes.append(code)
    return units, tuple(codes)


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
