"""Exports: from a .vxm to C99 sources, a firmware project, or the file alone.

`find_target(name).files(model)` gives the content, `export_model` writes it.
"""

from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.index import find_target, targets
from vox_embed.export.write import export_model

__all__ = ["ExportModel", "Footprint", "Target", "export_model", "find_target", "targets"]
