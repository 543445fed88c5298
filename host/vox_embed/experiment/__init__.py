"""The experiment file: schema, loading, results folder.

The names are imported when they are first used, so that `vox_embed.experiment.errors` alone costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    from vox_embed.experiment.loader import load_experiment
    from vox_embed.experiment.schema import Experiment

__all__ = ["Experiment", "VoxError", "load_experiment"]


def __getattr__(name: str) -> Any:
    if name == "Experiment":
        from vox_embed.experiment.schema import Experiment

        return Experiment
    if name == "load_experiment":
        from vox_embed.experiment.loader import load_experiment

        return load_experiment
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
