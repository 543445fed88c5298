"""Where things are kept that can be made again."""

from __future__ import annotations

import os
from pathlib import Path

from vox_embed.experiment.errors import VoxError


def default_cache_dir() -> Path | None:
    """$VOX_CACHE, else vox-embed/features in the user's cache folder; None for a user without a home."""
    if given := os.environ.get("VOX_CACHE"):
        return Path(given)
    folder = _user_cache()
    return None if folder is None else folder / "features"


def builds_folder() -> Path:
    """Where an installation that nothing is written into builds: $VOX_CACHE/builds, else vox-embed/builds in
    the user's cache folder. Raises VoxError for a user without a home."""
    given = os.environ.get("VOX_CACHE")
    folder = Path(given).absolute() if given else _user_cache()
    if folder is None:
        raise VoxError(
            "there is no folder to build firmware in: this user has no home",
            "set VOX_CACHE to a folder that can be written to",
        )
    return folder / "builds"


def fetched_folder() -> Path:
    """Sources of others that are built against: ~/.cache/vox-embed/src, where CMake looks, too."""
    return Path(os.path.expanduser("~/.cache/vox-embed/src"))  # noqa: PTH111 - there may be no home


def _user_cache() -> Path | None:
    from platformdirs import user_cache_path

    try:
        folder = user_cache_path("vox-embed", appauthor=False)
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None
