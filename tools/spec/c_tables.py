"""C files that are nothing but a table by code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spec.c import NOTE
from spec.items import Codes, Constants, File, Record
from spec.outputs import SmallBuild

_EVERYTHING = "An export has its own table, of what its model uses."
_ON_DEMAND = (
    "Operators of 16 bits are in builds that define VOX_WITH_<operator>\n"
    " * for each, or VOX_ALL_OPERATORS (nn.h)."
)


def status_text(files: Mapping[str, File]) -> str:
    """The sentences of status codes."""
    lines = ['#include "vox/status_text.h"', "", "const char *vox_status_text(int status)", "{"]
    lines.append("    switch (status) {")
    for row in _codes(files, "status").rows:
        lines += [f"    case VOX_{row.name}:", f'        return "{row.told}";']
    return _file([*lines, "    default:", '        return "unknown status";', "    }", "}"])


def functional_needs(files: Mapping[str, File]) -> str:
    """What functionals need."""
    item = _codes(files, "functional_code")
    lines = ['#include "functionals/set.h"', ""]
    lines.append(f"const uint8_t vox_functional_needs[VOX_{item.prefix}LAST + 1u] = {{")
    for row in item.rows:
        groups = " | ".join(f"VOX_{item.needs.upper()}_{name}" for name in row.needs)
        lines.append(f"    [VOX_{item.prefix}{row.name}] = {groups},")
    return _file([*lines, "};"])


def descriptor_sets(files: Mapping[str, File]) -> str:
    """Sets of descriptor codes by what they are found in."""
    item, sources = _codes(files, "descriptor_code"), _codes(files, "descriptor_source")
    lines = ["#ifndef VOX_FRONTEND_CODES_H", "#define VOX_FRONTEND_CODES_H", ""]
    lines += ['#include "vox/model_format.h"', "", "/* Bit of a code in a set of codes. */"]
    lines += ["#define VOX_NEEDS(code) ((uint32_t)1 << (code))", ""]
    lines += ["/* All there are. */", f"#define VOX_OF_ANY {_set(item, [row.name for row in item.rows])}"]
    for source in sources.rows:
        names = [row.name for row in item.rows if source.name in row.needs]
        lines += ["", f"/* {source.text[:1].upper()}{source.text[1:]}. */".replace("`", "")]
        lines.append(f"#define VOX_{sources.prefix}{source.name} {_set(item, names)}")
    about = "Sets of descriptor codes: what a list asks for, and what that is found in."
    return _file([*lines, "", "#endif"], about)


def _set(item: Codes, names: Iterable[str]) -> str:
    return "({})".format(" | ".join(f"VOX_NEEDS(VOX_{item.prefix}{name})" for name in names))


def kernels(files: Mapping[str, File]) -> str:
    """All kernels."""
    return _file(
        _objects("vox/nn.h", "kernel", _codes(files, "op_code"), on_demand=_constant(files, "ON_DEMAND")),
        f"{_EVERYTHING} {_ON_DEMAND}",
    )


def reserved(files: Mapping[str, File]) -> str:
    """Bytes of op records that have to be zero."""
    rows = []
    for item in (item for file in files.values() for item in file.items if isinstance(item, Record)):
        at = item.start
        for field in item.fields:
            if field.reserved:
                rows += [(op.value, f"    {{VOX_OP_{op.name}, {at}, {field.size}}},") for op in item.ops]
            at += field.size
    lines = ['#include "program/reserved.h"', "", '#include "vox/model_format.h"', ""]
    lines += ["const vox_reserved_bytes vox_reserved[] = {", *(line for _, line in sorted(rows)), "};"]
    return _file([*lines, "const size_t vox_reserved_count = sizeof vox_reserved / sizeof vox_reserved[0];"])


def frontends(files: Mapping[str, File]) -> str:
    """All kinds of front ends."""
    return _file(_objects("frontend/kind.h", "frontend_kind", _codes(files, "frontend_kind")), _EVERYTHING)


def lists(files: Mapping[str, File], build: SmallBuild) -> str:
    """Kernels and front ends of a build that leaves some out."""
    kernels = _objects("vox/nn.h", "kernel", _codes(files, "op_code"), build.operators_end)
    kinds = _codes(files, "frontend_kind")
    return _file(
        [*kernels, "", *_objects("frontend/kind.h", "frontend_kind", kinds, build.frontends_end)], build.about
    )


def _objects(
    header: str, kind: str, item: Codes, end: int | None = None, on_demand: int | None = None
) -> list[str]:
    """A table of pointers to objects, vox_<kind>_<name> or, of front ends, vox_frontend_<name>. end: the code
    from which on they are left out. on_demand: the code from which on a build has to ask for them."""
    prefix = f"vox_{kind.removesuffix('_kind')}_"
    rows = [row for row in item.rows if end is None or row.value < end]
    lines = [f'#include "{header}"', ""]
    table = ["", f"const vox_{kind} *const vox_{kind}s[] = {{"]
    for row in rows:
        name, asked = prefix + row.name.lower(), on_demand is not None and row.value >= on_demand
        before = [f"#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_{row.name})"] if asked else []
        behind = ["#endif"] if asked else []
        lines += [*before, f"extern const vox_{kind} {name};", *behind]
        table += [*before, f"    [VOX_{item.prefix}{row.name}] = &{name},", *behind]
    lines += table
    count = f"const size_t vox_{kind}_count = sizeof vox_{kind}s / sizeof vox_{kind}s[0];"
    return [*lines, "};", count]


def _constant(files: Mapping[str, File], name: str) -> int:
    items = [item for file in files.values() for item in file.items if isinstance(item, Constants)]
    (value,) = (row.value for item in items for row in item.rows if row.name == name)
    return value


def _codes(files: Mapping[str, File], name: str) -> Codes:
    (item,) = (
        item
        for file in files.values()
        for item in file.items
        if item.name == name and isinstance(item, Codes)
    )
    return item


def _file(lines: Iterable[str], more: str = "") -> str:
    head = [f"/* {NOTE}", f" * {more} */"] if more else [f"/* {NOTE} */"]
    return "\n".join([*head, *lines]) + "\n"
