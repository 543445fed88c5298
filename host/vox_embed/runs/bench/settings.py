"""A grid of settings: every combination of the values that keys shall have."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vox_embed.experiment import Experiment, VoxError, load_experiment
from vox_embed.experiment.yaml_tree import Location, Tree, parse_yaml, read_yaml
from vox_embed.gate.text import shown

MOST = 10_000
"""Settings of a grid."""


@dataclass(frozen=True)
class Value:
    """One of the values of a key: what it is called in tables, and its YAML."""

    name: str
    text: str


Grid = Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True, eq=False)
class Setting:
    """An experiment of the grid. named: {key: name of its value}."""

    named: Mapping[str, str]
    changes: tuple[str, ...]
    experiment: Experiment

    @property
    def title(self) -> str:
        """key=value, ..."""
        return title_of(self.named)


def title_of(named: Mapping[str, str]) -> str:
    """key=value, ..."""
    return ", ".join(f"{key}={name}" for key, name in named.items())


def grid_of(vary: Sequence[str], file: Path | None = None) -> Grid:
    """From texts KEY=VALUE,VALUE,... and a YAML file {key: [values] or {name: value}}. VoxError."""
    grid: dict[str, tuple[Value, ...]] = {} if file is None else _read(file)
    for text in vary:
        key, equals, values = text.partition("=")
        if not equals or not key.strip() or not values.strip():
            raise VoxError(
                f"--vary {shown(text)}: no `=` with a key before it and values behind it",
                "--vary model.c=0.01,0.1,1",
            )
        listed = parse_yaml(f"[{values}]", f"--vary {shown(key)}")
        grid[key.strip()] = tuple(_value(listed, (i,)) for i in range(len(listed.value)))
    if not grid:
        raise VoxError("there is nothing to vary", "--vary model.type=svm,logistic,lda, or --grid FILE")
    return grid


def _read(file: Path) -> dict[str, tuple[Value, ...]]:
    tree = read_yaml(file)
    if not isinstance(tree.value, dict) or not tree.value:
        raise VoxError(f"{tree.mark(())}: a grid is a mapping: key, then a list of its values")
    grid = {}
    for key, values in tree.value.items():
        if isinstance(values, dict):
            grid[key] = tuple(Value(name, _flow(tree, (key, name))) for name in values)
        elif isinstance(values, list):
            grid[key] = tuple(_value(tree, (key, i)) for i in range(len(values)))
        else:
            raise VoxError(
                f"{tree.mark((key,))}: {key}: a list of values, or a mapping of names to values, is wanted"
            )
        if not grid[key]:
            raise VoxError(f"{tree.mark((key,))}: {key}: the list is empty")
    return grid


def _value(tree: Tree, location: Location) -> Value:
    """A value that has no name of its own."""
    return Value(_name(tree, location), _flow(tree, location))


def _at(tree: Tree, location: Location) -> Any:
    value = tree.value
    for step in location:
        value = value[step]
    return value


def _flow(tree: Tree, location: Location) -> str:
    """YAML in one line, with words that are no texts spelled as they were."""
    value = _at(tree, location)
    if isinstance(value, dict):
        inner = ", ".join(f"{_quoted(key)}: {_flow(tree, (*location, key))}" for key in value)
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(_flow(tree, (*location, i)) for i in range(len(value)))}]"
    return tree.spelled.get(location, "") if not isinstance(value, str) else _quoted(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _name(tree: Tree, location: Location) -> str:
    """What a value is called: a section after its type."""
    value = _at(tree, location)
    if isinstance(value, dict):
        more = [f"{key} {_name(tree, (*location, key))}" for key in value if key != "type"]
        return " ".join([str(value.get("type", "")), *more]).strip()
    if isinstance(value, list):
        names = [_name(tree, (*location, i)) for i in range(len(value))]
        return (" + " if any(isinstance(item, dict) for item in value) else ", ").join(names)
    return tree.spelled.get(location, str(value))


def settings_of(path: Path, grid: Grid, changes: Sequence[str] = ()) -> tuple[list[Setting], list[str]]:
    """All combinations that can be, and why others cannot. VoxError where none can."""
    count = 1
    for key, values in grid.items():
        names = [value.name for value in values]
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            raise VoxError(f"{key}: `{shown(double)}` is there twice", "leave one out, or give them names")
        count *= len(values)
    if count > MOST:
        raise VoxError(f"{count:,} settings are more than {MOST:,}", "vary fewer keys, or fewer values")
    load_experiment(path, changes=changes)  # what is wrong with it as it is, is said first
    made: list[Setting] = []
    refused: list[tuple[str, VoxError]] = []
    for chosen in itertools.product(*grid.values()):
        named = {key: value.name for key, value in zip(grid, chosen, strict=True)}
        own = tuple(f"{key}={value.text}" for key, value in zip(grid, chosen, strict=True))
        try:
            experiment = load_experiment(path, changes=(*changes, *own))
        except VoxError as error:
            refused.append((title_of(named), error))
            continue
        made.append(Setting(named, own, experiment))
    if not made:
        title, why = refused[0]
        raise VoxError(f"none of {count} settings can be; {title}: {why.message}", why.hint)
    return made, [f"left out: {title}: {why.message}" for title, why in refused]
