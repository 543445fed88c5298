"""`c99`: a folder of portable C that compiles alone and classifies WAV files."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from vox_embed.experiment.sources import firmware_root
from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.c_sources import frontend_kinds, kernels_unit, library_sources, op_codes
from vox_embed.export.model_c import model_header, model_unit
from vox_embed.export.toolchain import image_sizes, run_tool

_PROGRAM_FILES = ("main.c", "wav.c", "wav.h")
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


class C99(Target):
    """Library sources cut down to what the model uses, the model as a constant, and a program around them."""

    name = "c99"
    summary = "portable C99 sources with a program that classifies a WAV file"
    products = ("build", "classify", "classify.exe", "libvoxmodel.a")

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """The folder; see its README.md."""
        model.require_hearing(self.name)
        root = firmware_root()
        program = {name: templates.copy(f"c99/{name}") for name in _PROGRAM_FILES}
        library = library_sources(
            root, op_codes(model.data), program["main.c"].decode(), frontend_kinds(model.data)
        )
        core = model.core
        hop_ms = 1000 * core.hop / core.sample_rate
        frames_ms = (core.window_frames - 1) * hop_ms + 1000 * core.window / core.sample_rate
        values = {
            "library": ["model.c", "kernels.c", *(f"vox/{unit}" for unit in library.units)],
            "kernels": library.kernels,
            "title": model.name,
            "labels": core.labels,
            "rate": core.sample_rate,
            "window_ms": f"{frames_ms:.0f}",
            "stride_ms": f"{core.stride_frames * hop_ms:.0f}",
            "model_size": len(model.data),
            "listener_size": core.listener_size,
            "shared_size": max(core.arena_size, core.scratch_size),
            "crc": f"{core.crc:08x}",
        }
        files = {f"vox/{path}": data for path, data in library.files.items()}
        files |= program
        files |= {
            "model.c": model_unit(model).encode(),
            "model.h": model_header(model).encode(),
            "kernels.c": kernels_unit(library.kernels, library.frontends).encode(),
            "LICENSE": (root / "LICENSE").read_bytes(),
        }
        for name in ("Makefile", "CMakeLists.txt", "README.md"):
            files[name] = templates.render(f"c99/{name}", **values)
        return dict(sorted(files.items()))

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Compiled for a Cortex-M4, if that compiler is installed, with all unused functions dropped."""
        core = model.core
        code = static = None
        missing: str | None = "code size not measured: arm-none-eabi-gcc is not installed"
        if shutil.which("arm-none-eabi-gcc") is not None:
            with tempfile.TemporaryDirectory() as temporary:
                elf = Path(temporary) / "probe.elf"
                missing = self._link_probe(folder.resolve(), elf)
                if missing is None:
                    sizes = image_sizes(elf)
                    code = sizes.text + sizes.data - len(model.data)
                    static = sizes.data + sizes.bss - core.listener_size
        return Footprint(
            code=code,
            model=len(model.data),
            static=static,
            listener=core.listener_size,
            arena=core.arena_size,
            measured_for=None if missing else "Cortex-M4, gcc -O2, model, listener and C library included",
            missing=missing,
        )

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Build and run."""
        return f"make -C {shlex.quote(str(folder))} && {shlex.quote(str(folder / 'classify'))} FILE.wav"

    @staticmethod
    def _link_probe(folder: Path, elf: Path) -> str | None:
        probe = elf.with_name("probe.c")
        probe.write_text(_PROBE)
        units = [str(path) for path in sorted(folder.glob("vox/src/**/*.c"))]
        includes = [f"-I{folder / inner}" for inner in (".", "vox/include", "vox/src")]
        link = [
            "-nostartfiles",
            "--specs=nano.specs",
            "--specs=nosys.specs",
            "-Wl,--gc-sections,-eprobe,-Ttext=0",
        ]
        sections = ["-ffunction-sections", "-fdata-sections", *includes]
        own = [str(probe), str(folder / "model.c"), str(folder / "kernels.c")]
        return run_tool(
            ["arm-none-eabi-gcc", *_M4, *sections, *own, *units, *link, "-o", str(elf)], elf.parent
        )
