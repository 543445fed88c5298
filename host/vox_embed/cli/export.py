"""`vox-embed export`."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vox_embed.cli.say import say, say_json
from vox_embed.experiment.defaults import DEFAULT_TARGET
from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    from vox_embed.experiment.results import Found
    from vox_embed.export import ExportModel, Footprint, Target


class Format(StrEnum):
    """Other programs' files."""

    EMLEARN = "emlearn"
    MPY = "mpy"


class Style(StrEnum):
    """Of a C export."""

    LIBRARY = "library"
    INLINE = "inline"
    AMALGAMATED = "amalgamated"


def export(  # noqa: PLR0917
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            help="c99, arduino, zephyr, esp-idf, esphome, cmsis-pack, web, vxm, or a board (`vox-embed "
            "boards`); "
            "default: the experiment's."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to make; default: build/export/<model>-<target>.")
    ] = None,
    style: Annotated[
        Style,
        typer.Option(
            help="c99 only. library: firmware/vox and the model; amalgamated: the same in vox.c and vox.h; "
            "inline: trees as plain C."
        ),
    ] = Style.LIBRARY,
    format: Annotated[  # noqa: A002 - as it is typed
        Format | None,
        typer.Option(
            help="emlearn: a forest for emlearn and emlearn-micropython; mpy: a folder for MicroPython."
        ),
    ] = None,
    arch: Annotated[
        str | None, typer.Option(help="mpy only: architecture of the module; default: the board's.")
    ] = None,
    sign: Annotated[
        Path | None, typer.Option(help="vxm only: sign it with this private key (`vox-embed keys new`).")
    ] = None,
    revision: Annotated[
        int, typer.Option(help="With --sign: boards that guard against old models take none of a lower one.")
    ] = 0,
    lean: Annotated[
        bool,
        typer.Option(
            "--lean",
            help="Boards only: leave out what this model does not need; what needs it is refused then.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the folder, whatever it holds.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Make a folder that builds for a device, and show the flash and RAM it takes.

    Example: vox-embed export example --target c99 --out example-c99
    """
    from vox_embed.cli.console import messages, output
    from vox_embed.cli.real_time import say_share, share_as_json
    from vox_embed.experiment.results import find
    from vox_embed.export import ExportModel, export_model, find_target
    from vox_embed.export.mpy import MicroPython

    found = find(model)
    preferred = DEFAULT_TARGET
    if target is None and found.experiment is not None:
        preferred = found.need_experiment(expand=False).export.target
    named = _styled(target or preferred, style, given=target is not None)
    if format is Format.MPY:
        chosen: Target = MicroPython(named, arch)
    elif arch is not None:
        raise VoxError("--arch chooses a MicroPython module", "add --format mpy")
    else:
        chosen = find_target(named if format is None else format.value)
    if lean:
        chosen = chosen.made_lean()
    source = ExportModel.read(found.need_model(), found.name)
    if sign is not None:
        source = _signed(source, chosen, sign, revision)
    folder = out or Path("build") / "export" / f"{source.name}-{chosen.name}"
    if chosen.name == Format.EMLEARN:
        _compare_emlearn(found, source.data)
    files = export_model(chosen, source, folder, force=force)
    with messages().status("measuring flash and RAM"):
        footprint = chosen.footprint(source, folder)
    if json:
        said = _as_json(chosen, source, folder, files, footprint)
        say_json(said | share_as_json(source.core, chosen.board_name))
    else:
        _show(chosen, source, folder, files, footprint)
        if chosen.board_name is not None:
            say_share(source.core, chosen.board_name, output())


def _signed(source: ExportModel, chosen: Target, key: Path, revision: int) -> ExportModel:
    from vox_embed.export.vxm import Vxm
    from vox_embed.program.signature import private_key, sign

    if not isinstance(chosen, Vxm):
        raise VoxError(
            f"--sign signs a model that is pushed to a board, not the export {chosen.name}",
            "add --target vxm; a model that is built into firmware is trusted as the firmware is",
        )
    return replace(source, data=sign(source.data, private_key(key), revision))


def _styled(target: str, style: Style, *, given: bool) -> str:
    if style is Style.LIBRARY:
        return target
    if given and target not in ("c99", style.value):
        raise VoxError(
            f"--style {style.value} makes plain C, not an export for {target}",
            "leave --target out, or say c99",
        )
    return style.value


def _compare_emlearn(found: Found, data: bytes) -> None:
    if found.experiment is None:
        say("not compared with the model: no experiment, so no test data, is known for it", error=True)
        return
    from vox_embed.runs.agreement import emlearn_agreement

    share = emlearn_agreement(found.need_experiment(), data)
    say(
        f"{share['windows']:.0f} test windows: the CSV decides as the model in {share['csv']:.2%} of them, "
        f"the C header in {share['c']:.2%}",
        error=True,
    )


def _as_json(
    target: Target, model: ExportModel, folder: Path, files: list[str], footprint: Footprint
) -> dict[str, Any]:
    return {
        "target": target.name,
        "folder": str(folder),
        "files": len(files),
        "model": {"name": model.name, "bytes": footprint.model, "crc32": f"{model.core.crc:08x}"},
        "flash": {"code": footprint.code, "model": footprint.model},
        "ram": {"static": footprint.static, "listener": footprint.listener, "arena": footprint.arena},
        "measured_for": footprint.measured_for,
        "missing": footprint.missing,
        "next": target.next_command(model, folder),
    }


def _show(target: Target, model: ExportModel, folder: Path, files: list[str], footprint: Footprint) -> None:
    from rich.table import Table
    from rich.text import Text

    from vox_embed.cli.console import output

    console = output()
    title = Text.assemble((model.name, "bold"), f" for {target.name}: {len(files)} files in {folder}")
    console.print(title)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column()
    table.add_column(justify="right")
    unknown = "not measured"
    rows = [
        ("flash", "code", footprint.code),
        ("", "model", footprint.model),
        ("RAM", "static", footprint.static),
        ("", "running model" if footprint.listener else "tensors", footprint.listener or footprint.arena),
    ]
    if footprint.listener:
        rows.append(("", "  of it tensors", footprint.arena))
    for kind, part, size in rows:
        table.add_row(kind, part, unknown if size is None else f"{size:,} B")
    console.print(table)
    if footprint.measured_for:
        console.print(f"measured: {footprint.measured_for}")
    if footprint.missing:
        console.print(footprint.missing)
    following = target.next_command(model, folder)
    if following is not None:
        console.print(f"next: {following}")
