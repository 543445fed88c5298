"""YAML text to plain Python values, remembering the line of every key and value.

The scalars follow YAML 1.2, so that `yes`, `no`, `on` and `off` are words (they are common labels),
`1e-3` is a number, and `03` stays the text it is.

PyYAML's nodes are walked here, and not ruamel.yaml's round-trip loader used (0.19), although that marks keys
too: a key that `<<` brought in has no mark there; `03` and `1_000` are numbers, so that labels would change;
and nothing bounds nodes, depth and digits. All of that would have to be built around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import EXPERIMENT_BYTES
from vox_embed.gate.text import plain_text, shown, visible

MAX_NODES = 100_000  # aliases can blow a small file up: refuse long before memory runs out
MAX_DEPTH = 40
MAX_DIGITS = 40

Location = tuple[str | int, ...]
_Pairs = dict[str, tuple[yaml.ScalarNode, yaml.Node]]

_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_NULL = re.compile(r"~|null|Null|NULL|")
_TAG = "tag:yaml.org,2002:"
_TAGS = frozenset(_TAG + kind for kind in ("str", "int", "float", "bool", "null", "seq", "map", "merge"))


@dataclass(frozen=True)
class Mark:
    """A place in a file; lines count from 1. Line 0: no file, but what `file` says, such as an option."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


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


def _scalar(node: yaml.ScalarNode, mark: Mark) -> Any:
    text: str = node.value
    if node.style is not None or node.tag == f"{_TAG}str!":
        return _readable(text, mark)
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise VoxError(
                f"{mark}: `{shown(text, 20)}` is a number of {len(text)} digits", "a text needs quotes"
            )
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return _readable(text, mark)


def _readable(text: str, mark: Mark) -> str:
    """One line without characters that do something instead of being read."""
    if visible(text) == text:
        return text
    text = plain_text(text)
    if visible(text) != text:
        raise VoxError(
            f"{mark}: `{shown(text)}` has line breaks or characters that cannot be read", "leave them out"
        )
    return text


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.marks: dict[Location, Mark] = {}
        self.spelled: dict[Location, str] = {}
        self.nodes = 0
        self.open: set[int] = set()
        self.flat: dict[int, _Pairs] = {}

    def build(self, node: yaml.Node, location: Location, key_line: int | None = None) -> Any:
        line = key_line if key_line is not None else node.start_mark.line + 1
        mark = Mark(self.file, line)
        self.marks[location] = mark
        self._count(1, mark)
        if len(location) > MAX_DEPTH:
            raise VoxError(f"{mark}: nested deeper than {MAX_DEPTH}")
        if node.tag not in _TAGS:
            raise VoxError(f"{mark}: the tag `{shown(node.tag)}` is not allowed", "write a plain value")
        if isinstance(node, yaml.ScalarNode):
            value = _scalar(node, mark)
            if not isinstance(value, str):
                self.spelled[location] = node.value
            return value
        with self._inside(node, mark):
            if isinstance(node, yaml.SequenceNode):
                return [self.build(item, (*location, i)) for i, item in enumerate(node.value)]
            if isinstance(node, yaml.MappingNode):
                pairs = self._pairs(node, mark).items()
                return {
                    name: self.build(value, (*location, name), key.start_mark.line + 1)
                    for name, (key, value) in pairs
                }
        raise VoxError(f"{mark}: cannot read this YAML node")

    def _count(self, more: int, mark: Mark) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            raise VoxError(f"{mark}: the file is too large when its aliases are written out")

    @contextmanager
    def _inside(self, node: yaml.Node, mark: Mark) -> Iterator[None]:
        if id(node) in self.open:
            raise VoxError(f"{mark}: an alias that contains itself")
        self.open.add(id(node))
        try:
            yield
        finally:
            self.open.discard(id(node))

    def _pairs(self, node: yaml.MappingNode, mark: Mark) -> _Pairs:
        """Keys and values with those that `<<` merges in; what stands here wins, then the first merged."""
        known = self.flat.get(id(node))
        if known is not None:
            self._count(len(known), mark)
            return known
        own: _Pairs = {}
        merged: _Pairs = {}
        for key, value in node.value:
            place = Mark(self.file, key.start_mark.line + 1)
            if not isinstance(key, yaml.ScalarNode):
                raise VoxError(f"{place}: a key must be a word")
            if key.tag == f"{_TAG}merge":
                self._merge(value, merged, place)
                continue
            name = _readable(str(key.value), place)
            if name in own:
                first = own[name][0].start_mark.line + 1
                raise VoxError(f"{place}: key `{shown(name)}` was already given in line {first}", "keep one")
            own[name] = (key, value)
        self._count(len(merged), mark)
        self.flat[id(node)] = {**merged, **own}
        return self.flat[id(node)]

    def _merge(self, value: yaml.Node, merged: _Pairs, mark: Mark) -> None:
        for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if not isinstance(source, yaml.MappingNode):
                raise VoxError(f"{mark}: `<<` merges sections, and this is none")
            with self._inside(source, mark) if id(source) not in self.flat else nullcontext():
                for name, pair in self._pairs(source, mark).items():
                    merged.setdefault(name, pair)


def parse_yaml(text: str, file: str) -> Tree:
    """Reads one YAML document. file: its name in messages. Raises VoxError with the line on bad syntax."""
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return Tree({}, {(): Mark(file, 1)})
        builder = _Builder(file)
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


def read_yaml(path: Path, most: int = EXPERIMENT_BYTES) -> Tree:
    """As parse_yaml, from a file in UTF-8 of at most `most` bytes."""
    try:
        text = read_text(path, most)
    except FileNotFoundError:
        raise VoxError(f"{path}: no such file") from None
    except OSError as error:
        raise VoxError(f"{path}: {error.strerror or error}") from None
    return parse_yaml(text, str(path))
