"""`zephyr`: a module for Zephyr, with a sample that listens to a PDM microphone."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from vox_embed.experiment.sources import firmware_root
from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.c99 import code_footprint
from vox_embed.export.model_c import program_header
from vox_embed.export.own_library import own_library

_SAMPLE = "samples/listen"


class Zephyr(Target):
    """zephyr/module.yml and Kconfig, the sources, samples/listen."""

    name = "zephyr"
    summary = "a Zephyr module, with a sample for a PDM microphone"
    kit = "Zephyr"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """The module's folder; see its README.md."""
        model.require_hearing(self.name)
        parts = own_library(model)
        files = {**parts.below("include", "src"), **parts.model}
        values = {**parts.values, "units": sorted(path for path in files if path.endswith(".c"))}
        for name in ("module.yml", "Kconfig", "CMakeLists.txt"):
            files[f"zephyr/{name}"] = templates.render(f"zephyr/{name}", **values)
        for name in ("CMakeLists.txt", "prj.conf", "sample.yaml"):
            files[f"{_SAMPLE}/{name}"] = templates.render(f"zephyr/sample/{name}", **values)
        overlay = "nrf52840dk_nrf52840.overlay"
        files |= {
            f"{_SAMPLE}/boards/{overlay}": templates.copy(f"zephyr/{overlay}"),
            f"{_SAMPLE}/src/main.c": templates.copy("zephyr/main.c"),
            f"{_SAMPLE}/src/model.h": program_header(model).encode(),
            "README.md": templates.render("zephyr/README.md", **values),
            "LICENSE": (firmware_root() / "LICENSE").read_bytes(),
        }
        return dict(sorted(files.items()))

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Of the same C files as the c99 export has; Zephyr comes on top."""
        return code_footprint(model)

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Build the sample."""
        return f"west build -b nrf52840dk/nrf52840 {shlex.quote(str(folder / _SAMPLE))}"
