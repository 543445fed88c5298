"""`web`: one page that listens, with the chip's code as WebAssembly. No toolchain, no server."""

from __future__ import annotations

import base64
import gzip
import shlex
from collections.abc import Mapping
from pathlib import Path

from vox_embed.experiment.sources import firmware_root
from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.gate.escape import Code
from vox_embed.program.on_demand import refuse_on_demand
from vox_embed.version import __version__


class Web(Target):
    """Everything is in index.html, so that it also runs from a disk; tools/build_web.sh makes the module."""

    name = "web"
    summary = "a web page that listens to microphone or file, on this computer or a phone"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """index.html, README.md, LICENSE."""
        model.require_hearing(self.name)
        refuse_on_demand(model.data, model.name, "the page's module")
        values = {
            "title": model.name,
            "version": __version__,
            "crc": f"{model.core.crc:08x}",
            "labels": ", ".join(model.core.labels),
        }
        page = templates.render(
            "web/index.html",
            **values,
            wasm=_packed(templates.copy("web/vox.wasm")),
            model=_packed(model.data),
            vox=_script("vox.js"),
            worklet=_script("worklet.js"),
            page=_script("page.js"),
        )
        return {
            "LICENSE": (firmware_root() / "LICENSE").read_bytes(),
            "README.md": templates.render("web/README.md", **values, size=len(page)),
            "index.html": page,
        }

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """The module, unpacked; a browser gives memory in pages of 64 kB."""
        return Footprint(
            code=len(templates.copy("web/vox.wasm")),
            model=len(model.data),
            static=None,
            listener=model.core.listener_size,
            arena=model.core.arena_size,
            measured_for="WebAssembly, all of the library",
        )

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Pages from this computer may have the microphone."""
        return f"python3 -m http.server --directory {shlex.quote(str(folder))}, then http://localhost:8000"


def _packed(data: bytes) -> Code:
    return Code(base64.b64encode(gzip.compress(data, 9, mtime=0)).decode())


def _script(name: str) -> Code:
    return Code(templates.copy(f"web/{name}").decode())
