"""`arduino`: a library for the Arduino IDE and PlatformIO, with a sketch that listens."""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path

from vox_embed.experiment.sources import firmware_root
from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.c99 import C99
from vox_embed.export.c_sources import frontend_kinds, kernels_unit, library_sources, op_codes
from vox_embed.export.folder import write_folder
from vox_embed.export.model_c import identifier, model_header, model_unit
from vox_embed.gate.escape import Code
from vox_embed.version import __version__

_MICROPHONE = ("microphone.h", "microphone.cpp")


class Arduino(Target):
    """Arduino compiles all of src/, with src/ as the one folder of headers: the layout suits that."""

    name = "arduino"
    summary = "a library for the Arduino IDE and PlatformIO, with an example sketch"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """The library's folder; see its README.md."""
        model.require_hearing(self.name)
        root, library, core = firmware_root(), identifier(model), model.core
        values = {
            "library": library,
            "macro": Code(library.upper()),
            "image": Code(f"{library}_image"),
            "title": model.name,
            "version": __version__,
            "labels": core.labels,
            "rate": core.sample_rate,
            "hop": core.hop,
            "window": core.window,
            "model_size": len(model.data),
            "listener_size": core.listener_size,
            "crc": f"{core.crc:08x}",
        }
        header = templates.render("arduino/library.h", **values)
        sources = library_sources(root, op_codes(model.data), header.decode(), frontend_kinds(model.data))
        files = {
            f"src/{path.removeprefix('include/').removeprefix('src/')}": data
            for path, data in sources.files.items()
        }
        for name in _MICROPHONE:
            files[f"src/vox/arduino/{name}"] = (root / "firmware" / "hal" / "arduino" / name).read_bytes()
        files |= {
            f"src/{library}.h": header,
            f"src/{library}_model.h": model_header(model).encode(),
            f"src/{library}_model.c": model_unit(model, header=f"{library}_model.h").encode(),
            f"src/{library}_kernels.c": kernels_unit(sources.kernels, sources.frontends).encode(),
            "examples/listen/listen.ino": templates.render("arduino/listen.ino", **values),
            "library.properties": templates.render("arduino/library.properties", **values),
            "library.json": _library_json(library, model),
            "README.md": templates.render("arduino/README.md", **values),
            "LICENSE": (root / "LICENSE").read_bytes(),
        }
        return dict(sorted(files.items()))

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Of the same C files as the c99 export has; the board's core comes on top."""
        target = C99()
        with tempfile.TemporaryDirectory() as temporary:
            plain = Path(temporary) / "c99"
            files = dict(target.files(model))
            write_folder(plain, files, force=True)
            return target.footprint(model, plain)

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Where the Arduino IDE looks for libraries."""
        return f"cp -r {shlex.quote(str(folder))} ~/Arduino/libraries/{identifier(model)}"


def _library_json(library: str, model: ExportModel) -> bytes:
    content = {
        "name": library,
        "version": __version__,
        "description": f"Hears {', '.join(model.core.labels)}. Made by vox-embed.",
        "keywords": ["speech", "audio", "tinyml", "classification"],
        "license": "Apache-2.0",
        "frameworks": "arduino",
        "platforms": "*",
        "headers": f"{library}.h",
        "examples": [{"name": "listen", "base": "examples/listen", "files": ["listen.ino"]}],
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
