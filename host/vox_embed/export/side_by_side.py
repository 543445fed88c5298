"""What lets several exports stand in one program: the linker makes one library of theirs.

Each export brings the sources that its model uses. Linked as archives, the first one gives what both have,
and its tables find the other's kernels by weak references. Where an ecosystem links every object (Arduino,
Zephyr), the definitions themselves are weak, and the first of equal ones counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

from vox_embed.spec.model_format import FrontendKind, OpCode

_FUNCTION = re.compile(
    r'^(?:extern "C" (?:WEAK )?)?(?:VOX_COLD )?'
    r"(?!static|typedef|extern|else|return)[a-z][\w ]*?[ *](\w+)\([^;{}]*\)\n\{",
    re.M,
)
_DATA = re.compile(r"^(?:ALIGNED )?const [\w *]*?\b(\w+)(?:\[[^\]]*\])* =", re.MULTILINE)


def weakened(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same files; whatever a .c or .cpp file defines for others may be defined by another export, too."""
    return {
        path: _weak(data.decode()).encode() if path.endswith((".c", ".cpp")) else data
        for path, data in files.items()
    }


def _weak(text: str) -> str:
    names = dict.fromkeys(_FUNCTION.findall(text) + _DATA.findall(text))
    if not names:
        return text
    pragmas = "".join(f"#pragma weak {name}\n" for name in names)
    return f"/* Several exports may be linked into one program. */\n{pragmas}{text}"


def tables_unit(kernels: Iterable[OpCode], frontends: Iterable[FrontendKind], sources: str) -> str:
    """kernels.c: this model's kernels and front ends by code, and those of other exports in the program.

    sources: hash of what these files belong to; exports of different ones do not link.
    """
    lines = [
        "/* The kernels that this model uses, and, where the linker can tell, those that other exports",
        " * in the program bring. Made by vox-embed. */",
        '#include "frontend/kind.h"',
        '#include "vox/nn.h"',
        "",
        f"extern const char vox_sources_{sources};",
        f"const char vox_sources_{sources} = 0; /* all exports in a program are of one version */",
        *_table("kernel", "VOX_OP_", sorted(kernels), OpCode),
        *_table("frontend_kind", "VOX_FRONTEND_", sorted(frontends), FrontendKind),
    ]
    return "\n".join(lines) + "\n"


def needs(own: str, kernels: Iterable[OpCode], frontends: Iterable[FrontendKind], sources: str) -> str:
    """C text behind the model's constant: who links it links what it needs."""
    named = [f"vox_kernel_{code.name.lower()}" for code in sorted(kernels)]
    fronts = [f"vox_frontend_{code.name.lower()}" for code in sorted(frontends)]
    lines = [
        "",
        "/* Whoever links the model links these, also out of archives. */",
        *(f"extern const vox_kernel {name};" for name in named),
        *(["struct vox_frontend_kind;"] if fronts else []),
        *(f"extern const struct vox_frontend_kind {name};" for name in fronts),
        f"extern const char vox_sources_{sources};",
        f"extern const void *const {own}_needs[];",
        f"const void *const {own}_needs[] = {{",
        *(f"    &{name}," for name in [*named, *fronts, f"vox_sources_{sources}"]),
        "};",
    ]
    return "\n".join(lines) + "\n"


def _table(kind: str, prefix: str, codes: Sequence[IntEnum], known: Iterable[IntEnum]) -> list[str]:
    start = f"vox_{kind.removesuffix('_kind')}_"
    others = [code for code in known if code not in codes]
    rows = [f"    [{prefix}{code.name}] = &{start}{code.name.lower()}," for code in codes]
    weak = [f"    [{prefix}{code.name}] = &{start}{code.name.lower()}," for code in others]
    return [
        "",
        *(f"extern const vox_{kind} {start}{code.name.lower()};" for code in codes),
        "#if defined(__ELF__)",
        *(f"extern const vox_{kind} {start}{code.name.lower()} __attribute__((weak));" for code in others),
        "#endif",
        "",
        f"const vox_{kind} *const vox_{kind}s[] = {{",
        *rows,
        "#if defined(__ELF__) /* NULL where no export has it */",
        *weak,
        *(["#else", "    NULL,"] if not rows else []),
        "#endif",
        "};",
        "",
        f"const size_t vox_{kind}_count = sizeof vox_{kind}s / sizeof vox_{kind}s[0];",
    ]
