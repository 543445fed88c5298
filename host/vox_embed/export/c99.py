"""`c99`: a folder of portable C that compiles alone and classifies WAV files."""

from __future__ import annotations

import json
import math
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vox_embed.core import Model
from vox_embed.experiment.sources import firmware_root
from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.c_sources import frontend_kinds, library_sources, sources_hash
from vox_embed.export.folder import write_folder
from vox_embed.export.model_c import identifier, model_header, model_unit, program_header
from vox_embed.export.side_by_side import needs, tables_unit
from vox_embed.export.toolchain import NOT_MEASURED, image_sizes, run_tool
from vox_embed.gate.escape import Code
from vox_embed.program.on_demand import op_codes
from vox_embed.program.stored import read_model
from vox_embed.spec.model_format import TensorType
from vox_embed.version import HOMEPAGE, __version__

_CLASSIFY_FILES = {"main.c": "main.c", "wav.c": "wav.c", "wav.h": "wav.h"}
_INFER_FILES = {"main.c": "network.c"}
"""Of a bare network."""
_M4 = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft", "-std=c99", "-O2")

# What a device program calls; linked to see which code stays in.
_PROBE = """#include "model.h"
#include "vox/listener.h"
static vox_model model;
static vox_listener listener;
static uint64_t memory[VOX_MODEL_LISTENER_SIZE / 8];
int probe(const int16_t *samples, size_t count);
int probe(const int16_t *samples, size_t count)
{
    size_t used;
    if (vox_model_open(&model, vox_model_image.bytes, sizeof vox_model_image.bytes) != VOX_OK ||
        vox_listener_init(&listener, &model, memory, sizeof memory) != VOX_OK) {
        return -1;
    }
    return vox_listener_push(&listener, samples, count, &used) + vox_model_label(&model, 0)[0];
}
"""


_NETWORK_PROBE = """#include "model.h"
#include "vox/model.h"
#include "vox/nn.h"
static vox_model model;
static uint64_t arena[VOX_MODEL_ARENA_SIZE / 8];
int probe(void);
int probe(void)
{
    if (vox_model_open(&model, vox_model_image.bytes, sizeof vox_model_image.bytes) != VOX_OK) {
        return -1;
    }
    vox_program_reset(&model, arena);
    vox_program_run(&model, arena);
    return vox_program_output(&model, arena, NULL)[0];
}
"""


def program_files(model: ExportModel) -> dict[str, bytes]:
    """main.c and what belongs to it: `classify`, or of a bare network `infer`."""
    names = _CLASSIFY_FILES if model.core.hears else _INFER_FILES
    return {name: templates.copy(f"c99/{source}") for name, source in names.items()}


def code_footprint(model: ExportModel) -> Footprint:
    """Of another export that has the c99 export's C files."""
    target = C99()
    with tempfile.TemporaryDirectory() as temporary:
        plain = Path(temporary) / "c99"
        write_folder(plain, dict(target.files(model)), force=True)
        return target.footprint(model, plain)


class C99(Target):
    """Library sources cut down to what the model uses, the model as a constant, and a program around them."""

    name = "c99"
    summary = "portable C99 sources with a program that classifies a WAV file, or runs a bare network"
    products = ("build", "classify", "classify.exe", "infer", "infer.exe", "libvoxmodel.a")

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """The folder; see its README.md."""
        core, root, own = model.core, firmware_root(), identifier(model)
        program = program_files(model)
        library = library_sources(
            root, op_codes(model.data), program["main.c"].decode(), frontend_kinds(model.data)
        )
        sources = sources_hash(library.files)
        values = {
            "own": Code(own),
            "macro": Code(own.upper()),
            "units": [f"vox/{unit}" for unit in library.units],
            "sources": sources,
            "library": [f"{own}.c", "kernels.c", *(f"vox/{unit}" for unit in library.units)],
            "kernel_names": [Code(f"vox_kernel_{code.name.lower()}") for code in library.kernels],
            "frontend_names": [Code(f"vox_frontend_{code.name.lower()}") for code in library.frontends],
            "kernels": library.kernels,
            "version": Code(__version__),
            "homepage": Code(HOMEPAGE),
            "sentence": Code(json.dumps(f"The model {model.name}, made by vox-embed.")),
            "filters": Code(
                json.dumps(
                    ["+<*.c>", "+<vox/src/>", *(f"-<{name}>" for name in program if name.endswith(".c"))]
                )
            ),
            "executable": "classify" if core.hears else "infer",
            "program": [name for name in program if name.endswith(".c")],
            "hears": core.hears,
            "title": model.name,
            "model_size": len(model.data),
            "crc": f"{core.crc:08x}",
            **(_of_listener(core) if core.hears else _of_network(model)),
        }
        files = {f"vox/{path}": data for path, data in library.files.items()}
        files |= program
        files |= {
            f"{own}.c": model_unit(
                model, needs=needs(own, library.kernels, library.frontends, sources)
            ).encode(),
            f"{own}.h": model_header(model).encode(),
            "model.h": program_header(model).encode(),
            "vox/include/vox/vox.h": _everything(root, library.files),
            "kernels.c": tables_unit(library.kernels, library.frontends, sources).encode(),
            "LICENSE": (root / "LICENSE").read_bytes(),
        }
        for name in ("Makefile", "CMakeLists.txt", "library.json"):
            files[name] = templates.render(f"c99/{name}", **values)
        readme = "README.md" if core.hears else "README_network.md"
        files["README.md"] = templates.render(f"c99/{readme}", **values)
        return dict(sorted(files.items()))

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Compiled for a Cortex-M4, if that compiler is installed, with all unused functions dropped."""
        core = model.core
        code = static = None
        missing: str | None = NOT_MEASURED
        if shutil.which("arm-none-eabi-gcc") is not None:
            with tempfile.TemporaryDirectory() as temporary:
                elf = Path(temporary) / "probe.elf"
                missing = self._link_probe(folder.resolve(), elf, core.hears)
                if missing is None:
                    sizes = image_sizes(elf)
                    code = sizes.text + sizes.data - len(model.data)
                    static = sizes.data + sizes.bss - (core.listener_size if core.hears else core.arena_size)
        return Footprint(
            code=code,
            model=len(model.data),
            static=static,
            listener=core.listener_size if core.hears else 0,
            arena=core.arena_size,
            measured_for=None if missing else "Cortex-M4, gcc -O2, model, listener and C library included",
            missing=missing,
        )

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Build and run."""
        run = ("classify", "FILE.wav") if model.core.hears else ("infer", "INPUTS.bin")
        return f"make -C {shlex.quote(str(folder))} && {shlex.quote(str(folder / run[0]))} {run[1]}"

    @staticmethod
    def _link_probe(folder: Path, elf: Path, hears: bool) -> str | None:
        probe = elf.with_name("probe.c")
        probe.write_text(_PROBE if hears else _NETWORK_PROBE)
        units = [str(path) for path in sorted(folder.glob("vox/src/**/*.c"))]
        includes = [f"-I{folder / inner}" for inner in (".", "vox/include", "vox/src")]
        link = [
            "-nostartfiles",
            "--specs=nano.specs",
            "--specs=nosys.specs",
            "-Wl,--gc-sections,-eprobe,-Ttext=0",
        ]
        sections = ["-ffunction-sections", "-fdata-sections", *includes]
        own = [str(probe), *(str(path) for path in sorted(folder.glob("vox_*.c"))), str(folder / "kernels.c")]
        return run_tool(
            ["arm-none-eabi-gcc", *_M4, *sections, *own, *units, *link, "-o", str(elf)], elf.parent
        )


def _everything(root: Path, files: Mapping[str, bytes]) -> bytes:
    """vox/vox.h with those of its headers that are there."""
    text = (root / "firmware" / "vox" / "include" / "vox" / "vox.h").read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    kept = [
        line
        for line in lines
        if not line.startswith("#include") or f"include/{line.split(chr(34))[1]}" in files
    ]
    return "".join(kept).encode()


def _of_listener(core: Model) -> Mapping[str, Any]:
    hop_ms = 1000 * core.hop / core.sample_rate
    frames_ms = (core.window_frames - 1) * hop_ms + 1000 * core.window / core.sample_rate
    return {
        "labels": core.labels,
        "rate": core.sample_rate,
        "window_ms": f"{frames_ms:.0f}",
        "stride_ms": f"{core.stride_frames * hop_ms:.0f}",
        "listener_size": core.listener_size,
        "shared_size": max(core.arena_size, core.scratch_size),
    }


def _of_network(model: ExportModel) -> Mapping[str, Any]:
    core, stored = model.core, read_model(model.data)
    kinds = (stored.tensors[place].type for place in (stored.program.input, stored.program.output))
    types = ["int" + TensorType(kind).name.removeprefix("S") for kind in kinds]
    return {
        "input_type": types[0],
        "output_type": types[1],
        "input_shape": core.input_shape,
        "output_shape": core.output_shape,
        "input_bytes": math.prod(core.input_shape) * core.input_bytes,
        "state_bytes": core.state_bytes,
        "arena_size": core.arena_size,
        "input_scale": f"{core.input_scale:.9g}",
        "output_scale": f"{core.output_scale:.9g}",
        "input_zero_point": core.input_zero_point,
        "output_zero_point": core.output_zero_point,
    }
