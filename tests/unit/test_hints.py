"""What messages name exists: commands, their options, keys of the experiment file."""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from vox_embed.cli.main import app
from vox_embed.experiment.schema import Experiment

PACKAGE = Path(__file__).resolve().parents[2] / "host" / "vox_embed"
OTHERS = re.compile(r"cmake|pip |python3? -m")
"""Programs with options of their own."""
NO_KEYS = {"h", "c", "vxm", "nc", "float", "f32", "md", "tflite", "npz", "json"}
"""Ends of file names."""


def texts() -> Iterator[tuple[str, str]]:
    """Where it stands, and the text, of all strings, and of what commands say of themselves; `{}` for what is
    put in."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        if "cli" in path.parts:
            silent = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                silent |= set(map(id, node.values))
                parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
                yield f"{path.name}:{node.lineno}", "".join(map(str, parts))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
                yield f"{path.name}:{node.lineno}", node.value


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Each command, and the options of it and of those below it."""
    own = {option for p in command.params for option in (*p.opts, *p.secondary_opts)} | {"--help"}
    for name, below in getattr(command, "commands", {}).items():
        for found, options in commands(below, (*path, name)):
            own |= options
            yield found, options
    yield path, own


def keys(section: type[BaseModel], before: str = "") -> Iterator[str]:
    """All of the schema, a list of types flattened: `model.k` is that of any model."""

    def within(annotation: Any) -> Iterator[type[BaseModel]]:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
        for part in typing.get_args(annotation):
            yield from within(part)

    for name, field in section.model_fields.items():
        yield before + (field.alias or name)
        for below in within(field.annotation):
            yield from keys(below, f"{before}{field.alias or name}.")


def test_commands_and_their_options() -> None:
    known = dict(commands(typer.main.get_command(app)))
    seen = 0
    for place, text in texts():
        for found in re.finditer(r"(?:`|run |\n *|: )vox-embed ([a-z-]+)([^`\n;]*)", text):
            name, rest = found[1], found[2]
            assert (name,) in known, f"{place}: no command `{name}`: {text}"
            below = rest.split(" ")[1] if rest.startswith(" ") else ""
            path = (name, below) if (name, below) in known else (name,)
            for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", rest):
                assert option in known[path], f"{place}: {' '.join(path)} has no {option}: {text}"
            seen += 1
    assert seen > 40


def test_options() -> None:
    known = dict(commands(typer.main.get_command(app)))[()]
    seen = 0
    for place, text in texts():
        if " " not in text.strip() or OTHERS.search(text):
            continue
        for option in re.findall(r"(?<![\w,-])--[a-z][a-z0-9-]*", text):
            assert option in known, f"{place}: no {option}: {text}"
            seen += 1
    assert seen > 40


def test_keys() -> None:
    known = set(keys(Experiment))
    sections = "|".join(name for name in Experiment.model_fields if name not in {"name", "seed"})
    seen = 0
    for place, text in texts():
        for key in re.findall(rf"(?<![\w./])(?:{sections})\.[a-z_0-9]+", text):
            assert key in known or key.split(".")[1] in NO_KEYS, f"{place}: no `{key}`: {text}"
            seen += 1
    assert seen > 60
