"""What every ecosystem's package holds: library, model, tables, all able to stand beside another's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vox_embed.experiment.sources import firmware_root
from vox_embed.export.base import ExportModel
from vox_embed.export.c_sources import frontend_kinds, library_sources, sources_hash
from vox_embed.export.model_c import identifier, model_header, model_unit
from vox_embed.export.side_by_side import needs, tables_unit, weakened
from vox_embed.gate.escape import Code
from vox_embed.program.on_demand import op_codes
from vox_embed.version import HOMEPAGE, __version__

ENTRY = '#include "vox/listener.h"\n#include "vox/status_text.h"\n'
"""What programs around a model that hears include."""


@dataclass(frozen=True)
class OwnLibrary:
    """Library, model and tables under the names of one model."""

    own: str
    """vox_<model>."""
    library: Mapping[str, bytes]
    """Path below include/ and src/ of firmware/vox -> content; definitions are weak."""
    model: Mapping[str, bytes]
    """vox_<model>.h, vox_<model>.c and vox_<model>_kernels.c."""
    values: Mapping[str, Any]
    """For templates."""

    def below(self, headers: str, sources: str) -> dict[str, bytes]:
        """The library's files with its include/ at `headers` and its src/ at `sources`."""
        return {
            f"{headers}/{path.removeprefix('include/')}"
            if path.startswith("include/")
            else f"{sources}/{path.removeprefix('src/')}": data
            for path, data in self.library.items()
        }


def own_library(model: ExportModel, entry: str = ENTRY, header: str | None = None) -> OwnLibrary:
    """For a model that hears. entry: as of library_sources. header: what the model's is called."""
    own = identifier(model)
    sources = library_sources(firmware_root(), op_codes(model.data), entry, frontend_kinds(model.data))
    version = sources_hash(sources.files)
    called = header or f"{own}.h"
    needed = needs(own, sources.kernels, sources.frontends, version)
    unit = {f"{called.removesuffix('.h')}.c": model_unit(model, called, needed).encode()}
    tables = {f"{own}_kernels.c": tables_unit(sources.kernels, sources.frontends, version).encode()}
    return OwnLibrary(
        own,
        weakened(sources.files),
        {called: model_header(model).encode(), **unit, **weakened(tables)},
        values_of(model, version),
    )


def values_of(model: ExportModel, version: str) -> dict[str, Any]:
    """For templates. version: of `sources_hash`."""
    own, core = identifier(model), model.core
    return {
        "own": Code(own),
        "macro": Code(own.upper()),
        "title": model.name,
        "version": Code(__version__),
        "homepage": Code(HOMEPAGE),
        "sources": Code(version),
        "sentence": f"Hears {len(core.labels)} kinds of sound with the model {model.name}.",
        "labels": core.labels,
        "rate": core.sample_rate,
        "hop": core.hop,
        "window": core.window,
        "model_size": len(model.data),
        "listener_size": core.listener_size,
        "crc": Code(f"{core.crc:08x}"),
    }
