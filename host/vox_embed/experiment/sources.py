"""Where exports take their C sources from: the files that the package's own native module was built from."""

from __future__ import annotations

import os
from pathlib import Path

from vox_embed.experiment.errors import VoxError

_MARK = Path("firmware") / "vox" / "include" / "vox" / "vox.h"


def firmware_root() -> Path:
    """Folder laid out as the repository: firmware/, boards/, CMakeLists.txt, CMakePresets.json, LICENSE.

    The folder that the environment variable VOX_PROJECT names, with boards of one's own; else the repository
    in an editable install; else the copy that the wheel carries (vox_embed/_firmware).
    Raises VoxError where none is there.
    """
    named = os.environ.get("VOX_PROJECT")
    if named:
        if (Path(named) / _MARK).is_file():
            return Path(named).resolve()
        raise VoxError(
            f"VOX_PROJECT={named}: there are no firmware sources ({_MARK})",
            "make the folder with: vox-embed boards add --out FOLDER ...; or unset the variable",
        )
    package = Path(__file__).resolve().parents[1]
    repository = package.parents[1]
    for root in (repository, package / "_firmware"):
        if (root / _MARK).is_file():
            return root
    raise VoxError(
        f"the firmware sources are missing from this installation ({package / '_firmware'})",
        "reinstall vox-embed, or install it from a checkout: pip install -e .",
    )
