"""`--format mpy`: a folder to copy onto a board that runs MicroPython. No toolchain, no reflashing."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.files import MODEL
from vox_embed.experiment.names import did_you_mean
from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.gate.escape import Code
from vox_embed.program.on_demand import refuse_on_demand
from vox_embed.version import __version__

FOLDER = Path(__file__).parent / "micropython"
"""The modules, kept as `make micropython` builds them."""

BOARDS = {
    "rp2040": "armv6m",
    "rp2350": "armv7emsp",
    "nucleo_f446re": "armv7emsp",
    "nano33ble": "armv7emsp",
    "teensy41": "armv7emdp",
    "esp32c3": "rv32imc",
    "native": "x64",
    "qemu-m0": "armv6m",
    "qemu-m3": "armv7m",
    "qemu-m4": "armv7emsp",
    "qemu-m7": "armv7emdp",
    "qemu-rv32": "rv32imc",
}
"""Board -> architecture of MicroPython's build for it."""

PIO = ("rp2040", "rp2350")
"""Boards that can have a PDM microphone."""


class MicroPython(Target):
    """The native module, the model, and a live classifier. architecture: instead of the board's own."""

    def __init__(self, board: str, architecture: str | None = None) -> None:
        known = sorted(set(BOARDS.values()))
        if architecture is not None and architecture not in known:
            raise VoxError(
                f"there is no MicroPython module for `{architecture}`",
                did_you_mean(architecture, known, "architectures"),
            )
        if architecture is None and board not in BOARDS:
            raise VoxError(
                f"there is no MicroPython module for the board `{board}`",
                did_you_mean(board, BOARDS, "boards") + "; or name the architecture with --arch",
            )
        self.board = board
        self.architecture = architecture or BOARDS[board]

    @property
    def board_name(self) -> str | None:
        """None with an architecture that is not the board's."""
        return self.board if BOARDS.get(self.board) == self.architecture else None

    @property
    def name(self) -> str:
        """Board and format."""
        return f"{self.board}-mpy"

    @property
    def summary(self) -> str:
        """One line."""
        return f"MicroPython module, model and script for {self.board}"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """vox.mpy, model.vxm, main.py, and the helpers that main.py imports."""
        model.require_hearing(self.name)
        refuse_on_demand(model.data, model.name, "the MicroPython module")
        core = model.core
        pdm = f"vox_pdm-{self.architecture}.mpy"
        files = {
            "main.py": templates.render(
                "mpy/main.py",
                title=model.name,
                labels=", ".join(core.labels),
                microphone=_microphone(self.board),
                rate=core.sample_rate,
                hop=core.hop,
            ),
            MODEL: model.data,
            "vox.mpy": _read(f"vox-{self.architecture}.mpy"),
            "vox_audio.py": _read("vox_audio.source"),
            "vox_check.mpy": _read("vox_check.mpy"),
            "vox_link.mpy": _read("vox_link.mpy"),
            **({"vox_pdm.mpy": _read(pdm)} if self.board in PIO and (FOLDER / pdm).is_file() else {}),
        }
        return {**files, "package.json": _package(files)}

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """The module is loaded into RAM, as is a model read from a file."""
        core = model.core
        entry = json.loads(_read("manifest.json"))["files"][f"vox-{self.architecture}.mpy"]
        return Footprint(
            code=entry["bytes"],
            model=len(model.data),
            static=entry["bytes"] + len(model.data),
            listener=core.listener_size,
            arena=core.arena_size,
            measured_for=f"{self.architecture}, ABI {entry['abi']}; module and model lie in RAM",
        )

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Copy it with mpremote."""
        names = sorted(name for name in self.files(model) if name != "package.json")
        files = " ".join(shlex.quote(str(folder / name)) for name in names)
        return f"mpremote cp {files} : + reset"


def _package(files: Mapping[str, bytes]) -> bytes:
    """For `mpremote mip install` and `mip.install` on the board, from wherever the folder is served."""
    urls = [[name, name] for name in sorted(files)]
    content = {"version": __version__, "urls": urls, "deps": []}
    return (json.dumps(content, indent=2) + "\n").encode()


def _microphone(board: str) -> Code:
    """How main.py makes its microphone; the pins are those of the C firmware."""
    if board in PIO:
        return Code("vox_audio.Adc(26)  # or Pdm(clock=14, data=15), or I2S(sck=10, ws=11, sd=12)")
    if board.startswith("esp32"):
        return Code("vox_audio.I2S(sck=4, ws=5, sd=6)")
    return Code("None  # this board has no microphone source yet: an object with start(rate), read(), stop()")


def _read(name: str) -> bytes:
    try:
        return (FOLDER / name).read_bytes()
    except OSError:
        raise VoxError(
            f"{FOLDER / name} is missing", "reinstall vox-embed, or build it: make micropython"
        ) from None
