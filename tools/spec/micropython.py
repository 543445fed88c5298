"""Constants for the helpers that boards get: a block in a file that is copied as it is."""

from __future__ import annotations

from collections.abc import Mapping

from spec.blocks import replaced
from spec.items import Codes, Constants, File, Message
from spec.python import FORMATS

_BEGIN = r"# spec: (\w+)"
_END = "# end of spec"
_FILES = ("status.toml", "link.toml")
_MORE = ("heard", "event_kind")  # of other files


def with_constants(text: str, files: Mapping[str, File]) -> str:
    """A helper with its block renewed."""
    return replaced(text, _BEGIN, _END, lambda _: "\n".join(_constants(files)) + "\n")


def _constants(files: Mapping[str, File]) -> list[str]:
    every = [
        item for name, file in files.items() for item in file.items if name in _FILES or item.name in _MORE
    ]
    lines = []
    for item in every:
        if isinstance(item, Constants):
            lines += [f"_{row.name} = const({row.value})" for row in item.rows]
        elif isinstance(item, Codes):
            lines += [f"_{item.prefix}{row.name} = const({row.value})" for row in item.rows]
        elif isinstance(item, Message):
            lines.append(f"_MSG_{item.name.upper()} = const(0x{item.code:02X})")
            if item.fields:
                lines.append(f'_{item.name.upper()}_LAYOUT = const("{_layout(item)}")')
                lines.append(f"_{item.name.upper()}_SIZE = const({sum(field.size for field in item.fields)})")
    return lines


def _layout(item: Message) -> str:
    """Reserved bytes are numbers here: `x` is missing in older versions."""
    return "<" + "".join(
        FORMATS[field.type] * max(field.count, 1) * len(field.names) for field in item.fields
    )
