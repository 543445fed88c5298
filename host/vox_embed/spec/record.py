"""Records: fixed runs of bytes, little-endian, without padding, as typed values."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, ClassVar, Self, TypeAlias

Part: TypeAlias = "str | type[Record] | tuple[type[Record], int]"
"""A code of `struct` (with a count: a tuple; x: bytes that are 0), a record, or so many of one."""


class Record:
    """A record. Subclasses are dataclasses with one field for each part that is not of kind x."""

    PARTS: ClassVar[tuple[Any, ...]]
    LAYOUT: ClassVar[struct.Struct]
    SIZE: ClassVar[int]
    """Bytes."""

    def __init_subclass__(cls) -> None:
        cls.LAYOUT = struct.Struct("<" + "".join(_codes(cls.PARTS)))
        cls.SIZE = cls.LAYOUT.size

    def pack(self) -> bytes:
        """Its bytes. struct.error where a value does not fit."""
        return self.LAYOUT.pack(*_flat(self))

    @classmethod
    def unpack(cls, data: bytes | bytearray, offset: int = 0) -> Self:
        """The record at `offset`. struct.error where the data end before it does."""
        return cls._of(iter(cls.LAYOUT.unpack_from(data, offset)))

    @classmethod
    def unpack_all(cls, data: bytes, count: int, offset: int = 0) -> list[Self]:
        """`count` records, one after the other."""
        return [cls.unpack(data, offset + i * cls.SIZE) for i in range(count)]

    @classmethod
    def columns(cls) -> list[tuple[str, str]]:
        """Name and type of each number, for a numpy dtype; arrays give name_0, name_1, .."""
        names = [field.name for field in fields(cls)]  # type: ignore[arg-type]
        listed: list[tuple[str, str]] = []
        for name, part in zip(names, (p for p in cls.PARTS if not _is_padding(p)), strict=True):
            count, kind = part[:-1], "<" + part[-1]
            each = [f"{name}_{i}" for i in range(int(count))] if count else [name]
            listed += [(one, kind) for one in each]
        return listed

    @classmethod
    def _of(cls, values: Iterator[Any]) -> Self:
        return cls(*(_taken(part, values) for part in cls.PARTS if not _is_padding(part)))


def _is_padding(part: Any) -> bool:
    return isinstance(part, str) and part.endswith("x")


def _codes(parts: tuple[Any, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        else:
            record, count = part if isinstance(part, tuple) else (part, 1)
            yield from list(_codes(record.PARTS)) * count


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, Record):
        for field in fields(value):  # type: ignore[arg-type]
            yield from _flat(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _flat(each)
    else:
        yield value


def _taken(part: Any, values: Iterator[Any]) -> Any:
    if isinstance(part, str):
        count = part[:-1]
        return tuple(next(values) for _ in range(int(count))) if count else next(values)
    if isinstance(part, tuple):
        record, number = part
        return tuple(record._of(values) for _ in range(number))
    return part._of(values)
