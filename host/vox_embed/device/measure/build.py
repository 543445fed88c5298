"""The image that is measured: the board's own, with the model in it, and what gcc knows of its stacks."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.files import MODEL
from vox_embed.gate.locks import locked

CALL_GRAPHS = "-fcallgraph-info=su"
"""gcc option that writes a .ci file beside each object: frame sizes and calls. It changes no instruction."""
UNCACHED = {"CCACHE_DISABLE": "1"}
"""Environment of compilers that write call graphs: ccache gives objects without them."""

_OVERFLOW = re.compile(r"region [`'](\w+)' overflowed by (\d+) bytes")


@dataclass(frozen=True)
class Built:
    """A linked image and where it came from."""

    elf: Path
    call_graphs: tuple[Path, ...]
    """.ci files of everything compiled for it; empty where the compiler is not gcc."""
    prefix: str
    """Of the compiler's commands."""


@contextmanager
def board_image(
    root: Path,
    board: str,
    model: bytes,
    prefix: str,
    operators: Sequence[str] = (),
    *,
    lists: str | None = None,
) -> Iterator[Built]:
    """Build boards/<board>.yaml of the checkout `root` with CMake, with a model built in.

    operators: those of 16-bit activations that it carries (`program.on_demand`).
    lists: C text of the kernels and front ends to build in, in place of all.

    It is kept in build/measure/<board>, with `lists` in <board>-lean, for the next time; while the block
    runs no other process builds there. Raises VoxError where a tool is missing, the compiler complains or
    the image does not fit (by how much).
    """
    with _build_folder(root, board if lists is None else f"{board}-lean") as folder:
        file = folder / MODEL
        if not file.is_file() or file.read_bytes() != model:
            file.write_bytes(model)
        chosen = folder / "lists.c"
        if lists is not None and _read(chosen) != lists:
            chosen.write_text(lists)
        stamp = _stamp(root, board, operators)
        if not (folder / "build.ninja").is_file() or _read(folder / "stamp") != stamp:
            shutil.rmtree(folder / "CMakeFiles", ignore_errors=True)
            (folder / "CMakeCache.txt").unlink(missing_ok=True)
            flags = f"{os.environ.get('CFLAGS', '')} {CALL_GRAPHS if _is_gcc(prefix) else ''}".strip()
            configure = ["cmake", "--preset", board, "-B", str(folder), f"-DVOX_MODEL={file}"]
            configure.append(f"-DVOX_MORE_OPERATORS={';'.join(operators)}")
            configure.append(f"-DVOX_LISTS={chosen if lists is not None else ''}")
            _run(board, configure, root, {"CFLAGS": flags})
            (folder / "stamp").write_text(stamp)
        _run(board, ["cmake", "--build", str(folder), "--parallel", "2"], root)
        images = [p for p in (folder / f"vox-{board}.elf", folder / f"vox-{board}") if p.is_file()]
        if not images:
            raise VoxError(f"building {board} left no image vox-{board} in {folder}")
        yield Built(images[0], _call_graphs(folder), prefix)


def _call_graphs(folder: Path) -> tuple[Path, ...]:
    """The .ci files of the objects that belong to the image: a removed source leaves its own behind."""
    commands: list[dict[str, str]] = json.loads((folder / "compile_commands.json").read_text())
    found = []
    for entry in commands:
        for output in re.findall(r" -o (\S+)", entry["command"]):
            graph = Path(entry["directory"], output).with_suffix(".ci")
            found += [graph] if graph.is_file() else []
    return tuple(sorted(found))


@contextmanager
def _build_folder(root: Path, name: str) -> Iterator[Path]:
    """build/measure/<name>, locked; a temporary folder where an installation cannot be written to."""
    folder = root / "build" / "measure" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = ExitStack()
        lock.enter_context(locked(folder / ".lock", wait=True))
    except OSError:
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary)
        return
    with lock:
        yield folder


def _stamp(root: Path, board: str, operators: Sequence[str]) -> str:
    """Of whatever CMake reads only once: the board's flags, its preset, the toolchain file, operators."""
    digest = hashlib.sha256(" ".join([os.environ.get("CFLAGS", ""), *operators]).encode())
    for path in (
        root / "boards" / f"{board}.yaml",
        root / "boards" / "keys.txt",
        root / "CMakePresets.json",
        *sorted((root / "boards" / "cmake").glob("*.cmake")),
    ):
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _is_gcc(prefix: str) -> bool:
    if prefix:
        return True
    said = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=False).stdout
    return "Free Software Foundation" in said


def _run(board: str, command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | (environment or {}) | UNCACHED,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    if done.returncode != 0:
        said = done.stdout + done.stderr
        over = dict(_OVERFLOW.findall(said))
        if over:
            parts = ", ".join(f"{region} by {int(count):,} bytes" for region, count in sorted(over.items()))
            raise VoxError(
                f"the image does not fit {board}: it overflows {parts}",
                "train a smaller model, or choose a larger board; or, for RAM, lower arena_kb or "
                f"model_slot_kb in boards/{board}.yaml, as far as the model allows",
            )
        tail = "\n".join(said.strip().splitlines()[-15:])
        raise VoxError(f"building the image for {board} failed ({' '.join(command[:3])} ...):\n{tail}")
