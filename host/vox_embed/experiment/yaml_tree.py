"""YAML text to plain Python values, remembering the line of every key and value.

The scalars follow YAML 1.2, so that `yes`, `no`, `on` and `off` are words (they are common labels),
`1e-3` is a number, and `03` stays the text it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from vox_embed.experiment.errors import VoxError

MAX_NODES = 100_000  # aliases can blow a small file up: refuse long before memory runs out

Location = tuple[str | int, ...]

_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_NULL = re.compile(r"~|null|Null|NULL|")
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Mark:
    """A place in a file; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass
class Tree:
    """Values of a YAML file, where each stands, and how those that are no texts are written (`1.10`, `True`,
    `null`); by location (keys and list indices from the top)."""

    value: Any
    marks: dict[Location, Mark] = field(default_factory=dict)
    spelled: dict[Location, str] = field(default_factory=dict)

    def mark(self, location: Location) -> Mark:
        """The mark of this location, or of the nearest thing around it."""
        while location not in self.marks and location:
            location = location[:-1]
        return self.marks[location]


class _Loader(yaml.SafeLoader):
    """SafeLoader without the implicit types of YAML 1.1."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the attribute PyYAML's resolver reads
        "<": [(f"{_TAG}merge", re.compile(r"<<"))],
    }


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style is not None or node.tag == f"{_TAG}str!":
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


class _Builder:
    def __init__(self, loader: _Loader, file: str) -> None:
        self.loader = loader
        self.file = file
        self.marks: dict[Location, Mark] = {}
        self.spelled: dict[Location, str] = {}
        self.nodes = 0
        self.open: set[int] = set()

    def build(self, node: yaml.Node, location: Location, key_line: int | None = None) -> Any:
        line = key_line if key_line is not None else node.start_mark.line + 1
        mark = Mark(self.file, line)
        self.marks[location] = mark
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise VoxError(f"{mark}: the file is too large when its aliases are written out")
        if isinstance(node, yaml.ScalarNode):
            if not node.tag.startswith(_TAG):
                raise VoxError(f"{mark}: the tag `{node.tag}` is not allowed", "write a plain value")
            value = _scalar(node)
            if not isinstance(value, str):
                self.spelled[location] = node.value
            return value
        if id(node) in self.open:
            raise VoxError(f"{mark}: an alias that contains itself")
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.build(item, (*location, i)) for i, item in enumerate(node.value)]
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, location)
        finally:
            self.open.discard(id(node))
        raise VoxError(f"{mark}: cannot read this YAML node")

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        written = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        self.loader.flatten_mapping(node)
        result: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise VoxError(f"{self.file}:{line}: a key must be a word")
            name = str(key.value)
            if name in result and written.count(name) > 1:
                first = self.marks[(*location, name)].line
                raise VoxError(
                    f"{self.file}:{line}: key `{name}` was already given in line {first}", "keep one"
                )
            result[name] = self.build(value, (*location, name), line)
        return result


def parse_yaml(text: str, file: str) -> Tree:
    """Reads one YAML document. file: its name in messages. Raises VoxError with the line on bad syntax."""
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return Tree({}, {(): Mark(file, 1)})
        builder = _Builder(loader, file)
        value = builder.build(node, ())
        return Tree(value, builder.marks, builder.spelled)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}" if mark is not None else file
        problem = error.problem or error.context or "cannot be read"
        hint = "indent with spaces, not tabs" if "\\t" in problem else None
        raise VoxError(f"{place}: not valid YAML: {problem}", hint) from None
    except yaml.YAMLError as error:
        raise VoxError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise VoxError(f"{file}: nested too deeply") from None
    finally:
        if loader is not None:
            loader.dispose()


def read_yaml(path: Path) -> Tree:
    """As parse_yaml, from a file in UTF-8."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise VoxError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise VoxError(f"{path}: is a folder, not a file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise VoxError(f"{path}: cannot be read: {error}") from None
    return parse_yaml(text, str(path))
