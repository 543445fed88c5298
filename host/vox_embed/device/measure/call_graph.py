"""What gcc wrote with -fcallgraph-info=su: which function calls which, and the stack each takes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from vox_embed.experiment.errors import VoxError

INDIRECT = "__indirect_call"
"""Stands for a call through a pointer."""

_NODE = re.compile(r'^node: \{ title: "((?:[^"\\]|\\.)*)" label: "((?:[^"\\]|\\.)*)"')
_EDGE = re.compile(r'^edge: \{ sourcename: "((?:[^"\\]|\\.)*)" targetname: "((?:[^"\\]|\\.)*)"')
_SIZE = re.compile(r"\\n(\d+) bytes \(([a-z,]+)\)")


@dataclass
class Function:
    """A compiled function. Static ones are called `path:name`, so that equal names stay apart."""

    frame: int
    """Bytes of stack."""
    unbounded: bool
    """It holds an array of variable size or calls alloca: `frame` is the least it takes."""
    calls: set[str] = field(default_factory=set)


def read_call_graphs(files: Iterable[Path]) -> dict[str, Function]:
    """All compiled functions by title. Raises VoxError where a file cannot be read.

    Where several objects define a global function (a weak default and what replaces it), the larger frame
    and all calls count.
    """
    functions: dict[str, Function] = {}
    edges: list[tuple[str, str]] = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise VoxError(f"{file}: {error.strerror or error}", "build the image again") from None
        for line in lines:
            if edge := _EDGE.match(line):
                edges.append((edge[1], edge[2]))
            elif (node := _NODE.match(line)) and (size := _SIZE.search(node[2])):
                frame, unbounded = int(size[1]), size[2] == "dynamic"
                known = functions.setdefault(node[1], Function(frame, unbounded))
                known.frame = max(known.frame, frame)
                known.unbounded |= unbounded
    for source, target in edges:
        if source in functions:
            functions[source].calls.add(target)
    return functions


def short(title: str) -> str:
    """A title as people say it: file name and function."""
    path, colon, name = title.rpartition(":")
    return f"{path.rsplit('/', 1)[-1]}:{name}" if colon else title
