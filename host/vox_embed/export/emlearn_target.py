"""`emlearn`: forests for people who have emlearn or emlearn-micropython (also `--format emlearn`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.emlearn import Forest, c_form, csv_form
from vox_embed.export.inline import identifier
from vox_embed.program.stored_trees import read_trees


class Emlearn(Target):
    """A CSV for emlearn-micropython, and a header for emlearn in C."""

    name = "emlearn"
    summary = "forests for emlearn (C header) and emlearn-micropython (CSV)"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """<name>.csv, <name>_emlearn.h and a README."""
        name = identifier(model.name)
        forest = Forest.make(read_trees(model.data))
        labels = model.core.labels or [f"class {i}" for i in range(forest.shares.shape[1])]
        values = {
            "name": name,
            "title": model.name,
            "trees": len(forest.roots),
            "features": forest.features,
            "labels": labels,
        }
        return {
            "README.md": templates.render("emlearn/README.md", **values),
            f"{name}.csv": csv_form(forest).encode(),
            f"{name}_emlearn.h": c_form(forest, name).encode(),
        }

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Unknown: it depends on the user's emlearn."""
        del model, folder
        return Footprint(
            code=None,
            model=0,
            static=None,
            listener=0,
            arena=0,
            missing="code size not measured: it depends on the emlearn that loads it",
        )

    def next_command(self, model: ExportModel, folder: Path) -> str | None:
        """Loading it is up to the user's program."""
        return None
