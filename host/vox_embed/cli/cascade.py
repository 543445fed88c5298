"""`vox-embed cascade`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vox_embed.cli.say import say_json

if TYPE_CHECKING:
    from vox_embed.core import Model


def cascade(  # noqa: PLR0917
    models: Annotated[
        list[Path],
        typer.Argument(
            help="Models (results folders or .vxm files), the one that is always awake first, the one whose "
            "results count last."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Folder to write <name>.vxm to; made if missing. Default: here."),
    ] = Path(),
    name: Annotated[str, typer.Option(help="Name of the file.")] = "cascade",
    hold_ms: Annotated[
        float, typer.Option(min=0, help="Milliseconds that a model stays awake after what woke it is over.")
    ] = 500.0,
    lookback_ms: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Sound before it wakes that a model that runs with the stream still hears. Less takes less "
            "RAM, and its first results come later. Default: a window, which gives one at once.",
        ),
    ] = None,
    level_dbfs: Annotated[
        float | None, typer.Option(help="The first model sleeps, too, until sound is as loud as this.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Make one model of several on the same front end, of which each wakes the next.

    A model that is asleep costs nothing; while it is, its windows are silence. Each keeps its own decision
    settings: an event of one is what wakes the next. `export`, `verify`, `monitor`, `size` and `field` take
    the result as any other model.

    Example: vox-embed cascade results/speech results/commands -o models --name woken
    """
    from vox_embed.core import Model
    from vox_embed.experiment.errors import VoxError
    from vox_embed.experiment.results import find
    from vox_embed.gate.files import write_atomic
    from vox_embed.gate.names import check_file_name
    from vox_embed.gate.text import UnfitTextError
    from vox_embed.program.cascade import Stage, build_cascade, level_of
    from vox_embed.program.opened import open_model, read_vxm

    try:
        check_file_name(name, 64)
    except UnfitTextError as error:
        raise VoxError(f"--name: {error}", "choose letters, digits, . - _") from None
    stages = []
    for model in models:
        path = find(model).need_model()
        data = read_vxm(path)
        opened = open_model(data, str(path))
        frames = opened.sample_rate / (1000 * opened.hop)
        lookback = None if lookback_ms is None else round(lookback_ms * frames)
        stages.append(Stage(str(model), data, round(hold_ms * frames), lookback))
    level = 0 if level_dbfs is None else level_of(stages[0], level_dbfs)
    made = build_cascade(stages, level)
    path = out / f"{name}.vxm"
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_atomic(path, made)
    except OSError as error:
        raise VoxError(f"{path}: cannot be written: {error.strerror}", "choose another --out") from None
    _say(path, Model(made), [stage.name for stage in stages], json=json)


def _say(path: Path, model: Model, names: list[str], *, json: bool) -> None:
    from vox_embed.cli.console import output

    if json:
        say_json({"path": str(path), "bytes": model.size, "ram": model.listener_size, "stages": names})
        return
    output().print(f"{path}: {model.size:,} bytes, {model.listener_size:,} bytes of RAM", markup=False)
    output().print(" wakes ".join(names), markup=False)
