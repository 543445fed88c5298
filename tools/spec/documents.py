"""Tables of the documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from spec.blocks import replaced
from spec.items import Codes, Constants, Field, File, Item, Message, Record, Tags, Values

_BEGIN = r"<!-- spec: ([\w.]+) -->"
_END = "<!-- end of spec -->"


def with_tables(text: str, files: Mapping[str, File]) -> str:
    """A document with its blocks renewed: named after items, files of operators, or messages."""
    writer = _Writer(files)
    return replaced(text, _BEGIN, _END, lambda name: "\n" + "\n".join(writer.block(name)) + "\n\n")


class _Writer:
    def __init__(self, files: Mapping[str, File]) -> None:
        self._files = files
        self._items = {item.name: item for file in files.values() for item in file.items}
        self._numbers = dict(self._limits())

    def _limits(self) -> list[tuple[str, str]]:
        found = []
        for item in self._items.values():
            if isinstance(item, Constants):
                found += [(f"VOX_{row.name}", _number(row.value, row.expression)) for row in item.rows]
            if isinstance(item, Values):
                found.append((f"VOX_{item.macro}", ", ".join(map(str, item.values))))
        return found

    def block(self, name: str) -> list[str]:
        """The lines of one block."""
        if name in ("requests", "replies"):
            return self._messages(name == "requests")
        if name in self._files:
            records = [item for item in self._files[name].items if isinstance(item, Record) and item.ops]
            records.sort(key=lambda record: record.ops[0].value)
            return [line for record in records for line in self._operator(record)][:-1]
        if name not in self._items:
            raise ValueError(f"there is no {name!r} in the spec")
        return self._item(self._items[name])

    def _item(self, item: Item) -> list[str]:
        if isinstance(item, Constants):
            rows = ((f"VOX_{row.name}", _number(row.value, row.expression), row.text) for row in item.rows)
            return self._table(("name", "value", ""), rows)
        if isinstance(item, Codes):
            return self._codes(item)
        if isinstance(item, Tags):
            return self._table(
                ("tag", "holds", ""), ((f"`{row.tag}`", row.text, row.when) for row in item.rows)
            )
        if isinstance(item, Record):
            return self._record(item)
        if isinstance(item, Message):
            return self._table(("type", "field", ""), item.listed())
        raise ValueError(f"{item.name} has no table")

    def _codes(self, item: Codes) -> list[str]:
        if "told" in item.columns:
            return self._table(
                ("status", "", "means"),
                ((f"`VOX_{r.name}`", str(r.value), r.text or r.told) for r in item.rows),
            )
        head = ["code", f"`VOX_{item.prefix}`", ""]
        more: list[Callable[..., str]] = []
        if "index" in item.columns:
            head, more = [*head, "index"], [lambda row: row.index or "0"]
        if "called" in item.columns:
            head = [*head, f"`VOX_{item.needs.upper()}_`", "in experiment files"]
            more = [lambda row: ", ".join(row.needs), lambda row: f"`{row.called}`"]
        return self._table(
            head,
            ((str(row.value), row.name, row.text, *(each(row) for each in more)) for row in item.rows),
        )

    def _record(self, item: Record) -> list[str]:
        rows, at = [], item.start
        for field in item.fields:
            note = "0" if field.reserved else field.text
            rows.append((str(at), _type(field), ", ".join(field.names), note))
            at += field.size
        return self._table(("offset", "type", "field", ""), rows)

    def _operator(self, item: Record) -> list[str]:
        names = ", ".join(f"{op.value} {op.name}" for op in item.ops)
        tensors = f", {item.tensors}" if item.tensors else ""
        table = self._record(item) if item.fields else ["No fields of its own."]
        return [f"### {names} ({item.size} bytes){tensors}", "", *table, "", *self._filled(item.text), ""]

    def _messages(self, from_host: bool) -> list[str]:
        rows = []
        for item in self._items.values():
            if isinstance(item, Message) and item.from_host == from_host:
                payload = "below" if item.in_table else ", ".join(map(_payload, item.listed()))
                rows.append((f"0x{item.code:02X}", item.name.upper(), payload, item.text))
        return self._table(("type", "name", "payload", ""), rows)

    def _table(self, head: Sequence[str], rows: object) -> list[str]:
        lines = [_row(head), "|" + "---|" * len(head)]
        return [*lines, *(self._numbered(_row(row)) for row in rows)]  # type: ignore[attr-defined]

    def _filled(self, text: str) -> list[str]:
        """Wrapped to the width of the documents."""
        lines, line = [], ""
        for word in self._numbered(text).split():
            if len(line) + 1 + len(word) > 128:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        return [*lines, line]

    def _numbered(self, text: str) -> str:
        """Limits by their numbers."""
        return re.sub(r"VOX_[A-Z0-9_]+\b(?!\*)", lambda m: self._numbers.get(m.group(), m.group()), text)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(field: Field) -> str:
    kind = "u32" if field.type == "f32" else field.type
    return kind + (f"[{field.count}]" if field.count else "")


def _payload(listed: tuple[str, str, str]) -> str:
    kind, name, note = listed
    return f"{kind} {name}" + (f" ({note})" if note else "")


def _number(value: int, expression: str) -> str:
    if expression.startswith("1 << "):
        return f"2^{expression.removeprefix('1 << ')}"
    return expression if expression.startswith("0x") else str(value)
