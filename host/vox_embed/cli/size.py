"""`vox-embed size`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vox_embed.cli.options import Changes
from vox_embed.cli.say import say_json
from vox_embed.cli.untrained import show_untrained
from vox_embed.experiment.defaults import DEFAULT_TARGET

if TYPE_CHECKING:
    from vox_embed.device.measure.size import Sizes

_BAR = 40


def size(  # noqa: PLR0917
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    target: Annotated[str, typer.Option(help="A board (`vox-embed boards`).")] = DEFAULT_TARGET,
    file: Annotated[Path | None, typer.Option("--model", help="A .vxm file, in place of MODEL.")] = None,
    untrained: Annotated[
        bool,
        typer.Option("--untrained", help="What a network of an experiment will take, before it is trained."),
    ] = False,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE,VALUE",
            help="With --untrained: values that a key shall have, such as model.units=16,32,48,64.",
            show_default=False,
        ),
    ] = None,
    lean: Annotated[
        bool,
        typer.Option("--lean", help="Without what the model does not need, as `export --lean` builds it."),
    ] = False,
    changes: Changes = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Show flash, RAM and worst-case stack of a model on a board, from the image linked for it.

    Exit status 1 if it does not fit. A bare network is measured without the device program. With --untrained
    a network need not be trained: flash, RAM and instructions of every setting, counted in the emulator.

    Example: vox-embed size example --target qemu-m4
    """
    if untrained or vary or changes:
        show_untrained(model, file, target, vary or (), changes or (), json=json)
        return
    from vox_embed.cli.console import messages, output
    from vox_embed.cli.measured import chosen_model
    from vox_embed.cli.real_time import say_share, share_as_json
    from vox_embed.core import Model
    from vox_embed.device.measure.size import measure_size
    from vox_embed.export.c_sources import lists_for

    name, data = chosen_model(model, file)
    with messages().status(f"building and measuring the image for {target}"):
        sizes = measure_size(target, data, name, lists_for(data), lean=lean)
    if json:
        say_json(_as_json(name, sizes) | share_as_json(Model(data), target))
        return
    _show(name, sizes)
    say_share(Model(data), target, output())


def _as_json(name: str, sizes: Sizes) -> dict[str, Any]:
    flash, ram, stack = sizes.flash, sizes.ram, sizes.stack
    return {
        "target": sizes.target,
        "model": name,
        "flash": {
            "code": flash.total - flash.model,
            "model": flash.model,
            "total": flash.total,
            "constants": flash.constants,
            "data": flash.data,
            "limit": sizes.flash_limit or None,
        },
        "ram": {
            "static": ram.static,
            "arena": sizes.arena,
            "listener": sizes.listener,
            "stack": stack.total if stack else None,
            "reserved": {"model": ram.reserved, "slots": ram.slots, "stack": ram.stack_reserved},
            "total": ram.total,
            "limit": sizes.ram_limit or None,
        },
        "stack": None
        if stack is None
        else {
            "program": stack.program,
            "interrupts": stack.interrupts,
            "path": [[step.function, step.frame] for step in stack.path],
            "handler_path": [[step.function, step.frame] for step in stack.handler_path],
            "open_calls": list(stack.open_calls),
            "outside": list(stack.outside),
        },
        "measured": sizes.image,
        "missing": sizes.stack_missing,
    }


def _bar(used: int, limit: int) -> str:
    if limit == 0:
        return f"{used:,} B, no limit"
    filled = min(_BAR, -(-used * _BAR // limit))
    return f"[{'#' * filled}{'.' * (_BAR - filled)}] {used:,} of {limit:,} B ({100 * used / limit:.1f} %)"


def _show(name: str, sizes: Sizes) -> None:
    from rich.table import Table

    from vox_embed.cli.console import output

    console = output()
    flash, ram, stack = sizes.flash, sizes.ram, sizes.stack
    console.print(f"{name} on {sizes.target}: {sizes.image}")
    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("left", "left", "right"):
        table.add_column(justify=justify)
    rows: list[tuple[str, str, int | None]] = [
        ("flash", "code", flash.code),
        ("", "constants", flash.constants),
        ("", "initial values", flash.data),
        ("", "model", flash.model),
        ("RAM", "static", ram.static),
        ("", "set aside for the model", ram.reserved),
        ("", "  of it used" if sizes.listener else "  of it tensors", sizes.listener or sizes.arena),
    ]
    if sizes.listener:
        rows.append(("", "    of it tensors (arena)", sizes.arena))
    rows += [
        ("", "set aside for pushed models", ram.slots),
        ("", "set aside for the stack", ram.stack_reserved),
        ("", "  worst case", stack.total if stack else None),
    ]
    for kind, part, value in rows:
        table.add_row(kind, part, "not known" if value is None else f"{value:,} B")
    console.print(table)
    console.print(f"flash {_bar(flash.total, sizes.flash_limit)}")
    console.print(f"RAM   {_bar(ram.total, sizes.ram_limit)}")
    if stack is None:
        console.print(f"stack not bounded: {sizes.stack_missing}")
        return
    console.print(f"stack {_bar(stack.total, ram.stack_reserved)}")
    console.print("deepest: " + " > ".join(f"{step.function} {step.frame}" for step in stack.path))
    if stack.interrupts:
        handler = stack.handler_path[0].function if stack.handler_path else "handler"
        console.print(f"and {stack.interrupts} for an interrupt ({handler})")
    if stack.open_calls:
        console.print(f"not followed: calls through pointers in {', '.join(stack.open_calls)}")
    if stack.outside:
        console.print(f"not counted, for they are not in the image: {', '.join(stack.outside)}")
