"""What does not come with the package itself: Python extras and other programs.

Work asks for them before it begins. The one table of what is in which extra of pyproject.toml, and which
Debian packages bring which program.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.places import fetched_folder

EXTRAS: dict[str, tuple[str, ...]] = {
    "train": ("tensorflow", "keras", "tflite"),
    "synth": ("espeakng_loader", "pocketsphinx"),
    "kokoro": ("kokoro_onnx",),
    "opensmile": ("opensmile",),
    "listen": ("sounddevice",),
    "sign": ("cryptography",),
    "xgboost": ("xgboost",),
    "parquet": ("pyarrow",),
    "learn": ("netCDF4", "xarray"),
    "balance": ("imblearn",),
    "dask": ("distributed",),
    "onnx": ("onnxruntime",),
    "augment": ("audiomentations",),
    "silero": ("silero_vad", "onnxruntime"),
    "transformers": ("torch", "transformers"),
    "optuna": ("optuna",),
    "praat": ("parselmouth",),
    "umap": ("umap",),
}
"""Extra -> modules that it brings."""

_MORE = {
    "praat": "it is under the GPL",
    "opensmile": "its licence allows research only",
    "xgboost": "or choose model.type: gradient_boosting",
}

DEBIAN: dict[str, tuple[str, ...]] = {
    "cmake": ("cmake",),
    "ninja": ("ninja-build",),
    "cc": ("gcc",),
    "gcc": ("gcc",),
    "node": ("nodejs", "npm"),
    "npm": ("npm",),
    "git": ("git",),
    "objcopy": ("binutils",),
    "objdump": ("binutils",),
    "qemu-system-arm": ("qemu-system-arm",),
    "qemu-system-riscv32": ("qemu-system-misc",),
}
"""Program -> packages. The parts of a compiler are found by its prefix."""

_COMPILERS = {
    "arm-none-eabi-": ("gcc-arm-none-eabi", "libnewlib-arm-none-eabi"),
    "riscv64-unknown-elf-": ("gcc-riscv64-unknown-elf", "picolibc-riscv64-unknown-elf"),
}


def lacking_packages(modules: Iterable[str]) -> list[str]:
    """Those that are not installed. Nothing is imported."""
    return [module for module in modules if not _installed(module)]


def need_packages(what: str, modules: Iterable[str]) -> None:
    """VoxError with the `pip install` line where one is missing. what: what needs them, as a subject."""
    absent = lacking_packages(modules)
    if absent:
        raise missing_packages(what, absent)


def of_extra(error: ModuleNotFoundError) -> MissingPackagesError | None:
    """What is said where a module of an extra is missing and nothing had asked before; None for others."""
    module = (error.name or "").partition(".")[0]
    known = any(module in modules for modules in EXTRAS.values())
    return missing_packages("this command", [module]) if known else None


class MissingPackagesError(VoxError):
    """Optional packages are not installed."""


def missing_packages(what: str, absent: list[str]) -> MissingPackagesError:
    """What is said where they are missing."""
    extras = [extra for extra, modules in EXTRAS.items() if not set(absent).isdisjoint(modules)]
    hints = [f"pip install 'vox-embed[{','.join(extras)}]'", *(_MORE[e] for e in extras if e in _MORE)]
    many = "s" if len(absent) > 1 else ""
    names = _listed(absent)
    return MissingPackagesError(
        f"{what} needs the package{many} {names}, which {_is(absent)} not installed",
        "; ".join(hints),
    )


def need_programs(what: str, programs: Iterable[str]) -> None:
    """VoxError with the packages that bring them where one is not on PATH. what: as a subject."""
    absent = [program for program in programs if shutil.which(program) is None]
    if absent:
        raise VoxError(
            f"{what} needs {_listed(absent)}, which {_is(absent)} not installed", install_hint(absent)
        )


def need_pico_sdk() -> None:
    """VoxError where there is no pico-sdk to build with."""
    place = Path(os.environ.get("PICO_SDK_PATH") or fetched_folder() / "pico-sdk")
    if not (place / "pico_sdk_init.cmake").is_file():
        raise VoxError(
            f"building the image for rp2040 needs the pico-sdk; there is none in {place}",
            f"vox-embed fetch pico-sdk, or set PICO_SDK_PATH to its folder{or_setup()}",
        )


def install_hint(programs: Iterable[str]) -> str:
    """How to install programs."""
    packages = dict.fromkeys(package for program in programs for package in _debian(program))
    return f"on Debian: apt-get install {' '.join(packages)}{or_setup()}"


def or_setup() -> str:
    """The end of a hint: where the package lies in its checkout, `make setup` installs everything."""
    root = Path(__file__).resolve().parents[3]
    return f"; or `make setup` in {root}" if (root / "tools" / "setup.sh").is_file() else ""


def _installed(module: str) -> bool:
    if module in sys.modules:
        return sys.modules[module] is not None
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _debian(program: str) -> tuple[str, ...]:
    if program in DEBIAN:
        return DEBIAN[program]
    return next(packages for prefix, packages in _COMPILERS.items() if program.startswith(prefix))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
