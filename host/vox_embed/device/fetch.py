"""Sources of others that some boards are built from, and the RP2040's emulator: brought on demand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vox_embed.device.boards import project_folder
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.needs import need_programs
from vox_embed.experiment.places import fetched_folder


@dataclass(frozen=True)
class Source:
    """Something to fetch. mark: a file that tells that a folder holds it. address, tag: of its repository,
    empty where npm brings it. variable: names a folder of one's own instead. inner: the folder of the
    repository that is taken."""

    name: str
    mark: str
    address: str = ""
    tag: str = ""
    variable: str = ""
    modules: tuple[str, ...] = ()
    """Submodules that are needed."""
    inner: str = ""


SOURCES = (
    Source(
        "pico-sdk",
        "pico_sdk_init.cmake",
        "https://github.com/raspberrypi/pico-sdk",
        "2.1.1",
        "PICO_SDK_PATH",
        ("lib/tinyusb",),
    ),
    Source(
        "micropython", "py/dynruntime.mk", "https://github.com/micropython/micropython", "v1.25.0", "MPY_DIR"
    ),
    Source("mbedtls", "library/sha512.c", "https://github.com/Mbed-TLS/mbedtls", "v3.6.2", "MBEDTLS_PATH"),
    Source(
        "monocypher",
        "monocypher.c",
        "https://github.com/LoupVaillant/Monocypher",
        "4.0.3",
        "MONOCYPHER_PATH",
        inner="src",
    ),
    Source("rp2040js", "package.json"),
)


_TELLS = re.compile(r"^fatal: |^E: |^fetch_sources: |failed, reason")
"""Lines of git, apt, our script and npm that say why; others come after them."""


def sources_of(names: Sequence[str]) -> list[Source]:
    """Those with these names; `all` for all. Raises VoxError with the nearest name."""
    known = {source.name: source for source in SOURCES}
    for name in names:
        if name not in known and name != "all":
            raise VoxError(f"there is nothing called `{name}` to fetch", did_you_mean(name, known, "sources"))
    return list(SOURCES) if "all" in names else [known[name] for name in dict.fromkeys(names)]


def fetch_source(source: Source, folder: Path | None = None) -> Path:
    """Brings it where it is not there yet, whole or not at all; returns where it is. Raises VoxError."""
    if not source.address:
        return _by_npm(source)
    named = os.environ.get(source.variable)
    if named:
        if (Path(named) / source.mark).is_file():
            return Path(named)
        raise VoxError(f"{source.variable}={named}: there is no {source.mark}", "unset it, or mend it")
    folder = folder or fetched_folder()
    place = folder / source.name
    if not (place / source.mark).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _by_apt_or_git(source, folder, place)
    return place


def _by_apt_or_git(source: Source, folder: Path, place: Path) -> None:
    if _script().is_file() and shutil.which("apt-get") and shutil.which("bash"):
        try:
            _run(["bash", str(_script()), str(folder), source.name], source)
        except VoxError:
            if shutil.which("git") is None:
                raise
        else:
            return
    _by_git(source, place)  # also where apt is another distribution's


def _script() -> Path:
    return project_folder() / "tools" / "fetch_sources.sh"


def _by_git(source: Source, place: Path) -> None:
    need_programs(f"fetching {source.name}", ["git"])
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as temporary:
        work = Path(temporary) / source.name
        clone = ["git", "clone", "-q", "--depth", "1", "--branch", source.tag, source.address, str(work)]
        _run(clone, source)
        for module in source.modules:
            update = ["git", "-C", str(work), "submodule", "-q", "update", "--init", "--depth", "1", module]
            _run(update, source)
        shutil.rmtree(place, ignore_errors=True)
        (work / source.inner).rename(place)


def _by_npm(source: Source) -> Path:
    folder = project_folder() / "boards" / "rp2040_emulator"
    place = folder / "node_modules" / source.name
    if not (place / source.mark).is_file():
        need_programs(f"fetching {source.name}", ["node", "npm"])
        flags = ["--loglevel=error", "--no-audit", "--no-fund", "--no-package-lock"]
        _run(["npm", "install", *flags, "--prefix", str(folder)], source)
    return place


def _run(command: list[str], source: Source) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        lines = (done.stderr + done.stdout).strip().splitlines()
        said = [line for line in lines if _TELLS.search(line)] or lines[-1:]
        own = f", or set {source.variable} to a folder that holds it" if source.variable else ""
        raise VoxError(
            f"{source.name} could not be fetched: {said[0].strip() if said else command[0] + ' failed'}",
            f"is there a connection to the internet? Try again{own}",
        )
