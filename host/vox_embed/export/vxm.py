"""`vxm`: the model file alone, for a board that already runs the vox-embed firmware."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from vox_embed.export.base import ExportModel, Footprint, Target


class Vxm(Target):
    """A plain copy of the .vxm."""

    name = "vxm"
    summary = "the model file alone"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """<name>.vxm, byte for byte."""
        return {f"{model.name}.vxm": model.data}

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """The model's own share; there is no code in this export."""
        return Footprint.of_model_alone(
            model, "a .vxm holds no code: export --target c99 or a board for that"
        )

    def next_command(self, model: ExportModel, folder: Path) -> str | None:
        """Push it to an emulated board; nothing for a bare network."""
        if not model.core.hears:
            return None
        return f"vox-embed verify {shlex.quote(str(folder / f'{model.name}.vxm'))} --target qemu-m4"
