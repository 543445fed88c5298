"""Makes from firmware/vox/spec everything that repeats it: C headers, host/vox_embed/spec, the constants in
micropython/lib/vox_link.py, the lists of MicroPython's small modules, and the tables of
docs/model-format.md and docs/link-protocol.md.

    python tools/generate_spec.py           # writes them
    python tools/generate_spec.py --check   # names those that are not what the spec makes; exit status 1
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from spec import c, c_tables, documents, micropython, outputs, python
from spec.items import File
from spec.read import read_spec

ROOT = Path(__file__).resolve().parents[1]


def generated(root: Path = ROOT) -> dict[str, str]:
    """Path below the root -> what the file should hold."""
    files = read_spec(root / "firmware" / "vox" / "spec", outputs.ORDER)
    made: dict[str, str] = {}
    for header in outputs.HEADERS:
        text = c.header(header, [files[name] for name in header.files])
        made[f"firmware/vox/{header.path}"] = _formatted("clang-format", text, root)
    for path, make in _TABLES:
        made[f"firmware/vox/{path}"] = _formatted("clang-format", make(files), root)
    for build in outputs.SMALL_BUILDS:
        made[build.path] = _formatted("clang-format", c_tables.lists(files, build), root)
    for name, (about, parts) in outputs.PYTHON.items():
        text = python.module(about, [files[part] for part in parts])
        made[f"host/vox_embed/spec/{name}"] = _formatted("ruff", text, root)
    for path, renew in _marked():
        made[path] = renew((root / path).read_text(encoding="utf-8"), files)
    return made


_TABLES: tuple[tuple[str, Callable[[Mapping[str, File]], str]], ...] = (
    (outputs.STATUS_TEXT, c_tables.status_text),
    (outputs.NEEDS, c_tables.functional_needs),
    (outputs.DESCRIPTOR_SETS, c_tables.descriptor_sets),
    (outputs.KERNELS, c_tables.kernels),
    (outputs.RESERVED, c_tables.reserved),
    (outputs.FRONTENDS, c_tables.frontends),
)


def _marked() -> tuple[tuple[str, Callable[[str, Mapping[str, File]], str]], ...]:
    return (
        (outputs.MICROPYTHON, micropython.with_constants),
        *((path, documents.with_tables) for path in outputs.DOCUMENTS),
    )


def _formatted(tool: str, text: str, root: Path) -> str:
    """As tools/lint.sh wants it."""
    arguments = {"clang-format": ["--assume-filename=x.c"], "ruff": ["format", "--stdin-filename=x.py", "-"]}[
        tool
    ]
    program = Path(sys.executable).parent / tool
    done = subprocess.run(
        [str(program) if program.exists() else tool, *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    )
    return done.stdout


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    args = parser.parse_args()
    other = {path: text for path, text in generated().items() if not _holds(ROOT / path, text)}
    for path, text in other.items():
        if args.check:
            print(f"{path} is not what firmware/vox/spec makes: run python tools/generate_spec.py")
        else:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8")
            print(path)
    return 1 if args.check and other else 0


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
