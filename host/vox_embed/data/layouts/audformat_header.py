"""The header of an audformat database: its tables, schemes and splits, from `db.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from vox_embed.data.cells import number_of
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import HEADER_BYTES
from vox_embed.gate.text import shown

_NAME = "db.yaml"
_MOST_NODES = 2_000_000  # aliases can blow a small file up
_DEPTH = 12
_SHOWN = 6  # labels in a message
_NUMBERS = {"int": "a whole number", "float": "a number"}
_WORDS = ("true", "false", "True", "False", "1", "0")


@dataclass(frozen=True)
class Scheme:
    """What may stand in a column. labels: of each, what is known of it (a speaker's gender); None for
    anything. misc: the table that holds the labels instead."""

    name: str
    dtype: str = "str"
    labels: Mapping[str, Mapping[str, str]] | None = None
    misc: str | None = None
    minimum: float | None = None
    maximum: float | None = None

    def contradiction(self, cell: str) -> str | None:
        """What is wrong with a cell; None where nothing is."""
        number = number_of(cell)
        if self.dtype in _NUMBERS and (number is None or (self.dtype == "int" and number != int(number))):
            return f"is no {_NUMBERS[self.dtype].removeprefix('a ')}"
        if self.dtype == "bool" and cell not in _WORDS:
            return "is neither true nor false"
        if number is not None and self.minimum is not None and number < self.minimum:
            return f"is below its minimum of {self.minimum:g}"
        if number is not None and self.maximum is not None and number > self.maximum:
            return f"is above its maximum of {self.maximum:g}"
        if self.labels is not None and cell not in self.labels and not self._is_number_of(number):
            more = ", ..." if len(self.labels) > _SHOWN else ""
            return f"is none of its labels ({', '.join(list(self.labels)[:_SHOWN])}{more})"
        return None

    def _is_number_of(self, number: float | None) -> bool:
        return number is not None and any(number_of(label) == number for label in self.labels or ())


@dataclass(frozen=True)
class Table:
    """One table. columns: name -> scheme, or None. split: what its rows are for, where the header says so."""

    name: str
    file: Path
    columns: Mapping[str, Scheme | None]
    split: str | None = None
    segmented: bool = False
    levels: tuple[str, ...] = ()
    """Of a table that is not of files: its index."""


@dataclass(frozen=True)
class Header:
    """What a database says of itself."""

    path: Path
    tables: Mapping[str, Table]
    misc: Mapping[str, Table] = field(default_factory=dict)
    schemes: Mapping[str, Scheme] = field(default_factory=dict)


def header_of(folder: Path) -> Path | None:
    """The header file of a folder: `db.yaml`, or the only YAML file with tables; None where there is none."""
    candidates = [folder / _NAME] if (folder / _NAME).is_file() else sorted(folder.glob("*.yaml"))
    found = [path for path in candidates if _has_tables(path)]
    return found[0] if len(found) == 1 else None


def _has_tables(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as lines:
            return any(line.startswith("tables:") for line in lines)
    except (OSError, UnicodeDecodeError):
        return False


def read_header(path: Path) -> Header:
    """Reads a header. VoxError naming what in it is no header, or names a scheme that is not there."""
    try:
        node = yaml.compose(read_text(path, HEADER_BYTES), Loader=yaml.BaseLoader)
    except OSError as error:
        raise VoxError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise VoxError(f"{path}: is no YAML: {shown(str(error), 200)}") from None
    values = _Walk(path).plain(node, 0)
    if not isinstance(values, dict):
        raise VoxError(f"{path}: is no header of an audformat database", "it has `schemes` and `tables`")
    schemes = {name: _scheme(path, name, one) for name, one in _section(path, values, "schemes").items()}
    splits = {
        name: str(_inside(path, one, f"splits.{name}").get("type", name))
        for name, one in _section(path, values, "splits").items()
    }

    def tables(key: str) -> dict[str, Table]:
        found = {}
        for name, one in _section(path, values, key).items():
            found[name] = _table(path, name, _inside(path, one, f"{key}.{name}"), schemes, splits)
        return found

    return Header(path, tables("tables"), tables("misc_tables"), schemes)


class _Walk:
    """Nodes as plain values; all scalars are text, those without any None."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = _MOST_NODES

    def plain(self, node: yaml.Node | None, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _DEPTH:
            raise VoxError(f"{self._path}: holds more than a header does")
        if isinstance(node, yaml.MappingNode):
            return {
                str(self.plain(key, depth + 1)): self.plain(value, depth + 1) for key, value in node.value
            }
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(one, depth + 1) for one in node.value]
        if not isinstance(node, yaml.ScalarNode):
            return None
        empty = node.style is None and node.value in ("", "~", "null", "Null", "NULL")
        return None if empty else str(node.value)


def _section(path: Path, values: dict[str, Any], key: str) -> dict[str, Any]:
    return _inside(path, values.get(key), key)


def _inside(path: Path, value: Any, key: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise VoxError(f"{path}: `{shown(key)}` is no mapping (key: value)")
    return value


def _scheme(path: Path, name: str, value: Any) -> Scheme:
    value = _inside(path, value, f"schemes.{name}")
    labels = value.get("labels")

    def limit(key: str) -> float | None:
        text = value.get(key)
        found = number_of(text)
        if text is not None and found is None:
            raise VoxError(f"{path}: schemes.{name}.{key}: `{shown(str(text))}` is no number")
        return found

    limits = limit("minimum"), limit("maximum")
    dtype = str(value.get("dtype", "str"))
    if isinstance(labels, str):
        return Scheme(name, dtype, None, labels, *limits)
    known: dict[str, Mapping[str, str]] | None = None
    if isinstance(labels, dict):
        known = {
            label: {
                key: str(cell)
                for key, cell in more.items()
                if cell is not None and not isinstance(cell, dict | list)
            }
            if isinstance(more, dict)
            else {}
            for label, more in labels.items()
        }
    elif isinstance(labels, list):
        known = {str(label): {} for label in labels}
    return Scheme(name, dtype, known, None, *limits)


def _table(
    path: Path, name: str, value: dict[str, Any], schemes: Mapping[str, Scheme], splits: Mapping[str, str]
) -> Table:
    if "/" in name or "\\" in name or name.startswith("."):
        raise VoxError(f"{path}: the table `{shown(name)}` has no name of a file")
    columns: dict[str, Scheme | None] = {}
    for column, one in _inside(path, value.get("columns"), f"{name}.columns").items():
        asked = _inside(path, one, f"{name}.columns.{column}").get("scheme_id")
        if asked is not None and not (isinstance(asked, str) and asked in schemes):
            raise VoxError(
                f"{path}: column `{column}` of the table `{name}` has the scheme `{shown(str(asked))}`, "
                "which is not there",
                f"schemes: {', '.join(schemes) or 'none'}",
            )
        columns[column] = None if asked is None else schemes[asked]
    split = value.get("split_id")
    levels = value.get("levels") or {}
    return Table(
        name,
        path.parent / f"{path.stem}.{name}",
        columns,
        None if split is None else splits.get(str(split), str(split)),
        value.get("type") == "segmented",
        tuple(str(level) for level in levels) if isinstance(levels, dict | list) else (),
    )
