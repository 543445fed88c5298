"""From the experiment file to an `Experiment`; every complaint names file, line and key."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vox_embed.experiment.changes import apply_changes
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.files import EXPERIMENT, RESOLVED
from vox_embed.experiment.names import did_you_mean, nearest
from vox_embed.experiment.schema import Database, Experiment
from vox_embed.experiment.schema.walk import names_at, places_of, sections_at, texts_of
from vox_embed.experiment.yaml_tree import Location, Mark, Tree, read_yaml
from vox_embed.gate.text import shown

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_MAX_COMPLAINTS = 12

# Keys that hold paths. Those in the first set are relative to the experiment file.
_PATH = re.compile(r"\.{0,2}/|.*\.onnx$")
"""What is written as a path."""
_FROM_FILE = (
    ("data", "root_folders"),
    ("data", "databases", "*", "path"),
    ("data", "databases", "*", "reuse"),
    ("features", "encoder"),
    ("features", "path"),
    ("features", "root"),
    ("features", "*", "path"),
    ("features", "*", "root"),
    ("features", "*", "encoder"),
    ("features", "unlabelled", "*"),
    ("features", "*", "unlabelled", "*"),
    ("augment", "noise_path"),
    ("augment", "room_path"),
)
_OR_NAME = (("features", "model"), ("features", "*", "model"), ("model", "model"))
"""Relative to the experiment file where it is a path, else a name of a hub."""
_FROM_CSV = (("data", "databases", "*", "audio_path"),)


def load_experiment(path: str | Path, *, expand: bool = True, changes: Sequence[str] = ()) -> Experiment:
    """Reads and checks an experiment file (or the one in an experiment or results folder).

    expand: replace `${VAR}` in paths by environment variables and make paths absolute; without it
    the paths stay as written, for commands that need no data. changes: KEY=VALUE, as `--set` takes them,
    in place of what the file says. Raises VoxError.
    """
    path = Path(path)
    if path.is_dir():
        resolved = path / RESOLVED
        path = resolved if resolved.is_file() else path / EXPERIMENT
    tree = read_yaml(path)
    if not isinstance(tree.value, dict):
        raise VoxError(f"{tree.mark(())}: an experiment file starts with keys such as `name:` and `data:`")
    if not tree.value:
        raise VoxError(f"{path}: the file is empty", "`name` and `data` are the least it needs")
    apply_changes(tree, changes)
    _merge_root_folders(tree, path.parent)
    _keep_spelling(tree)
    experiment = _validate(tree, path)
    if expand:
        for pattern in (*_FROM_FILE, *_FROM_CSV):
            _expand(tree, pattern, absolute=pattern in _FROM_FILE)
        for pattern in _OR_NAME:
            _expand(tree, pattern, absolute=True, or_name=True)
        experiment = _validate(tree, path)
    experiment._path = path
    return experiment


def _validate(tree: Tree, path: Path) -> Experiment:
    try:
        return Experiment.model_validate(tree.value)
    except ValidationError as error:
        raise _explain(error, tree, path) from None


def _keep_spelling(tree: Tree) -> None:
    """Labels and the like as the file spells them, so that they are the same text in a table: `1.10`, `True`,
    `007`."""
    for location in set(texts_of(Experiment, tree.value)) & set(tree.spelled):
        if tree.spelled[location]:
            _at(tree.value, location[:-1])[location[-1]] = tree.spelled[location]


# ---- paths -------------------------------------------------------------------------------------------


def expand_variables(text: str, mark: Mark | str) -> str:
    """Replaces `${VAR}` by environment variables; VoxError where one is not set."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if not os.environ.get(name):
            raise VoxError(
                f"{mark}: the environment variable `{name}` is not set",
                f"set it to the folder it stands for: export {name}=/path/to/folder",
            )
        return os.environ[name]

    return _VARIABLE.sub(value, text)


def _expand(tree: Tree, pattern: tuple[str, ...], *, absolute: bool, or_name: bool = False) -> None:
    """or_name: what is not written as a path, and is none, stays."""
    for parent, key, location in _matches(tree.value, pattern):
        text = parent[key]
        if not isinstance(text, str) or not text:
            continue
        mark = tree.mark(location)
        text = os.path.expanduser(expand_variables(text, mark))  # noqa: PTH111 - text, not yet a path
        if absolute:
            base = Path(mark.file).parent if mark.line else Path()  # of `--set`: from where the user is
            if or_name and not (_PATH.match(text) or (base / text).exists()):
                continue
            text = os.path.abspath(base / text)  # noqa: PTH100 - resolve() would follow links
        parent[key] = text


def _matches(
    value: Any, pattern: tuple[str, ...], start: Location = ()
) -> list[tuple[Any, str | int, Location]]:
    if isinstance(value, list) and pattern == ("*",):
        return [(value, i, (*start, i)) for i in range(len(value))]
    if isinstance(value, list) and pattern[0] == "*" and len(pattern) > 1:
        return [found for i, item in enumerate(value) for found in _matches(item, pattern[1:], (*start, i))]
    if not isinstance(value, dict):
        return []
    keys = list(value) if pattern[0] == "*" else [pattern[0]] if pattern[0] in value else []
    if len(pattern) == 1:
        return [(value, key, (*start, key)) for key in keys]
    return [found for key in keys for found in _matches(value[key], pattern[1:], (*start, key))]


def _merge_root_folders(tree: Tree, folder: Path) -> None:
    """Adds the settings of `data.root_folders` beneath those of the experiment, key by key."""
    data = tree.value.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("root_folders"), str):
        return
    location: Location = ("data", "root_folders")
    mark = tree.mark(location)
    file = folder / expand_variables(data["root_folders"], mark)
    if not file.is_file():
        raise VoxError(f"{mark}: data.root_folders: no such file: {file}")
    roots = read_yaml(file)
    if not isinstance(roots.value, dict):
        raise VoxError(f"{roots.mark(())}: a root_folders file is a mapping: database, then its settings")
    databases: Any = data.get("databases")
    for name in databases if isinstance(databases, dict) else ():
        if databases[name] is None:
            databases[name] = {}
        added = roots.value.get(name, {})
        if not isinstance(added, dict):
            raise VoxError(f"{roots.mark((name,))}: `{name}` needs settings, such as `path: ...`")
        if isinstance(databases[name], dict):
            _add_settings(tree, roots, name)


def _add_settings(tree: Tree, roots: Tree, name: str) -> None:
    settings: dict[str, Any] = tree.value["data"]["databases"][name]
    added: dict[str, Any] = roots.value.get(name, {})
    new = [key for key in added if key not in settings]
    for key in new:
        settings[key] = added[key]
    for place, mark in roots.marks.items():
        if place[:1] == (name,) and len(place) > 1 and place[1] in new:
            tree.marks["data", "databases", *place] = mark
            if place in roots.spelled:
                tree.spelled["data", "databases", *place] = roots.spelled[place]


# ---- complaints --------------------------------------------------------------------------------------


def _explain(error: ValidationError, tree: Tree, path: Path) -> VoxError:
    seen: dict[str, str | None] = {}
    for item in error.errors(include_url=False):
        message, hint = _complaint(item, tree)
        seen.setdefault(message, hint)
    ordered = sorted(seen.items(), key=lambda pair: _line_of(pair[0]))
    if len(ordered) == 1:
        message, hint = ordered[0]
        return VoxError(message, hint)
    lines = [f"{path}: {len(ordered)} mistakes"]
    for message, hint in ordered[:_MAX_COMPLAINTS]:
        lines.append(f"  {message}" + (f" ({hint})" if hint else ""))
    if len(ordered) > _MAX_COMPLAINTS:
        lines.append(f"  ... and {len(ordered) - _MAX_COMPLAINTS} more")
    return VoxError("\n".join(lines))


def _line_of(message: str) -> int:
    found = re.match(r".*?:(\d+):", message)
    return int(found.group(1)) if found else 0


def _locate(location: tuple[Any, ...], value: Any, missing: bool) -> tuple[Location, Any]:
    """The location in the file: pydantic also names the variants of unions, which are no keys of the file."""
    kept: list[str | int] = []
    for i, key in enumerate(location):
        inside = (isinstance(value, dict) and key in value) or (
            isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value)
        )
        if inside:
            kept.append(key)
            value = value[key]
        elif missing and i == len(location) - 1:
            kept.append(key)
    return tuple(kept), value


def _dotted(location: Location) -> str:
    text = ""
    for key in location:
        text += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


def _at(root: Any, location: Location) -> Any:
    for key in location:
        root = root[key]
    return root


def _complaint(item: Any, tree: Tree) -> tuple[str, str | None]:
    kind, context = item["type"], item.get("ctx", {})
    location, value = _locate(item["loc"], tree.value, kind == "missing")
    if kind == "combination":
        for key in context["key"].split("."):
            location = (*location, key)
        return f"{tree.mark(location)}: {_dotted(location)}: {context['message']}", context["hint"] or None
    place = f"{tree.mark(location)}: "
    if kind == "extra_forbidden":
        return _unknown_key(place, location, tree)
    if kind == "missing":
        parent = _dotted(location[:-1])
        where = f" in `{parent}`" if parent else ""
        return f"{place}`{location[-1]}` is missing{where}", f"add `{location[-1]}:`"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_type(item, location, tree)
    return _wrong_choice_or_value(place, item, location, value)


def _wrong_type(item: Any, location: Location, tree: Tree) -> tuple[str, str | None]:
    context, dotted = item.get("ctx", {}), _dotted(location)
    known = sorted(
        str(section.model_fields["type"].default) for section in sections_at(Experiment, location, None)
    )
    if item["type"] == "union_tag_not_found":
        return f"{tree.mark(location)}: `type` is missing in `{dotted}`", f"one of: {', '.join(known)}"
    tag = str(context.get("tag"))
    mark = tree.mark((*location, "type"))
    return f"{mark}: unknown {dotted} type `{tag}`", did_you_mean(tag, known, "one of")


def _wrong_choice_or_value(place: str, item: Any, location: Location, value: Any) -> tuple[str, str | None]:
    dotted = _dotted(location)
    if item["type"] == "literal_error":
        expected = item["ctx"]["expected"]
        allowed = re.findall(r"'([^']*)'", expected) or re.split(r", | or ", expected)
        given = f"`{shown(str(value))}`" if isinstance(value, str | int | float) else "this"
        hint = (
            did_you_mean(value, allowed, "one of")
            if isinstance(value, str)
            else f"one of: {', '.join(allowed)}"
        )
        near = nearest(value, allowed) if isinstance(value, str) else None
        if near is not None:
            hint += f" (one of: {', '.join(allowed)})"
        return f"{place}{dotted}: {given} is not possible here", hint
    return f"{place}{dotted}: {_wrong_value(item, value)}", None


_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping (key: value)",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "is_instance_of": "a text",
    "model_type": "a section (key: value lines below it)",
    "model_attributes_type": "a section (key: value lines below it)",
    "path_type": "a path",
    "string_type": "a text",
    "tuple_type": "a list",
}


def _wrong_value(item: Any, value: Any) -> str:
    got = (
        "nothing"
        if value is None
        else f"`{shown(str(value))}`"
        if isinstance(value, str | int | float)
        else _kind(value)
    )
    if item["type"] in _EXPECTED:
        return f"expected {_EXPECTED[item['type']]}, got {got}"
    if item["type"] in ("too_long", "too_short", "missing_argument"):
        context = item.get("ctx", {})
        wanted = context.get("max_length") or context.get("min_length")
        return f"{wanted} value(s) wanted, {context.get('actual_length', 0)} given"
    message = str(item["msg"])
    return f"{got}: {message[:1].lower()}{message[1:]}"


def _kind(value: Any) -> str:
    return (
        "a list"
        if isinstance(value, list)
        else "a section"
        if isinstance(value, dict)
        else type(value).__name__
    )


def _kinds_with(parent: Location, name: str) -> list[str]:
    """Types of the section at `parent` that have a key of this name, where the one that is there has not."""
    return sorted(
        str(section.model_fields["type"].default)
        for section in sections_at(Experiment, parent, None)
        if "type" in section.model_fields and name in section.model_fields
    )


def _unknown_key(place: str, location: Location, tree: Tree) -> tuple[str, str | None]:
    name, parent = shown(str(location[-1])), location[:-1]
    known = names_at(Experiment, parent, _at(tree.value, ()))
    where = f" in `{_dotted(parent)}`" if parent else ""
    message = f"{place}unknown key `{name}`{where}"
    near = nearest(name, known)
    if near is None:
        kinds = _kinds_with(parent, name)
        if kinds:
            return message, f"`{name}` is for `type`: {', '.join(kinds)}; here: {', '.join(sorted(known))}"
        elsewhere = next(places_of(Experiment, name), None)
        if elsewhere is not None:
            return message, f"`{name}` belongs in `{elsewhere.rpartition('.')[0] or 'the top level'}`"
        everywhere = {*Database.model_fields} | {
            n for s in known for n in names_at(Experiment, (*parent, s), {})
        }
        far = nearest(name, everywhere) if not parent or parent == ("data",) else None
        if far is not None:
            return message, f"did you mean `{next(places_of(Experiment, far))}`?"
    return message, did_you_mean(name, known)
