"""What the structured fuzzer knows of the format, from firmware/vox/spec:  python tests/fuzz/fields.py OUT.h

Every record's fields (offset and width), the op records by their code, and the numbers that rules are about.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from spec.items import SCALARS, Codes, Constants, File, Item, Record, Values  # noqa: E402
from spec.outputs import MODEL_FORMAT, OPERATORS, ORDER  # noqa: E402
from spec.read import read_spec  # noqa: E402


def places(record: Record, records: Mapping[str, Record], start: int = 0) -> Iterator[tuple[int, int]]:
    """Offset and width of every number in a record, those of nested ones too."""
    at = start
    for field in record.fields:
        count = (field.count or 1) * len(field.names)
        for _ in range(count):
            if field.type in SCALARS:
                yield at, SCALARS[field.type]
                at += SCALARS[field.type]
            else:
                yield from places(records[field.type], records, at)
                at += records[field.type].size


def header(files: Mapping[str, File]) -> str:
    """The C text."""
    items: list[Item] = [item for name in (*MODEL_FORMAT, *OPERATORS) for item in files[name].items]
    records = {item.name: item for item in items if isinstance(item, Record)}
    lines = ["/* Made by tests/fuzz/fields.py from firmware/vox/spec. */", "#include <stdint.h>", ""]
    lines += ["typedef struct { uint16_t at; uint8_t width; } fuzz_field;"]
    lines += ["typedef struct { const fuzz_field *fields; uint16_t count, size; } fuzz_record;", ""]
    ops: dict[int, str] = {}
    for name, record in records.items():
        start = 8 if record.ops else 0  # `op` comes first
        head = list(places(records["op"], records)) if record.ops else []
        body = list(places(record, records, 0 if not record.ops or _has_op(record) else start))
        found = [*head, *body] if record.ops and not _has_op(record) else body
        cells = ", ".join(f"{{{at}, {width}}}" for at, width in found)
        lines.append(f"static const fuzz_field fields_{name}[] = {{{cells}}};")
        lines.append(
            f"static const fuzz_record record_{name} = {{fields_{name}, {len(found)}, {record.size}}};"
        )
        ops |= dict.fromkeys((op.value for op in record.ops), name)
    rows = ", ".join(f"[{code}] = &record_{name}" for code, name in sorted(ops.items()))
    lines += ["", f"static const fuzz_record *const op_records[] = {{{rows}}};"]
    lines += [f"#define OP_RECORDS {max(ops) + 1}u"]
    numbers = sorted(set(_numbers(items)))
    lines += [f"static const uint32_t numbers[] = {{{', '.join(f'{n}u' for n in numbers)}}};"]
    return "\n".join(lines) + "\n"


def _has_op(record: Record) -> bool:
    return any(field.type == "op" for field in record.fields)


def _numbers(items: list[Item]) -> Iterator[int]:
    """Limits, codes and powers of two, and what lies next to them."""
    found = {1 << n for n in range(32)}
    for item in items:
        if isinstance(item, (Constants, Codes)):
            found |= {row.value for row in item.rows}
        elif isinstance(item, Values):
            found |= set(item.values)
    for number in found:
        yield from ((number + more) % 2**32 for more in (-1, 0, 1))


def main() -> None:
    Path(sys.argv[1]).write_text(header(read_spec(ROOT / "firmware" / "vox" / "spec", ORDER)), "utf-8")


if __name__ == "__main__":
    main()
