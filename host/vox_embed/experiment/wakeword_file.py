"""wakeword.yaml, read and written; every complaint names file, line and key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.files import RESOLVED, WAKEWORD
from vox_embed.experiment.loader import expand_variables
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema import Spotting, Wakeword
from vox_embed.experiment.yaml_tree import Tree, read_yaml

_PATHS = ("negatives", "positives", "noise", "rooms", "weights")


def load_wakeword(path: Path) -> Wakeword:
    """Reads the file, or the one in a results folder. `${VAR}` in paths is expanded; they start from the
    file's folder. Raises VoxError."""
    path = path / WAKEWORD if path.is_dir() else path
    tree = read_yaml(path)
    if not isinstance(tree.value, dict):
        raise VoxError(f"{path}: a detector's file has keys such as `name:` and `phrases:`")
    for key in _PATHS:
        text = tree.value.get(key)
        if isinstance(text, str) and text:
            text = os.path.expanduser(expand_variables(text, tree.mark((key,))))  # noqa: PTH111 - text
            tree.value[key] = os.path.abspath(path.parent / text)  # noqa: PTH100 - links stay
    for place, text in tree.spelled.items():
        if place[:1] == ("phrases",) and len(place) == 2:
            tree.value["phrases"][place[1]] = text
    return checked_wakeword(tree.value, tree, path)


def checked_wakeword(values: dict[str, Any], tree: Tree | None = None, path: Path | None = None) -> Wakeword:
    """From values as the file has them. VoxError with the first that does not do."""
    try:
        return Wakeword.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    context = first.get("ctx", {})
    location = tuple(first["loc"])
    if first["type"] == "combination":
        location = (*location, context["key"])
    mark = f"{tree.mark(location)}: " if tree is not None else ""
    dotted = ".".join(str(part) for part in location)
    if first["type"] == "extra_forbidden":
        fields = Spotting.model_fields if len(location) > 1 else Wakeword.model_fields
        raise VoxError(f"{mark}unknown key `{dotted}`", did_you_mean(str(location[-1]), [*fields]))
    if first["type"] == "missing":
        raise VoxError(f"{path or 'the detector'}: `{dotted}` is missing", f"add `{dotted}:`")
    message = context["message"] if first["type"] == "combination" else str(first["msg"])
    raise VoxError(f"{mark}{dotted}: {message[:1].lower()}{message[1:]}", context.get("hint") or None)


def refuse_detector(path: Path) -> None:
    """VoxError where the path is that of a detector's results: its experiment has test clips alone."""
    folder = path if path.is_dir() else path.parent
    kept = folder / WAKEWORD
    if kept.is_file() and path in {folder, folder / RESOLVED, kept}:
        raise VoxError(
            f"{path}: a detector is not trained from clips", f"vox-embed wakeword --experiment {kept}"
        )


def wakeword_yaml(settings: Wakeword) -> str:
    """Every setting, defaults included: what makes the same detector again."""
    values = settings.model_dump(mode="json")
    head = (
        "# Written by vox-embed: `vox-embed wakeword --experiment` with this file makes the detector again.\n"
    )
    return head + yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=110)
