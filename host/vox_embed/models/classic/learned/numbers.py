"""Immutable numbers that are kept as arrays: for an .npz without pickles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Numbers:
    """A frozen dataclass whose fields are arrays, floats and integers, and what `lists` and `parts` name.

    `__post_init__` of each kind refuses, with a ValueError, what does not belong together.
    """

    lists: ClassVar[tuple[str, ...]] = ()
    """Fields that are tuples of arrays."""
    parts: ClassVar[Mapping[str, type[Numbers]]] = {}
    """Fields that are numbers themselves, and their kinds."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Field -> array; `<field>.<index>` of a tuple, `<field>.<field>` of a part."""
        found: dict[str, NDArray[Any]] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name in self.lists:
                found |= {f"{one.name}.{i}": np.asarray(part) for i, part in enumerate(value)}
            elif one.name in self.parts:
                found |= {f"{one.name}.{name}": part for name, part in value.arrays().items()}
            else:
                found[one.name] = np.asarray(value)
        return found

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """From what `arrays` gave. KeyError, TypeError or ValueError where it does not fit."""
        left = dict(arrays)
        values: dict[str, Any] = {}
        for one in fields(cls):
            own = {name.removeprefix(f"{one.name}."): left[name] for name in left if _is_of(name, one.name)}
            left = {name: value for name, value in left.items() if not _is_of(name, one.name)}
            if one.name in cls.lists:
                values[one.name] = tuple(own[str(i)] for i in range(len(own)))
            elif one.name in cls.parts:
                values[one.name] = cls.parts[one.name].of(own)
            else:
                array = own[one.name]
                values[one.name] = array if array.ndim else array.item()
        if left:
            raise ValueError(f"unknown arrays {', '.join(sorted(left))}")
        return cls(**values)

    @property
    def count(self) -> int:
        """Numbers in all of them."""
        return sum(array.size for array in self.arrays().values())


def need(condition: Any, what: str) -> None:
    """ValueError where stored numbers do not belong together."""
    if not condition:
        raise ValueError(what)


def _is_of(name: str, field: str) -> bool:
    return name == field or name.startswith(f"{field}.")
