"""From a target and a model to a folder."""

from __future__ import annotations

from pathlib import Path

from vox_embed.export.base import ExportModel, Target
from vox_embed.export.folder import MANIFEST, manifest, write_folder
from vox_embed.version import __version__


def export_model(target: Target, model: ExportModel, out: Path, *, force: bool = False) -> list[str]:
    """Write the export and its manifest to `out`; returns the paths in it. Same input, same bytes.

    Raises VoxError where the model does not suit the target, or `out` holds something else.
    """
    files = dict(target.files(model))
    files[MANIFEST] = manifest(target.name, model.core.crc, __version__, files)
    write_folder(out, files, target.products, force=force)
    return sorted(files)
