"""`vox-embed boards`."""

from __future__ import annotations

from typing import Annotated

import typer


def boards(
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """List the boards that models can be exported for.

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
    table.add_column("status")
    table.add_column("", overflow="fold")
    for board in found:
        states = [word for word in ("built", "emulated", "hardware") if getattr(board, word)]
        sizes = [f"{size}" if size else "-" for size in (board.clock_mhz, board.flash_kb, board.ram_kb)]
        status = ", ".join(states) or "configured"
        table.add_row(board.name, board.core, board.fpu, *sizes, status, board.title)
    Console(highlight=False, width=110).print(table)
    typer.echo("\nbuilt: compiled in tests; emulated: run in an emulator; hardware: run on the real board")
