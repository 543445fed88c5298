"""`arduino`: a library for the Arduino IDE and PlatformIO, with a sketch that listens."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from vox_embed.experiment.sources import firmware_root
from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.c99 import code_footprint
from vox_embed.export.model_c import identifier
from vox_embed.export.own_library import own_library
from vox_embed.export.side_by_side import weakened
from vox_embed.gate.escape import Code
from vox_embed.version import HOMEPAGE, __version__

_NAME_LENGTH = 63
"""Of a library's name, at most."""
_MICROPHONE = ("microphone.h", "microphone.cpp")


class Arduino(Target):
    """Arduino compiles all of src/, with src/ as the one folder of headers: the layout suits that."""

    name = "arduino"
    summary = "a library for the Arduino IDE and PlatformIO, with an example sketch"
    kit = "the Arduino IDE"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """The library's folder; see its README.md."""
        model.require_hearing(self.name)
        root, library = firmware_root(), identifier(model)
        header = templates.copy("arduino/library.h.jinja").decode()
        parts = own_library(model, header, f"{library}_model.h")
        values = {
            **parts.values,
            "library": library,
            "listed": library[:_NAME_LENGTH],
            "image": Code(f"{library}_image"),
        }
        files = parts.below("src", "src")
        driver = {
            f"src/vox/arduino/{name}": (root / "firmware" / "hal" / "arduino" / name).read_bytes()
            for name in _MICROPHONE
        }
        files |= weakened(driver) | {f"src/{path}": data for path, data in parts.model.items()}
        files |= {
            f"src/{library}.h": templates.render("arduino/library.h", **values),
            "examples/listen/listen.ino": templates.render("arduino/listen.ino", **values),
            "library.properties": templates.render("arduino/library.properties", **values),
            "keywords.txt": templates.render("arduino/keywords.txt", **values),
            "library.json": _library_json(library, model),
            "README.md": templates.render("arduino/README.md", **values),
            "LICENSE": (root / "LICENSE").read_bytes(),
        }
        return dict(sorted(files.items()))

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Of the same C files as the c99 export has; the board's core comes on top."""
        return code_footprint(model)

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Where the Arduino IDE looks for libraries."""
        return f"cp -r {shlex.quote(str(folder))} ~/Arduino/libraries/{identifier(model)}"


def _library_json(library: str, model: ExportModel) -> bytes:
    content = {
        "name": library,
        "version": __version__,
        "description": f"Hears {', '.join(model.core.labels)}. Made by vox-embed.",
        "keywords": ["speech", "audio", "tinyml", "classification"],
        "homepage": HOMEPAGE,
        "license": "Apache-2.0",
        "frameworks": "arduino",
        "platforms": "*",
        "headers": f"{library}.h",
        "examples": [{"name": "listen", "base": "examples/listen", "files": ["listen.ino"]}],
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
