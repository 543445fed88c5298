"""`inline`: decision trees as plain C, without the library (also `--target c99 --style inline`)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.inline import identifier, inline_header, inline_source
from vox_embed.export.toolchain import NOT_MEASURED, image_sizes, run_tool
from vox_embed.program.stored_trees import read_trees

_M0 = ("-mcpu=cortex-m0", "-mthumb", "-std=c99", "-Os")


class Inline(Target):
    """One function from features to a class: for programs that compute the features themselves."""

    name = "inline"
    summary = "decision trees as nested comparisons in plain C"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """<name>.c, <name>.h and a README."""
        name = identifier(model.name)
        trees = read_trees(model.data)
        core = model.core
        labels = core.labels or [f"class {i}" for i in range(trees.outputs)]
        values = {
            "name": name,
            "title": model.name,
            "trees": len(trees.trees),
            "features": trees.features,
            "labels": labels,
            "hears": core.hears,
            "crc": f"{core.crc:08x}",
        }
        return {
            "README.md": templates.render("inline/README.md", **values),
            f"{name}.c": inline_source(name, trees).encode(),
            f"{name}.h": inline_header(name, trees, labels).encode(),
        }

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Compiled for a Cortex-M0, if that compiler is installed."""
        missing: str | None = NOT_MEASURED
        code = static = None
        if shutil.which("arm-none-eabi-gcc") is not None:
            source = folder.resolve() / f"{identifier(model.name)}.c"
            with tempfile.TemporaryDirectory() as temporary:
                made = Path(temporary) / "trees.o"
                missing = run_tool(
                    ["arm-none-eabi-gcc", *_M0, "-c", str(source), "-o", str(made)], made.parent
                )
                if missing is None:
                    sizes = image_sizes(made)
                    code, static = sizes.text + sizes.data, sizes.data + sizes.bss
        return Footprint(
            code=code,
            model=0,
            static=static,
            listener=0,
            arena=0,
            measured_for=None if missing else "Cortex-M0, gcc -Os, trees included",
            missing=missing,
        )

    def next_command(self, model: ExportModel, folder: Path) -> str | None:
        """There is nothing to run by itself."""
        return None
