"""The package laid out as a wheel installs it, and a process that sees it there, and no checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from vox_embed.core import _native
from vox_embed.experiment.sources import PROJECT

ROOT = Path(__file__).parents[2]


def install(site: Path) -> Path:
    """What CMakeLists.txt and pyproject.toml put into the wheel, where nobody may write."""
    package = site / "vox_embed"
    leave = shutil.ignore_patterns("__pycache__", "node_modules", "*.so", "results")
    shutil.copytree(ROOT / "host" / "vox_embed", package, ignore=leave)
    shutil.copy(str(_native.__file__), package / "core")
    for name in PROJECT:
        place = package / "_firmware" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place, ignore=leave)
        else:
            shutil.copy(ROOT / name, place)
    for path in sorted(site.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return site


def content(site: Path) -> dict[str, int]:
    """Path -> size of whatever is there."""
    return {str(path.relative_to(site)): path.stat().st_size for path in site.rglob("*") if path.is_file()}


def run(
    site: Path, folder: Path, arguments: Sequence[str], python: Sequence[str] = ("-m", "vox_embed")
) -> subprocess.CompletedProcess[str]:
    """`python -m vox_embed ...` in `folder`, with the cache in it; other packages are this environment's."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("VOX_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(site), sysconfig.get_paths()["purelib"]]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "VOX_CACHE": str(folder / "cache"),
        "COLUMNS": "110",
    }
    return subprocess.run(
        [sys.executable, "-S", *python, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        stdin=subprocess.DEVNULL,
    )
