"""C headers, as a reader of the library wants them: every struct and macro with its unit and range."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from spec.arithmetic import in_c
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
    Tags,
    Values,
)
from spec.outputs import Header

_WIDTH = 120
NOTE = "Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one."
_TAG_MACRO = (
    "#define VOX_TAG(a, b, c, d) "
    "((uint32_t)(a) | ((uint32_t)(b) << 8) | ((uint32_t)(c) << 16) | ((uint32_t)(d) << 24))"
)


def header(made: Header, files: Sequence[File]) -> str:
    """The text of a header."""
    guard = "VOX_" + made.path.removeprefix("include/vox/").removeprefix("src/").upper().replace(
        "/", "_"
    ).replace(".", "_")
    every = (item for file in files for item in file.items)
    items = [item for item in every if not (isinstance(item, Codes) and item.private)]
    records = [item for item in items if isinstance(item, Record) and item.fields]
    public = made.path.startswith("include/")
    lines = [*_comment("\n\n".join([*(file.about for file in files if file.about), NOTE]))]
    lines += [f"#ifndef {guard}", f"#define {guard}", ""]
    lines += (
        ["#include <stdint.h>", ""] if records or any(isinstance(item, Message) for item in items) else []
    )
    lines += [*(f'#include "{name}"' for name in made.includes), *([""] if made.includes else [])]
    lines += ["#ifdef __cplusplus", 'extern "C" {', "#endif", ""] if public else []
    for item in items:
        block = _item(item)
        lines += [*block, ""] if block else []
    lines += _asserts(records)
    lines += ["#ifdef __cplusplus", "}", "#endif"] if public else []
    return "\n".join([*lines, "#endif"]).replace("\n\n\n", "\n\n") + "\n"


def _item(item: Item) -> list[str]:
    lines = [] if isinstance(item, Record | Message) or not item.text else _comment(item.text)
    for kind, make in _MAKERS:
        if isinstance(item, kind):
            return [*lines, *make(item)]
    return lines


def _heading(item: Heading) -> list[str]:
    return [f"/* ---- {item.title} {'-' * (_WIDTH - len(item.title) - 12)} */"]


def _constants(item: Constants) -> list[str]:
    return _aligned((_define(row), row.text) for row in item.rows)


def _values(item: Values) -> list[str]:
    return [f"#define VOX_{item.macro} {', '.join(f'{value}u' for value in item.values)}"]


def _tags(item: Tags) -> list[str]:
    rows = ((f"#define VOX_{item.prefix}{row.name} {_tag(row.tag)}", row.text) for row in item.rows)
    return [_TAG_MACRO, *_aligned(rows)]


def _message(item: Message) -> list[str]:
    name = item.name.upper()
    rows = [(f"#define VOX_MSG_{name} 0x{item.code:02X}u", "")]
    if item.from_host and item.fields:
        size = sum(field.size for field in item.fields)
        before = f"of the payload, before the {item.tail[0][1]}" if item.tail else "of the payload"
        rows.append((f"#define VOX_{name}_BYTES {size}u", before))
    return [*_payload(item), *_aligned(rows)]


def _define(row: Constant) -> str:
    if row.value < 0:
        return f"#define VOX_{row.name} ({row.value})"
    return f"#define VOX_{row.name} {in_c(row.expression, '' if row.signed else 'u')}"


def _codes(item: Codes) -> list[str]:
    if item.name == "status":
        rows = [(f"    VOX_{row.name} = {row.value},", row.text) for row in item.rows]
        return ["typedef enum {", *_aligned(rows), "} vox_status;"]
    rows = [
        (f"#define VOX_{item.prefix}{row.name} {_number(row, item)}", _described(row)) for row in item.rows
    ]
    if item.last:
        rows.append((f"#define VOX_{item.prefix}LAST {_number(item.rows[-1], item)}", ""))
    return _aligned(rows)


def _number(row: Code, item: Codes) -> str:
    return f"({row.value})" if row.value < 0 else f"{row.value}{'' if item.signed else 'u'}"


def _described(row: Code) -> str:
    text = "" if row.text.replace(" ", "_").upper() == row.name else row.text
    return "; ".join(filter(None, [text, f"index: {row.index}" if row.index else ""]))


def _tag(tag: str) -> str:
    return "VOX_TAG({})".format(", ".join(f"'{letter}'" for letter in tag))


def _record(item: Record) -> list[str]:
    names = ", ".join(op.name for op in item.ops)
    nothing = "nothing but vox_op" if item.ops and not item.fields else ""
    kinds = f"{item.tensors}." if item.tensors else ""
    head = f"{names}{f' ({nothing})' if nothing else ''}: " if item.ops else ""
    text = f"{head}{' '.join(filter(None, [kinds, item.text]))}"
    if not item.fields:
        return _comment(text)
    rows = [("    vox_op op;", "")] if item.ops else []
    rows += [(f"    {_declared(field)};", field.text) for field in item.fields]
    rows.append((f"}} vox_{item.name};", f"{item.size} bytes"))
    about = _comment(text) if text else []
    return [*about, "typedef struct {", *_aligned(rows), *(_comment(item.after) if item.after else [])]


def _declared(field: Field) -> str:
    kind = "vox_" + field.type if field.type not in SCALARS else _c_type(field.type)
    return f"{kind} {', '.join(field.names)}" + (f"[{field.count}]" if field.count else "")


def _c_type(kind: str) -> str:
    if kind == "f32":
        return "uint32_t"
    return f"{'u' if kind[0] == 'u' else ''}int{kind[1:]}_t"


def _payload(item: Message) -> list[str]:
    text = item.text[:1].upper() + item.text[1:]
    name = item.name.upper()
    listed = item.listed()
    if item.in_table:
        column = max(len(kind) + len(field) + 3 for kind, field, _ in listed)
        rows = [f" *   {f'{kind} {field}':<{column}}{note}".rstrip() for kind, field, note in listed]
        head = _comment(f"{name}: {text}\n\n.", typed=False)[:-2]
        return [*head, *rows, " */"]
    parts = [f"{kind} {field}" + (f" ({note})" if note else "") for kind, field, note in listed]
    return _comment(f"{name}: {', '.join(parts) or 'nothing'}" + (f". {text}" if text else ""), typed=False)


def _asserts(records: Iterable[Record]) -> list[str]:
    lines = [
        f"typedef char vox_size_of_{r.name}[sizeof(vox_{r.name}) == {r.size} ? 1 : -1];" for r in records
    ]
    if not lines:
        return []
    return ["/* Read in place: a compiler that lays one of them out otherwise stops here. */", *lines, ""]


def _prose(text: str, *, typed: bool = True) -> str:
    """No marks of documents; types as C spells them."""
    plain = text.replace("`", "")
    if "*/" in plain:
        raise ValueError(f"*/ ends a comment: {text}")
    return re.sub(r"(?<![\w-])([ui])(8|16|32|64)(?=[\[ ,;:.)]|$)", _spelt, plain) if typed else plain


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False)


def _spelt(found: re.Match[str]) -> str:
    return f"{'u' if found.group(1) == 'u' else ''}int{found.group(2)}_t"


def _comment(text: str, *, typed: bool = True) -> list[str]:
    paragraphs = [_wrapped(_prose(part, typed=typed), _WIDTH - 3) for part in text.split("\n\n")]
    lines = [line for part in paragraphs for line in [*part, ""]][:-1]
    if len(lines) == 1 and len(lines[0]) <= _WIDTH - 6:
        return [f"/* {lines[0]} */"]
    block = [f"/* {lines[0]}", *(f" * {line}".rstrip() for line in lines[1:])]
    if len(paragraphs) > 1:
        return [*block, " */"]
    if len(block[-1]) + 3 > _WIDTH:
        return _comment_narrow(paragraphs[0])
    return [*block[:-1], f"{block[-1]} */"]


def _comment_narrow(lines: list[str]) -> list[str]:
    again = _wrapped(" ".join(lines), _WIDTH - 6)
    return [f"/* {again[0]}", *(f" * {line}" for line in again[1:-1]), f" * {again[-1]} */"]


def _aligned(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Code and a comment behind it. Comments of lines that follow each other stand in one column; those
    too long for their line go on below, of macros stand above.
    """
    lines: list[str] = []
    for commented, run in groupby(((code, _prose(text)) for code, text in rows), lambda row: bool(row[1])):
        listed = list(run)
        if commented:
            lines += _run(listed)
        else:
            lines += [code for code, _ in listed]
    return lines


def _run(rows: Sequence[tuple[str, str]]) -> list[str]:
    column = max(len(code) + 1 for code, _ in rows)
    width = _WIDTH - column - len("/*  */")
    long = next(
        (i for i, (code, text) in enumerate(rows) if code.startswith("#") and len(text) > width), None
    )
    if long is not None:
        before, after = rows[:long], rows[long + 1 :]
        code, text = rows[long]
        return [*(_run(before) if before else []), *_comment(text), code, *(_run(after) if after else [])]
    lines = []
    for code, text in rows:
        wrapped = _wrapped(text, width)
        lines.append(f"{code:<{column}}/* {wrapped[0]}")
        lines += [" " * (column + 3) + line for line in wrapped[1:]]
        lines[-1] += " */"
    return lines


_MAKERS: tuple[tuple[type[Item], Callable[[Any], list[str]]], ...] = (
    (Heading, _heading),
    (Constants, _constants),
    (Values, _values),
    (Codes, _codes),
    (Tags, _tags),
    (Record, _record),
    (Message, _message),
)
