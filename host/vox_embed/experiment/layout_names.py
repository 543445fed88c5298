"""Names of the ways in which a database can be laid out."""

from __future__ import annotations

from importlib.metadata import entry_points

ENTRY_POINTS = "vox_embed.layouts"
"""Group in which installed packages name layouts of their own: `name = "module:Class"`."""
PLAIN = ("auto", "csv", "folder", "split_folder", "files", "audformat")
KNOWN = ("label_tracks", "speech_commands", "esc", "urban_sound_8k", "dcase", "cross_validated")
"""Layouts of data sets (vox_embed.data.layouts)."""


def is_layout(name: str) -> bool:
    """Whether a database's `type` can be this. Installed packages are asked for names of their own only."""
    return name in PLAIN or name in KNOWN or name in layout_names()


def layout_names() -> tuple[str, ...]:
    """All that a database's `type` can be."""
    return (*PLAIN, *KNOWN, *sorted({entry.name for entry in entry_points(group=ENTRY_POINTS)}))
