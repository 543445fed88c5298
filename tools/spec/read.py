"""Reads firmware/vox/spec into items, and refuses what could not be laid out the same everywhere."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from spec.arithmetic import evaluate
from spec.items import (
    SCALARS,
    Code,
    Codes,
    Constant,
    Constants,
    Field,
    File,
    Heading,
    Item,
    Message,
    Record,
    Rows,
    Tag,
    Tags,
    Values,
)

_TYPE = re.compile(r"(\w+)(?:\[(\d+)\])?")
_OP_HEAD = 8  # bytes of `op`


class Reader:
    """Reads files one after the other: later ones may use the constants and records of earlier ones."""

    def __init__(self) -> None:
        self.constants: dict[str, int] = {}
        self.records: dict[str, Record] = {}

    def read(self, path: Path) -> File:
        """One file. Raises ValueError that names file and table."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        about = table.pop("about", "").strip()
        items = []
        for name, content in table.items():
            try:
                item = self._item(name, dict(content))
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path.name}, [{name}]: {error}") from error
            items.append(item)
        return File(path.name, about, tuple(items))

    def _item(self, name: str, content: dict[str, Any]) -> Item:
        text = content.pop("text", "").strip()
        for key, make in (
            ("title", self._heading),
            ("constants", self._constants),
            ("list", self._values),
            ("codes", self._codes),
            ("tags", self._tags),
            ("rows", self._rows),
            ("request", self._message),
            ("reply", self._message),
            ("fields", self._record),
        ):
            if key in content:
                item = make(name, text, content)
                break
        else:
            item = Item(name, text)
        if content:
            raise ValueError(f"unknown key {next(iter(content))!r}")
        return item

    @staticmethod
    def _heading(name: str, text: str, content: dict[str, Any]) -> Item:
        return Heading(name, text, content.pop("title"))

    def _constants(self, name: str, text: str, content: dict[str, Any]) -> Item:
        signed = content.pop("signed", [])
        rows = []
        for constant, value, note in content.pop("constants"):
            number = evaluate(str(value), self.constants) if isinstance(value, str) else value
            if constant in self.constants:
                raise ValueError(f"{constant} stands twice")
            self.constants[constant] = number
            rows.append(Constant(constant, number, note, str(value), number < 0 or constant in signed))
        return Constants(name, text, tuple(rows))

    @staticmethod
    def _values(name: str, text: str, content: dict[str, Any]) -> Item:
        return Values(name, text, content.pop("list"), tuple(content.pop("values")))

    @staticmethod
    def _codes(name: str, text: str, content: dict[str, Any]) -> Item:
        columns = tuple(content.pop("columns", ()))
        listed = content.pop("codes")
        rows = () if listed == "ops" else tuple(_code(row, columns) for row in listed)
        if len({row.value for row in rows}) < len(rows) or len({row.name for row in rows}) < len(rows):
            raise ValueError("a name or a code stands twice")
        return Codes(
            name,
            text,
            content.pop("prefix"),
            rows,
            content.pop("flags", False),
            content.pop("last", False),
            columns,
            content.pop("needs", ""),
            content.pop("python", ""),
            content.pop("signed", False),
            content.pop("private", False),
        )

    @staticmethod
    def _tags(name: str, text: str, content: dict[str, Any]) -> Item:
        rows = tuple(Tag(*row) for row in content.pop("tags"))
        if any(len(row.tag) != 4 or not row.tag.isascii() for row in rows):
            raise ValueError("a tag is four ASCII letters")
        return Tags(name, text, content.pop("prefix"), rows)

    @staticmethod
    def _rows(name: str, text: str, content: dict[str, Any]) -> Item:
        columns = tuple(content.pop("columns"))
        rows = tuple(tuple(row) for row in content.pop("rows"))
        if any(len(row) != len(columns) for row in rows):
            raise ValueError(f"a row has not {len(columns)} columns")
        return Rows(name, text, content.pop("python"), columns, rows)

    def _message(self, name: str, text: str, content: dict[str, Any]) -> Item:
        from_host = "request" in content
        code = content.pop("request" if from_host else "reply")
        fixed: list[Field] = []
        tail: list[tuple[str, str, str]] = []
        for kind, names, note in content.pop("fields"):
            if _TYPE.fullmatch(kind) and (kind.split("[")[0] in SCALARS) and not tail:
                fixed.append(self._field(kind, names, note))
            else:
                tail.append((kind, names, note))
        return Message(name, text, code, from_host, tuple(fixed), tuple(tail), content.pop("table", False))

    def _record(self, name: str, text: str, content: dict[str, Any]) -> Item:
        fields = tuple(self._field(*row) for row in content.pop("fields"))
        ops = tuple(Code(*row) for row in content.pop("ops", ()))
        size = content.pop("bytes")
        start = content.pop("at", _OP_HEAD if ops else 0)
        _check_layout(fields, size, _OP_HEAD if ops else 0, self.alignment)
        after = content.pop("after", "").strip()
        record = Record(name, text, fields, size, start, ops, content.pop("tensors", ""), after)
        self.records[name] = record
        return record

    def _field(self, kind: str, names: str, note: str) -> Field:
        found = _TYPE.fullmatch(kind)
        if found is None:
            raise ValueError(f"{kind!r} is no type")
        base, count = found.group(1), int(found.group(2) or 0)
        if base not in SCALARS and base not in self.records:
            raise ValueError(f"{base!r} is no type: {', '.join(SCALARS)}, or a record that stands before")
        each = SCALARS.get(base) or self.records[base].size
        split = tuple(part.strip() for part in names.split(","))
        return Field(base, count, split, note, each * max(count, 1) * len(split))

    def alignment(self, base: str) -> int:
        """Bytes that a type has to lie at a multiple of."""
        if base in SCALARS:
            return SCALARS[base]
        return max(self.alignment(field.type) for field in self.records[base].fields)


def _code(row: list[Any], columns: tuple[str, ...]) -> Code:
    more = dict(zip(columns, row[3:], strict=True))
    if "needs" in more:
        more["needs"] = tuple(more["needs"])
    return Code(*row[:3], **more)


def _check_layout(fields: tuple[Field, ...], size: int, start: int, alignment: Callable[[str], int]) -> None:
    """Every field at a multiple of its alignment, and no padding: compilers cannot but agree."""
    at, widest = start, 4 if start else 1
    for field in fields:
        need = alignment(field.type)
        if at % need:
            raise ValueError(f"{field.names[0]} lies at {at}, no multiple of {need}")
        at += field.size
        widest = max(widest, need)
    if at != size:
        raise ValueError(f"the fields take {at} bytes, not {size}")
    if size % widest:
        raise ValueError(f"{size} bytes are no multiple of {widest}: compilers would pad")


def read_spec(folder: Path, order: tuple[str, ...]) -> Mapping[str, File]:
    """The files of the folder in the order given, with all op codes in the list of them."""
    reader = Reader()
    files = {name: reader.read(folder / name) for name in order}
    left = {path.name for path in folder.glob("*.toml")} - set(order)
    if left:
        raise ValueError(f"{sorted(left)[0]} is in no output: name it in tools/spec/outputs.py")
    ops = sorted(
        (op for file in files.values() for item in file.items if isinstance(item, Record) for op in item.ops),
        key=lambda op: op.value,
    )
    if len({op.value for op in ops}) < len(ops):
        raise ValueError("two operators have one code")
    return {name: _with_ops(file, tuple(ops)) for name, file in files.items()}


def _with_ops(file: File, ops: tuple[Code, ...]) -> File:
    items = [
        replace(item, rows=ops) if isinstance(item, Codes) and not item.rows else item for item in file.items
    ]
    return File(file.name, file.about, tuple(items))
