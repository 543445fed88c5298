"""vox-embed: one YAML file becomes a speech or audio classifier that runs on a microcontroller.

The rooms of the package, from the bottom up: `core` (the compiled C library), `experiment` (the YAML file),
`data`, `features`, `models`, `program`, `export` and `device`, `report`, `cli`. A room imports only from
rooms below it.
"""

from typing import TYPE_CHECKING

from vox_embed.version import __version__

if TYPE_CHECKING:
    from vox_embed.api import Experiment, Model, example

__all__ = ["Experiment", "Model", "__version__", "example"]


def __getattr__(name: str) -> object:
    """The Python interface, imported when it is asked for: commands start without it."""
    if name in __all__:
        from vox_embed import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
