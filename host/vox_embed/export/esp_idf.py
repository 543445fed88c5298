"""`esp-idf`: a component for ESP-IDF, with an example that listens to an I2S microphone."""

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

_EXAMPLE = "examples/listen"


class EspIdf(Target):
    """idf_component.yml, CMakeLists.txt, the sources, examples/listen."""

    name = "esp-idf"
    summary = "an ESP-IDF component, with an example for an I2S microphone"
    kit = "ESP-IDF"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """The component's folder; see its README.md."""
        model.require_hearing(self.name)
        parts = own_library(model)
        files = {**parts.below("include", "src"), **parts.model}
        values = {**parts.values, "units": sorted(path for path in files if path.endswith(".c"))}
        for name in ("idf_component.yml", "CMakeLists.txt", "README.md"):
            files[name] = templates.render(f"esp_idf/{name}", **values)
        files |= {
            f"{_EXAMPLE}/CMakeLists.txt": templates.render("esp_idf/example/CMakeLists.txt", **values),
            f"{_EXAMPLE}/main/CMakeLists.txt": templates.copy("esp_idf/example/main_CMakeLists.txt"),
            f"{_EXAMPLE}/main/Kconfig.projbuild": templates.copy("esp_idf/example/Kconfig.projbuild"),
            f"{_EXAMPLE}/main/main.c": templates.copy("esp_idf/main.c"),
            f"{_EXAMPLE}/main/model.h": program_header(model).encode(),
            "LICENSE": (firmware_root() / "LICENSE").read_bytes(),
        }
        return dict(sorted(files.items()))

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Of the same C files as the c99 export has; ESP-IDF comes on top."""
        return code_footprint(model)

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Build the example."""
        return f"idf.py -C {shlex.quote(str(folder / _EXAMPLE))} set-target esp32s3 build flash monitor"
