"""Python: codes as enumerations, limits as numbers, records as classes that pack and unpack themselves."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from spec.items import (
    SCALARS,
    Codes,
    Constants,
    Field,
    File,
    Item,
    Message,
    Record,
    Rows,
    Tags,
    Values,
)

_WIDTH = 110
FORMATS = {"u8": "B", "i8": "b", "u16": "H", "i16": "h", "u32": "I", "i32": "i", "f32": "f"}
_NOTE = "Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one."


def module(about: str, files: Sequence[File]) -> str:
    """The text of a module."""
    items = [item for file in files for item in file.items]
    body = [line for item in items for line in _item(item)]
    records = [item for item in items if isinstance(item, Record) and item.ops and item.fields]
    if records:
        body += _of_ops(records)
    messages = [item for item in items if isinstance(item, Message)]
    if messages:
        body += _messages(messages)
    text = "\n".join(body)
    lines = [*_docstring(f"{about}\n\n{_NOTE}", ""), "", "from __future__ import annotations", ""]
    if "@dataclass" in text:
        lines.append("from dataclasses import dataclass")
    enums = [name for name in ("IntEnum", "IntFlag", "StrEnum") if f"({name})" in text]
    if enums:
        lines.append(f"from enum import {', '.join(enums)}")
    typing = [name for name in ("ClassVar", "Literal") if f"{name}[" in text or f": {name} " in text]
    if typing:
        lines.append(f"from typing import {', '.join(typing)}")
    lines += ["", "from vox_embed.spec.model_format import OpCode"] if records else [""]
    if "(Record)" in text:
        lines += ["from vox_embed.spec.record import Part, Record"]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join([*lines, "", *body])).rstrip() + "\n"


def class_name(name: str) -> str:
    """conv_2d -> Conv2D."""
    return "".join(part.upper() if part[0].isdigit() else part.capitalize() for part in name.split("_"))


def _item(item: Item) -> list[str]:
    for kind, make in _MAKERS:
        if isinstance(item, kind):
            return make(item)
    return []


def _constants(item: Constants) -> list[str]:
    return [line for row in item.rows for line in _assigned(row.name, str(row.value), row.text)]


def _values(item: Values) -> list[str]:
    values = ", ".join(map(str, item.values))
    literal = f"{class_name(item.name.removesuffix('s'))} = Literal[{values}]"
    return [*_assigned(item.macro, f"({values})", item.text), literal]


def _tags(item: Tags) -> list[str]:
    head = ["", "", f"class {class_name(item.name)}(StrEnum):", *_docstring("Tags of sections.", "    "), ""]
    rows = (line for row in item.rows for line in _assigned(f"    {row.name}", f'"{row.tag}"', row.text))
    return [*head, *rows]


def _struct(item: Record) -> list[str]:
    return _record(class_name(item.name), _about(item), item.fields) if item.fields else []


def _payload(item: Message) -> list[str]:
    if not item.fields:
        return []
    about = f"What a {item.name.upper()} {'begins with' if item.tail else 'holds'}."
    return _record(class_name(item.name) + "Payload", about, item.fields)


def _about(item: Record) -> str:
    if item.ops:
        return f"Record of {' and '.join(op.name for op in item.ops)}, behind Op."
    return item.text or f"vox_{item.name}."


def _codes(item: Codes) -> list[str]:
    name = item.python or class_name(item.name)
    about = item.text or f"VOX_{item.prefix}*."
    lines = [
        "",
        "",
        f"class {name}({'IntFlag' if item.flags else 'IntEnum'}):",
        *_docstring(about, "    "),
        "",
    ]
    for row in item.rows:
        lines += _assigned(f"    {row.name}", str(row.value), row.text)
    lines += ["", ""]
    if "needs" in item.columns:
        flags = class_name(item.needs)
        needs = (
            (f"{name}.{row.name}", " | ".join(f"{flags}.{need}" for need in row.needs) or f"{flags}(0)")
            for row in item.rows
        )
        lines += _table(f"{item.name.upper()}_NEEDS", f"dict[{name}, {flags}]", needs)
    if "called" in item.columns:
        kind = class_name(item.name.removesuffix("_code"))
        literal = f"{kind}Name"
        called = ", ".join(f'"{row.called}"' for row in item.rows)
        lines += [f"{literal} = Literal[{called}]", '"""Names in experiment files."""', ""]
        rows = ((f'"{row.called}"', f"{name}.{row.name}") for row in item.rows)
        lines += _table(f"{kind.upper()}S", f"dict[str, {name}]", rows)
    return lines


def _table(name: str, kind: str, rows: Iterable[tuple[object, str]]) -> list[str]:
    return [f"{name}: {kind} = {{", *(f"    {key}: {value}," for key, value in rows), "}"]


def _rows(item: Rows) -> list[str]:
    kinds = ", ".join(item.columns)
    lines = [f"{item.python}: tuple[tuple[{kinds}], ...] = ("]
    for row in item.rows:
        cells = (_cell(kind, value) for kind, value in zip(item.columns, row, strict=True))
        lines.append(f"    ({', '.join(cells)}),")
    return [*lines, ")"]


def _cell(kind: str, value: str | int) -> str:
    if kind in ("str", "int"):
        return f'"{value}"' if kind == "str" else str(value)
    return f"{kind}.{value}"


def _record(name: str, about: str, fields: Sequence[Field]) -> list[str]:
    lines = ["", "", "@dataclass(frozen=True, slots=True)", f"class {name}(Record):"]
    lines += [*_docstring(about, "    "), ""]
    parts = []
    for field in fields:
        if field.reserved:
            parts.append(f'"{field.size}x"')
            continue
        for one in field.names:
            lines += _assigned_field(one, field)
            parts.append(_part(field))
    lines.append(f"    PARTS: ClassVar[tuple[Part, ...]] = ({', '.join(parts)},)")
    return lines


def _assigned_field(name: str, field: Field) -> list[str]:
    kind = class_name(field.type) if field.type not in SCALARS else "float" if field.type == "f32" else "int"
    declared = f"tuple[{kind}, ...]" if field.count else kind
    note = _docstring(field.text, "    ") if field.text else []
    return [f"    {name}: {declared}", *note]


def _part(field: Field) -> str:
    if field.type in SCALARS:
        return f'"{field.count or ""}{FORMATS[field.type]}"'
    name = class_name(field.type)
    return f"({name}, {field.count})" if field.count else name


def _assigned(name: str, value: str, text: str) -> list[str]:
    indent = name[: len(name) - len(name.lstrip())]
    return [f"{name} = {value}", *(_docstring(text, indent) if text else [])]


def _of_ops(records: Sequence[Record]) -> list[str]:
    rows = ((op.value, f"OpCode.{op.name}", class_name(item.name)) for item in records for op in item.ops)
    table = _table(
        "OP_RECORDS", "dict[int, type[Record]]", ((name, record) for _, name, record in sorted(rows))
    )
    return ["", "", *table, *_docstring("What follows Op in the record of each op, where anything does.", "")]


def _messages(messages: Sequence[Message]) -> list[str]:
    lines = []
    for name, about, from_host in (
        ("Request", "Host to device.", True),
        ("Reply", "Device to host.", False),
    ):
        lines += ["", "", f"class {name}(IntEnum):", *_docstring(about, "    "), ""]
        for item in messages:
            if item.from_host == from_host:
                lines += _assigned(f"    {item.name.upper()}", f"0x{item.code:02X}", item.text)
    return lines


def _docstring(text: str, indent: str) -> list[str]:
    paragraphs = [
        textwrap.wrap(part, _WIDTH - len(indent) - 6, break_on_hyphens=False, break_long_words=False)
        for part in text.split("\n\n")
    ]
    body = [line for part in paragraphs for line in [*part, ""]][:-1]
    lines = [f'{indent}"""{body[0]}', *(f"{indent}{line}".rstrip() for line in body[1:])]
    if len(lines) == 1 and len(lines[0]) + 3 <= _WIDTH:
        return [lines[0] + '"""']
    return [*lines, f'{indent}"""']


_MAKERS: tuple[tuple[type[Item], Callable[[Any], list[str]]], ...] = (
    (Constants, _constants),
    (Values, _values),
    (Codes, _codes),
    (Tags, _tags),
    (Rows, _rows),
    (Record, _struct),
    (Message, _payload),
)
