"""`vox-embed boards`, and `vox-embed boards add`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say, say_json
from vox_embed.experiment.errors import VoxError

boards = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@boards.callback()
def list_boards(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """List the boards that models can be exported for, and what has been tried on each; or add one.

    Example: vox-embed boards
    """
    if context.invoked_subcommand is not None:
        return
    from vox_embed.device.boards import all_boards
    from vox_embed.export.index import targets

    found = all_boards()
    if json:
        import dataclasses

        kits = {name: target.kit for name, target in targets().items() if target.kit}
        say_json({"boards": [dataclasses.asdict(board) for board in found], "not_built_here": kits})
        return

    from rich.table import Table

    from vox_embed.cli.console import output

    table = Table(box=None, pad_edge=False)
    for title in ("board", "core", "FPU"):
        table.add_column(title, no_wrap=True)
    for title in ("MHz", "flash kB", "RAM kB"):
        table.add_column(title, justify="right")
    for title in ("built", "emulated", "on hardware"):
        table.add_column(title, no_wrap=True)
    table.add_column("", overflow="fold")
    for board in found:
        sizes = [f"{size}" if size else "-" for size in (board.clock_mhz, board.flash_kb, board.ram_kb)]
        states = ["yes" if state else "no" for state in (board.built, board.emulated, board.hardware)]
        table.add_row(board.name, board.core, board.fpu, *sizes, *states, board.title)
    output(width=124).print(table)
    say(
        "\nbuilt: compiled in tests; emulated: run in an emulator; on hardware: run on the real board.\n"
        "Boards with three times no are configured only: PlatformIO builds them with the vendor's platform."
    )
    others = ", ".join(f"{name} ({target.kit})" for name, target in targets().items() if target.kit)
    say(f"Other exports that no tool here builds, compiled against stand-ins of their headers: {others}.")


@boards.command("add")
def add(  # noqa: PLR0917
    pack: Annotated[Path, typer.Option(help="The CMSIS-Pack of the device's family, a .pack file.")],
    device: Annotated[str, typer.Option(help="The device in it, such as STM32F446RE.")],
    name: Annotated[
        str | None, typer.Option(help="What to call the board; default: the device in lower case.")
    ] = None,
    core: Annotated[str | None, typer.Option(help="Which core, on a device with several.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The project to add it to: a checkout or an exported folder; a new one becomes a project. "
            "Default: the sources that vox-embed builds from."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Describe a board from a CMSIS-Pack: its file, linker script, CMake preset and PlatformIO environment.

    The image links then, so `size` knows what fits; its serial port is left to you.

    Example: vox-embed boards add --pack Keil.STM32F4xx_DFP.2.17.1.pack --device STM32F446RE
    """
    from vox_embed.device.boards import read_board
    from vox_embed.device.packs import add_board, read_device
    from vox_embed.device.packs.add import make_project
    from vox_embed.experiment.sources import firmware_root, is_installed

    if out is None and is_installed(firmware_root()):
        raise VoxError(
            "a board is not added to an installation, which is to stay as it is",
            "--out FOLDER makes a project of one's own; then set VOX_PROJECT=FOLDER",
        )
    found = read_device(pack, device, core)
    root = firmware_root()
    project = out or root
    if not (project / "CMakePresets.json").is_file():
        make_project(root, project, found)
    paths = add_board(found, root, project, name)
    board = read_board(paths[0])
    if json:
        import dataclasses

        files = [str(path) for path in paths]
        say_json({"board": dataclasses.asdict(board), "project": str(project), "files": files})
        return
    say(
        f"{board.name}: {board.core}, FPU {board.fpu}, {board.flash_kb} kB flash, {board.ram_kb} kB RAM "
        f"({found.pack})"
    )
    for path in paths:
        say(f"  {path}")
    prefix = f"VOX_PROJECT={shlex.quote(str(out))} " if out is not None and out.resolve() != root else ""
    say(f"next: {prefix}vox-embed size MODEL --target {board.name}")
    say("then: give it a serial port; firmware/hal/generic/board.h says how")
