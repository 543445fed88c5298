"""`amalgamated`: the library in one vox.c and one vox.h, for those who copy files.

Also `--target c99 --style amalgamated`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from vox_embed.experiment.sources import firmware_root
from vox_embed.export import templates
from vox_embed.export.amalgamation import amalgamated
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.c99 import code_footprint, program_files
from vox_embed.export.c_sources import frontend_kinds, kernels_unit, library_sources
from vox_embed.export.model_c import identifier, model_header, model_unit, program_header
from vox_embed.gate.escape import Code
from vox_embed.program.on_demand import op_codes

_VOX = re.compile(r'#include "vox/\w+\.h"\n')


class Amalgamated(Target):
    """The same code as the c99 export has, in two files beside the model's two."""

    name = "amalgamated"
    summary = "the library in one vox.c and one vox.h, to copy into a project"
    products = ("classify", "classify.exe", "infer", "infer.exe")

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """vox.c, vox.h, the model, and a program."""
        root, own, hears = firmware_root(), identifier(model), model.core.hears
        program = program_files(model)
        entry = program["main.c"].decode()
        library = library_sources(root, op_codes(model.data), entry, frontend_kinds(model.data))
        values = {
            "own": Code(own),
            "macro": Code(own.upper()),
            "title": model.name,
            "executable": "classify" if hears else "infer",
            "program": [name for name in program if name.endswith(".c")],
            "argument": "some.wav" if hears else "inputs.bin",
            "hears": hears,
            "memory": model.core.listener_size if hears else model.core.arena_size,
            "model_size": len(model.data),
        }
        files = amalgamated(library.files, kernels_unit(library.kernels, library.frontends))
        files |= {
            **program,
            "main.c": _with_one_header(entry).encode(),
            "model.h": program_header(model).encode(),
            f"{own}.c": model_unit(model).encode(),
            f"{own}.h": model_header(model).encode(),
            "Makefile": templates.render("amalgamated/Makefile", **values),
            "README.md": templates.render("amalgamated/README.md", **values),
            "LICENSE": (root / "LICENSE").read_bytes(),
        }
        return dict(sorted(files.items()))

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Of the same C files as the c99 export has."""
        return code_footprint(model)

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Build and run."""
        run = ("classify", "FILE.wav") if model.core.hears else ("infer", "INPUTS.bin")
        return f"make -C {shlex.quote(str(folder))} && {shlex.quote(str(folder / run[0]))} {run[1]}"


def _with_one_header(text: str) -> str:
    first = _VOX.search(text)
    assert first is not None
    start = first.start()
    return text[:start] + '#include "vox.h"\n' + _VOX.sub("", text[start:])
