"""`vox-embed boards`, and `vox-embed boards add`."""

from __future__ import annotations

from typing import Annotated

import typer


def boards(
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """List the boards that models can be exported for, and what has been tried on each.

    Example: vox-embed boards
    """
    from vox_embed.device.boards import all_boards

    found = all_boards()
    if json:
        import dataclasses
        import json as json_module

        typer.echo(json_module.dumps({"boards": [dataclasses.asdict(board) for board in found]}, indent=2))
        return

    from rich.console import Console
    from rich.table import Table

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
    Console(highlight=False, width=124).print(table)
    typer.echo(
        "\nbuilt: compiled in tests; emulated: run in an emulator; on hardware: run on the real board.\n"
        "Boards with three times no are configured only: PlatformIO builds them with the vendor's platform."
    )
