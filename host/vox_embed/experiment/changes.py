"""Changes to an experiment file that are given beside it, as in `--set model.c=0.1`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Experiment
from vox_embed.experiment.schema.walk import sections_at
from vox_embed.experiment.yaml_tree import Location, Mark, Tree, parse_yaml
from vox_embed.gate.text import shown

_PART = re.compile(r"([^\[\]]+)((?:\[[0-9]+\])*)")
_EXAMPLE = "write KEY=VALUE with the keys of the file and points between: model.c=0.1, features[1].bands=40"


def apply_changes(tree: Tree, changes: Sequence[str]) -> None:
    """Set keys of an experiment's tree, one after the other; texts as `--set` takes them, values in YAML.

    Sections that are not there are made. A new `type` of features or of a model begins with that type's own
    defaults: what stood there is of another. Raises VoxError where a text is no KEY=VALUE, or a key leads
    through a value.
    """
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals or not key.strip():
            raise VoxError(f"--set {shown(change)}: no `=` with a key before it", _EXAMPLE)
        name = f"--set {shown(key.strip())}"
        value = parse_yaml(text or '""', name)
        location = _location(tree.value, key.strip(), name)
        if location[-1] == "type" and _is_new_kind(tree.value, location, value.value):
            location, value = location[:-1], parse_yaml(f"{{type: {text}}}", name)
        _place(tree, location, value, name)


def _location(root: Any, key: str, name: str) -> Location:
    """Keys and list indices; of names with points in them the longest that is there counts."""
    location: list[str | int] = []
    parts = key.split(".")
    at = root
    while parts:
        taken = _longest(at, parts)
        found = _PART.fullmatch(".".join(parts[:taken]))
        if found is None:
            raise VoxError(f"{name}: cannot be read as a key", _EXAMPLE)
        steps = [found[1], *(int(index) - 1 for index in re.findall(r"[0-9]+", found[2]))]
        for step in steps:
            location.append(step)
            at = _inside(at, step)
        del parts[:taken]
    return tuple(location)


def _longest(at: Any, parts: Sequence[str]) -> int:
    if isinstance(at, dict):
        for count in range(len(parts), 1, -1):
            if ".".join(parts[:count]) in at:
                return count
    return 1


def _inside(at: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return at[step] if isinstance(at, list) and 0 <= step < len(at) else None
    return at.get(step) if isinstance(at, dict) else None


def _is_new_kind(root: Any, location: Location, kind: Any) -> bool:
    """Whether the location says which of several sections stands here, and another one did."""
    at = root
    for step in location[:-1]:
        at = _inside(at, step)
    if not isinstance(at, dict) or at.get("type") == kind:
        return False
    return len(list(sections_at(Experiment, location[:-1], None))) > 1


def _place(tree: Tree, location: Location, value: Tree, name: str) -> None:
    at = tree.value
    for i in range(len(location) - 1):
        at = _step(at, location, i, name)
    last = location[-1]
    if isinstance(last, int):
        if not isinstance(at, list) or not 0 <= last < len(at):
            raise _no_item(name, location, len(location) - 1, at)
    elif isinstance(at, list):
        raise _list(name, location, len(location) - 1, at)
    elif not isinstance(at, dict):
        raise VoxError(f"{name}: there is no section that could have a key `{last}`", _EXAMPLE)
    at[last] = value.value
    for length in range(1, len(location)):
        tree.marks.setdefault(location[:length], Mark(name, 0))
    for marks in (tree.marks, tree.spelled):
        for place in [p for p in marks if p[: len(location)] == location]:
            del marks[place]
    for place in value.marks:
        tree.marks[*location, *place] = Mark(name, 0)
    for place, spelling in value.spelled.items():
        tree.spelled[*location, *place] = spelling


def _step(at: Any, location: Location, i: int, name: str) -> Any:
    """What lies one step further in; a section is made where there is nothing."""
    step = location[i]
    if isinstance(step, int):
        if not isinstance(at, list) or not 0 <= step < len(at):
            raise _no_item(name, location, i, at)
        return at[step]
    if isinstance(at, list):
        raise _list(name, location, i, at)
    if not isinstance(at, dict):
        raise VoxError(f"{name}: there is no section that could have a key `{step}`", _EXAMPLE)
    if at.get(step) is None and isinstance(location[i + 1], str):
        at[step] = {}
    return at.get(step)


def _no_item(name: str, location: Location, i: int, at: Any) -> VoxError:
    """There is no list in front of the index at i, or a shorter one."""
    if isinstance(at, list):
        return VoxError(
            f"{name}: there is no item {int(location[i]) + 1}", f"the list has {len(at)}, counted from 1"
        )
    return VoxError(
        f"{name}: `{_spelled(location[:i])}` is no list", f"without the index: {_rest(location, i)}"
    )


def _list(name: str, location: Location, i: int, at: Sequence[Any]) -> VoxError:
    """The key at i stands where an item's index is wanted."""
    key, before = str(location[i]), _spelled(location[:i])
    number = int(key) if re.fullmatch("[0-9]{1,9}", key) else None
    item = location[:i] if number is None else location[: i + 1]
    index = 1 if number is None else min(max(number, 1), len(at))
    rest = _spelled(location[len(item) :])
    hint = f"{before}[{index}]{'.' if rest and rest[0] != '[' else ''}{rest}=..., items are counted from 1"
    return VoxError(f"{name}: `{before}` is a list of {len(at)}", hint)


def _rest(location: Location, i: int) -> str:
    return f"{_spelled((*location[:i], *location[i + 1 :]))}=..."


def _spelled(location: Location) -> str:
    """As `--set` takes it."""
    text = ""
    for step in location:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text
