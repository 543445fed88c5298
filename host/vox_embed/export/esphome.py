"""`esphome`: an external component: a listener with triggers, binary sensors and a text sensor."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from vox_embed.experiment.sources import firmware_root
from vox_embed.export import templates
from vox_embed.export.amalgamation import amalgamated
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.c99 import code_footprint
from vox_embed.export.c_sources import frontend_kinds, library_sources, sources_hash
from vox_embed.export.model_c import identifier, model_header, model_unit
from vox_embed.export.own_library import ENTRY, values_of
from vox_embed.export.side_by_side import needs, tables_unit, weakened
from vox_embed.gate.escape import Code
from vox_embed.program.on_demand import op_codes

_RING = 2 * 8192
"""Bytes of the component's ring of samples."""


class Esphome(Target):
    """ESPHome compiles one flat folder a component, so the library comes in one file."""

    name = "esphome"
    summary = "an external component for ESPHome, with triggers and sensors"
    kit = "ESPHome"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """components/<name> and example.yaml; see README.md."""
        model.require_hearing(self.name)
        root, own = firmware_root(), identifier(model).lower()
        sources = library_sources(root, op_codes(model.data), ENTRY, frontend_kinds(model.data))
        version = sources_hash(sources.files)
        labels = list(model.core.labels)
        values = {
            **values_of(model, version),
            "own": Code(own),
            "label_list": Code(json.dumps(labels)),
            "first_label": Code(json.dumps(labels[0])),
            "ram": model.core.listener_size + _RING,
        }
        tables = tables_unit(sources.kernels, sources.frontends, version)
        needed = needs(own, sources.kernels, sources.frontends, version)
        unit = model_unit(model, needs=needed).replace('#include "vox/nn.h"', '#include "vox.h"')
        library = {
            **weakened(amalgamated(sources.files, tables)),
            f"{own}.c": _lowered(unit, model).encode(),
            f"{own}.h": _lowered(model_header(model), model).encode(),
        }
        for name in ("__init__.py", "binary_sensor.py", "text_sensor.py", "component.h", "component.cpp"):
            library[name] = templates.render(f"esphome/{name}", **values)
        files = {f"components/{own}/{name}": data for name, data in library.items()}
        files |= {
            "example.yaml": templates.render("esphome/example.yaml", **values),
            "README.md": templates.render("esphome/README.md", **values),
            "LICENSE": (root / "LICENSE").read_bytes(),
        }
        return dict(sorted(files.items()))

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Of the same C files as the c99 export has; ESPHome comes on top."""
        return code_footprint(model)

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Build the example."""
        return f"esphome run {shlex.quote(str(folder / 'example.yaml'))}"


def _lowered(text: str, model: ExportModel) -> str:
    """ESPHome's names are in small letters."""
    return text.replace(identifier(model), identifier(model).lower())
