"""The layouts that are known, by name; the one that fits; one's own.

A new one is a module beside this, with a subclass of `Parser`, and a line in LAYOUTS; one's own is a class
in any installed package that names it in the group ENTRY_POINTS.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

from vox_embed.data.layouts.base import Parser
from vox_embed.data.layouts.cross_validated import CrossValidatedParser
from vox_embed.data.layouts.dcase import DcaseParser
from vox_embed.data.layouts.esc import EscParser
from vox_embed.data.layouts.speech_commands import SpeechCommandsParser
from vox_embed.data.layouts.tracks import LabelTracks
from vox_embed.data.layouts.urban_sound_8k import UrbanSound8KParser
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.layout_names import ENTRY_POINTS

LAYOUTS: dict[str, type[Parser]] = {
    "speech_commands": SpeechCommandsParser,
    "esc": EscParser,
    "urban_sound_8k": UrbanSound8KParser,
    "dcase": DcaseParser,
    "cross_validated": CrossValidatedParser,
    "label_tracks": LabelTracks,
}
"""By the name that a database's `type` takes, in the order in which `auto` tries them."""


def layout_of(path: Path) -> str | None:
    """The name of the first layout that a folder has, one's own before the others; None where none fits."""
    own = {entry.name: _own(entry.name) for entry in entry_points(group=ENTRY_POINTS)}
    return next((name for name, kind in (own | LAYOUTS).items() if kind(path).can_parse()), None)


def parser_named(name: str) -> type[Parser]:
    """The class of a layout. VoxError where a package names one that is none."""
    return LAYOUTS[name] if name in LAYOUTS else _own(name)


def _own(name: str) -> type[Parser]:
    for entry in entry_points(group=ENTRY_POINTS, name=name):
        try:
            found = entry.load()
        except (ImportError, AttributeError) as error:
            raise VoxError(f"the layout `{name}` ({entry.value}) cannot be loaded: {error}") from None
        if isinstance(found, type) and issubclass(found, Parser):
            return found
        raise VoxError(f"the layout `{name}` ({entry.value}) is no subclass of {Parser.__module__}.Parser")
    raise VoxError(f"`{name}` is no layout")
