"""`cmsis-pack`: a CMSIS-Pack with the model as a component."""

from __future__ import annotations

import io
import shlex
import zipfile
from collections.abc import Mapping
from pathlib import Path

from vox_embed.experiment.sources import firmware_root
from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.c99 import code_footprint
from vox_embed.export.own_library import own_library
from vox_embed.gate.escape import Code
from vox_embed.version import __version__

VENDOR = "VoxEmbed"
_CSUB = 32
"""Characters of a component's Csub, at most."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The earliest time of a ZIP: same model, same bytes."""


class CmsisPack(Target):
    """The pack, its description beside it as an index wants it, and a README."""

    name = "cmsis-pack"
    summary = "a CMSIS-Pack for csolution, Keil Studio and uVision"
    kit = "CMSIS-Pack tools"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """<vendor>.<name>.<version>.pack, <vendor>.<name>.pdsc, README.md."""
        model.require_hearing(self.name)
        parts = own_library(model)
        inside = {**parts.below("include", "src"), **parts.model}
        pack = f"{VENDOR}.{parts.own}.{__version__}.pack"
        values = {
            **parts.values,
            "vendor": Code(VENDOR),
            "sub": Code(parts.own[:_CSUB]),
            "pack": Code(pack),
            "units": [Code(path) for path in sorted(inside) if path.endswith(".c")],
        }
        description = templates.render("cmsis_pack/pack.pdsc", **values)
        readme = templates.render("cmsis_pack/README.md", **values)
        license_text = (firmware_root() / "LICENSE").read_bytes()
        inside |= {f"{VENDOR}.{parts.own}.pdsc": description, "README.md": readme, "LICENSE": license_text}
        return {
            "LICENSE": license_text,
            "README.md": readme,
            f"{VENDOR}.{parts.own}.pdsc": description,
            pack: _zipped(inside),
        }

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Of the same C files as the c99 export has."""
        return code_footprint(model)

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Make it known to the tools."""
        (pack,) = (name for name in self.files(model) if name.endswith(".pack"))
        return f"cpackget add {shlex.quote(str(folder / pack))}"


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()
