"""Where things are kept that can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def default_cache_dir() -> Path:
    """$VOX_CACHE, else vox-embed/features in the user's cache folder ($XDG_CACHE_HOME or ~/.cache)."""
    if given := os.environ.get("VOX_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vox-embed" / "features"
