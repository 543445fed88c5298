"""What a file of firmware/vox/spec holds: one item for each of its tables, in their order."""

from __future__ import annotations

from dataclasses import dataclass

SCALARS = {"u8": 1, "i8": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "f32": 4}
"""Bytes of each type of a field. f32 is read by the host only; in C it is a uint32_t."""


@dataclass(frozen=True)
class Item:
    """A table: its name, and prose about it."""

    name: str
    text: str


@dataclass(frozen=True)
class Heading(Item):
    """Begins a part of a header."""

    title: str


@dataclass(frozen=True)
class Constant:
    """A number. Where it was written as an expression, `expression` is that."""

    name: str
    value: int
    text: str
    expression: str
    signed: bool


@dataclass(frozen=True)
class Constants(Item):
    """Limits and the like."""

    rows: tuple[Constant, ...]


@dataclass(frozen=True)
class Values(Item):
    """The values that something may have: a macro that lists them."""

    macro: str
    values: tuple[int, ...]


@dataclass(frozen=True)
class Code:
    """One value of a list of codes. Columns beyond the text are there where the list has them."""

    name: str
    value: int
    text: str
    told: str = ""
    """The sentence that people get."""
    index: str = ""
    """What the index beside the code says."""
    needs: tuple[str, ...] = ()
    """Names of flags of the item `needs`."""
    called: str = ""
    """Name in experiment files."""


@dataclass(frozen=True)
class Codes(Item):
    """A list of codes, or of flags."""

    prefix: str
    rows: tuple[Code, ...]
    flags: bool
    last: bool
    """Whether C gets the highest code under the name LAST."""
    columns: tuple[str, ...]
    needs: str
    python: str
    """Name of the class; empty: that of the item."""
    signed: bool = False
    """Whether they are int in C."""
    private: bool = False
    """Whether they are in no file or frame: headers that are part of the interface leave them out."""


@dataclass(frozen=True)
class Tag:
    """Four letters that mark a section."""

    name: str
    tag: str
    text: str
    when: str


@dataclass(frozen=True)
class Tags(Item):
    """All of them."""

    prefix: str
    rows: tuple[Tag, ...]


@dataclass(frozen=True)
class Rows(Item):
    """A table for Python alone. columns: str, int, or the name of a class of codes."""

    python: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


@dataclass(frozen=True)
class Field:
    """One row of a record: a type, `count` of them (0: a single one), or several names of one type."""

    type: str
    count: int
    names: tuple[str, ...]
    text: str
    size: int
    """Bytes of all of it."""

    @property
    def reserved(self) -> bool:
        """Whether it is there to be 0."""
        return self.names[0].startswith("reserved")


@dataclass(frozen=True)
class Record(Item):
    """A fixed run of bytes, read in place."""

    fields: tuple[Field, ...]
    size: int
    start: int
    """Offset of the first field where something stands before it, for documents."""
    ops: tuple[Code, ...]
    """The op codes whose record this is; `op` comes first then."""
    tensors: str
    after: str


@dataclass(frozen=True)
class Message(Item):
    """A message of the link. tail: type, name and text of what follows the fixed fields."""

    code: int
    from_host: bool
    fields: tuple[Field, ...]
    tail: tuple[tuple[str, str, str], ...]
    in_table: bool
    """Whether documents show its fields in a table of their own."""

    def listed(self) -> list[tuple[str, str, str]]:
        """Type, name and text of every field, the tail included."""
        fixed = [
            (
                field.type + (f"[{field.count}]" if field.count else ""),
                "0" if field.reserved else field.names[0],
                field.text,
            )
            for field in self.fields
        ]
        return [*fixed, *self.tail]


@dataclass(frozen=True)
class File:
    """One file."""

    name: str
    about: str
    items: tuple[Item, ...]
