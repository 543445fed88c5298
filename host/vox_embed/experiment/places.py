"""Where things are kept that can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def default_cache_dir() -> Path | None:
    """$VOX_CACHE, else vox-embed/features in the user's cache folder; None for a user without a home."""
    from platformdirs import user_cache_path

    if given := os.environ.get("VOX_CACHE"):
        return Path(given)
    try:
        folder = user_cache_path("vox-embed", appauthor=False)
    except RuntimeError:
        return None
    return folder / "features" if folder.is_absolute() else None
