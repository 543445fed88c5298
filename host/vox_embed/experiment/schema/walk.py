"""Walking the schema by the keys of an experiment file: which names are valid where."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

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
