"""`vox-embed import-tflite`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vox_embed.cli.say import say_json

if TYPE_CHECKING:
    from vox_embed.program.program import Program

_NAME = 28


def import_tflite(
    file: Annotated[Path, typer.Argument(help="A .tflite, quantised to int8 throughout.")],
    out: Annotated[
        Path, typer.Option(help="Folder to write <name>.vxm to; made if missing. Default: here.")
    ] = Path(),
    manifest: Annotated[
        Path | None,
        typer.Option(
            help="The .json of a microWakeWord model: the .vxm hears, with its front end and cutoff."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Turn a quantised TensorFlow Lite network into a .vxm: a bare network that runs on tensors, or with
    --manifest one that hears a wake word.

    It gives the same bits as TensorFlow Lite's reference kernels. An operator that is not supported is named,
    with its place in the graph.

    Example: vox-embed import-tflite okay_nabu.tflite --manifest okay_nabu.json --out models/okay_nabu
    """
    from vox_embed.core import Model
    from vox_embed.experiment.errors import VoxError
    from vox_embed.gate.files import write_atomic

    program, data = imported(file) if manifest is None else wake_word(file, manifest)
    path = out / f"{file.stem}.vxm"
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
    except OSError as error:
        raise VoxError(f"{path}: cannot be written: {error.strerror}", "choose another --out") from None
    crc = f"{Model(data).crc:08x}"
    if json:
        say_json(_as_json(program, path, data, crc))
    else:
        _show(program, path, data, crc)


def imported(file: Path) -> tuple[Program, bytes]:
    """The program of a .tflite, and the .vxm it becomes. VoxError where it is damaged or not supported."""
    from vox_embed.program.bands import in_bands
    from vox_embed.program.build import build_network

    content = _content(file)
    program = in_bands(_lowered(file, content))
    ends = {key: parts for key, parts in _ends(program).items() if parts}
    return program, build_network(program, {**_meta(file, content), **ends})


def wake_word(file: Path, manifest: Path) -> tuple[Program, bytes]:
    """The same of a microWakeWord model, and the .vxm that hears it. VoxError where they do not fit."""
    from vox_embed.program.manifest import build_wake_word, check_belongs, read_manifest

    known = read_manifest(manifest)
    check_belongs(known, file)
    content = _content(file)
    program = _lowered(file, content)
    return program, build_wake_word(known, program, _meta(file, content))


def _content(file: Path) -> bytes:
    from vox_embed.experiment.errors import VoxError
    from vox_embed.gate.files import read_bytes
    from vox_embed.gate.limits import TFLITE_BYTES

    try:
        return read_bytes(file, TFLITE_BYTES)
    except OSError as error:
        raise VoxError(f"{file}: cannot be read: {error.strerror or error}") from None


def _meta(file: Path, content: bytes) -> dict[str, str]:
    import hashlib

    from vox_embed.gate.text import shown
    from vox_embed.version import __version__

    return {
        "name": shown(file.stem, 200),
        "source": shown(file.name, 200),
        "source_sha256": hashlib.sha256(content).hexdigest(),
        "vox_embed": __version__,
    }


def _lowered(file: Path, content: bytes) -> Program:
    from vox_embed.experiment.needs import need_packages
    from vox_embed.program.tflite import lower_tflite

    need_packages("reading .tflite files", ["tflite"])
    return lower_tflite(content, str(file))


def _ends(program: Program) -> dict[str, list[dict[str, Any]]]:
    """What several inputs or outputs are, one behind the other; nothing where there is one."""
    from dataclasses import asdict

    from vox_embed.gate.text import shown

    both = {"inputs": program.inputs, "outputs": program.outputs}
    return {
        key: [{**asdict(part), "name": shown(part.name, 200)} for part in parts]
        for key, parts in both.items()
    }


def _tensor(program: Program, which: str) -> dict[str, Any]:
    tensor = program.input_tensor if which == "input" else program.output_tensor
    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "scale": tensor.scale,
        "zero_point": tensor.zero_point,
    }


def _as_json(program: Program, path: Path, data: bytes, crc: str) -> dict[str, Any]:
    return {
        "model": str(path),
        "bytes": len(data),
        "crc32": crc,
        "macs": program.macs,
        "arena": program.arena_size,
        "weights": program.weight_bytes,
        "input": _tensor(program, "input"),
        "output": _tensor(program, "output"),
        **_ends(program),
        "layers": [
            {
                "op": row.kind,
                "name": row.name,
                "shape": list(row.shape),
                "macs": row.macs,
                "weight_bytes": row.weight_bytes,
            }
            for row in program.describe()
        ],
    }


def _shortened(name: str) -> str:
    """Fused tensors carry the names of all that went into them."""
    return name if len(name) <= _NAME else name[: _NAME - 3] + "..."


def _show(program: Program, path: Path, data: bytes, crc: str) -> None:
    from rich.table import Table

    from vox_embed.cli.console import output

    console = output()
    table = Table(box=None, pad_edge=False)
    table.add_column("layer", justify="right", no_wrap=True)
    table.add_column("op", no_wrap=True)
    for title in ("shape", "MACs", "weights"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("output tensor", no_wrap=True)
    for i, row in enumerate(program.describe()):
        shape = "x".join(map(str, row.shape[1:]))
        macs = f"{row.macs:,}" if row.macs else ""
        weights = f"{row.weight_bytes:,} B" if row.weight_bytes else ""
        table.add_row(str(i), row.kind, shape, macs, weights, _shortened(row.name))
    console.print(table)
    for key, parts in _ends(program).items():
        for part in parts:
            shape = "x".join(map(str, part["shape"]))
            console.print(f"{key} {part['name']}: {shape}, int8, from element {part['first']}")
    console.print(
        f"{program.macs:,} MACs, {program.weight_bytes:,} B of weights and tables, "
        f"{program.arena_size:,} B of arena"
    )
    console.print(f"{path}: {len(data):,} B, CRC {crc}")
    console.print(f"next: vox-embed bench {shlex.quote(str(path))}")
