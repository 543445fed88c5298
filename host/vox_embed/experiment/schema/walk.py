"""Walking the schema by the keys of an experiment file: which names are valid where."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from vox_embed.experiment.schema.base import AsWritten

Location = tuple[str | int, ...]
SectionClass = type[BaseModel]


def variants(annotation: Any) -> Iterator[SectionClass]:
    """The section classes that an annotation allows: one, several for a union, none for a plain value."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from variants(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from variants(part)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation


def values_of_mapping(annotation: Any) -> Any:
    """The annotation of the values of a `dict`, or None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return values_of_mapping(get_args(annotation)[0])
    return get_args(annotation)[1] if origin is dict else None


def sections_at(root: SectionClass, location: tuple[str | int, ...], value: Any) -> tuple[SectionClass, ...]:
    """The section classes that can stand at a location of a file whose value is `value`.

    Where several are possible, the one that `type` names is chosen. Empty where no section can stand.
    """
    here: tuple[SectionClass, ...] = (root,)
    mapping: Any = None
    for key in location:
        if isinstance(key, int):  # of a list of sections: what may stand alone may stand in it
            here = tuple(c for c in here if "parts" not in c.model_fields)
        elif mapping is not None:
            here, mapping = tuple(variants(mapping)), None
        else:
            annotation = next((c.model_fields[key].annotation for c in here if key in c.model_fields), None)
            mapping = values_of_mapping(annotation)
            here = tuple(variants(annotation))
        inside = isinstance(value, list) and isinstance(key, int) and key < len(value)
        value = value.get(key) if isinstance(value, dict) else value[key] if inside else None
        kind = value.get("type") if isinstance(value, dict) else None
        chosen = tuple(c for c in here if len(here) > 1 and "type" in c.model_fields and _names(c) == (kind,))
        here = chosen or here
    return here


def _names(section: SectionClass) -> tuple[Any, ...]:
    return get_args(section.model_fields["type"].annotation)


def names_at(root: SectionClass, location: tuple[str | int, ...], value: Any) -> tuple[str, ...]:
    """Valid keys at a location, in the order of the schema."""
    names: dict[str, None] = {}
    for section in sections_at(root, location, value):
        names.update(dict.fromkeys(info.alias or key for key, info in section.model_fields.items()))
    return tuple(names)


def places_of(root: SectionClass, name: str, prefix: str = "") -> Iterator[str]:
    """Dotted keys of the schema whose last part is `name`; `*` stands for a name of the user's choice."""
    for key, info in root.model_fields.items():
        if (info.alias or key) == name:
            yield prefix + name
        mapping = values_of_mapping(info.annotation)
        inner = f"{prefix}{key}.*." if mapping is not None else f"{prefix}{key}."
        for section in variants(mapping if mapping is not None else info.annotation):
            yield from places_of(section, name, inner)


def texts_of(root: SectionClass, value: Any, location: Location = ()) -> Iterator[Location]:
    """Locations of the single values that the schema takes for text whatever they look like, such as labels
    (`AsWritten`). value: what the file has at `location`, where `root` stands. `null` for a key that may have
    no value is none of them."""
    if not isinstance(value, dict):
        return
    hints = get_type_hints(root, include_extras=True)
    for key, info in root.model_fields.items():
        name = info.alias or key
        if name in value:
            yield from _texts(hints[key], value[name], (*location, name))


def _texts(hint: Any, value: Any, location: Location) -> Iterator[Location]:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *marks = get_args(hint)
        if not any(isinstance(mark, AsWritten) for mark in marks):
            yield from _texts(inner, value, location)
        elif not isinstance(value, dict | list):
            yield location
    elif origin in (Union, types.UnionType):
        for part in _chosen(get_args(hint), value):
            yield from _texts(part, value, location)
    elif origin is dict and isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(get_args(hint)[1], one, (*location, key))
    elif origin is tuple:
        yield from _texts_of_list(get_args(hint), value, location)
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield from texts_of(hint, value, location)


def _texts_of_list(hints: tuple[Any, ...], value: Any, location: Location) -> Iterator[Location]:
    """hints: of the items; one may stand for all that follow. A single value may stand for a list of one."""
    of_items = [hint for hint in hints if hint is not Ellipsis]
    if not isinstance(value, list):
        yield from _texts(of_items[0], value, location)
        return
    for i, one in enumerate(value):
        yield from _texts(of_items[min(i, len(of_items) - 1)], one, (*location, i))


def _chosen(parts: tuple[Any, ...], value: Any) -> Iterator[Any]:
    """Of a union, what the value may be: nothing for `null` where that is allowed; the section of `type`."""
    if value is None and types.NoneType in parts:
        return
    kind = value.get("type") if isinstance(value, dict) else None
    named = [part for part in parts if part in variants(part) and "type" in part.model_fields]
    yield from [part for part in named if _names(part) == (kind,)] or parts
