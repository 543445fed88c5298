"""What `size` and `bench` share: which model is meant."""

from __future__ import annotations

from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.results import find
from vox_embed.program.opened import open_any, read_vxm


def chosen_model(argument: Path | None, option: Path | None) -> tuple[str, bytes]:
    """Name and content of the .vxm that the argument (anything `find` knows) or --model stands for.

    Raises VoxError where there is none, there are two, or it is damaged.
    """
    if argument is not None and option is not None:
        raise VoxError("two models are named", "give the model as an argument or with --model, not both")
    found = find(argument if argument is not None else option)
    path = found.need_model()
    data = read_vxm(path)
    open_any(data, str(path))
    return found.name, data
