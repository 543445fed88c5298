"""A board's file, boards/<board>.yaml, as checked values: what the device tools and the exports share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.sources import firmware_root
from vox_embed.experiment.yaml_tree import read_yaml
from vox_embed.gate.limits import BOARD_BYTES
from vox_embed.gate.text import UnfitTextError, admit, shown

_KEYS = "keys.txt"
_LONGEST = 4096
"""Bytes of a value; lists of functions are long."""


def read_board_file(path: Path) -> dict[str, Any]:
    """The keys of a board's file, with sections as dicts in it.

    Raises VoxError naming file, line and key where the file cannot be read, or a value is not of the kind
    that boards/keys.txt allows: builds, emulators and their shell are told what stands here.
    """
    tree = read_yaml(path, BOARD_BYTES)
    if not isinstance(tree.value, dict):
        raise VoxError(f"{path}: expected keys and values", "compare it with boards/qemu-m4.yaml")
    rules = _rules(_rules_file(path))
    for location, value in _values(tree.value, ()):
        key, text = ".".join(location), _text(value)
        mark = tree.mark(location)
        try:
            admit(text, _LONGEST)
        except UnfitTextError as error:
            raise VoxError(f"{mark}: {key} {error}") from None
        if key in rules and not rules[key].fullmatch(text):
            raise VoxError(
                f"{mark}: {key} cannot be `{shown(text)}`", "boards/keys.txt says what can stand here"
            )
    values: dict[str, Any] = tree.value
    return values


def section_of(values: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
    """The keys below `key`; none where it is missing or empty. VoxError where it is no section."""
    section = values.get(key)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise VoxError(f"{path}: {key} holds keys of its own", "compare it with boards/qemu-m4.yaml")
    return section


def _values(value: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _values(inner, (*above, key))
        elif inner is not None:
            yield (*above, key), inner


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rules_file(board: Path) -> Path:
    own = board.parent / _KEYS
    return own if own.is_file() else firmware_root() / "boards" / _KEYS


@lru_cache(maxsize=4)
def _rules(path: Path) -> Mapping[str, re.Pattern[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {key: re.compile(rule) for key, _, rule in pairs}
