"""`vox-embed bench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vox_embed.cli.say import say_json
from vox_embed.experiment.defaults import DEFAULT_TARGET

if TYPE_CHECKING:
    from vox_embed.device.measure.bench import Benchmark


def bench(
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    target: Annotated[
        str, typer.Option(help="A board that is emulated (`vox-embed boards`).")
    ] = DEFAULT_TARGET,
    file: Annotated[Path | None, typer.Option("--model", help="A .vxm file, in place of MODEL.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Portable C only: no DSP instructions.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Count what a feature frame, an inference and every layer take; and the share of real time.

    In QEMU instructions, which are not cycles; for rp2040 cycles, without flash wait states. Counts are the
    same on every machine. Exit status 1 if the device's outputs differ from this computer's.

    Example: vox-embed bench example --target qemu-m4
    """
    from vox_embed.cli.console import messages
    from vox_embed.cli.measured import chosen_model
    from vox_embed.cli.real_time import warn_of_share
    from vox_embed.device.measure.bench import benchmark
    from vox_embed.device.measure.machine import machine_of

    name, data = chosen_model(model, file)
    machine = machine_of(target)
    with messages().status(f"counting {machine.unit} on {target}"):
        result = benchmark(machine, data, extra=("-DVOX_PLAIN_C",) if plain else ())
    if json:
        say_json(_as_json(name, result))
    else:
        _show(name, result)
        warn_of_share(result.real_time_share, target)
    if not all(stage.same_as_host for stage in (result, *result.wakers)):
        messages().print("the outputs differ from this computer's", style="bold red")
        raise typer.Exit(1)


def _as_json(name: str, result: Benchmark) -> dict[str, Any]:
    share = result.real_time_share
    return {
        "target": result.machine.name,
        "model": name,
        "unit": result.machine.unit,
        "per_frame": result.per_frame,
        "per_run": result.per_run,
        "per_inference": result.per_inference,
        "per_window": result.per_window,
        "layers": [
            {
                "op": row.layer.op,
                "shape": list(row.layer.shape),
                "macs": row.layer.macs,
                result.machine.unit: row.count,
                "per_mac": None if row.per_mac is None else round(row.per_mac, 3),
            }
            for row in result.layers
        ],
        "macs": sum(row.layer.macs for row in result.layers),
        "clock_mhz": result.machine.clock_mhz,
        "real_time_share": None if share is None else round(share, 6),
        "same_as_host": result.same_as_host and all(waker.same_as_host for waker in result.wakers),
    } | ({"wakers": [_as_json(name, waker) for waker in result.wakers]} if result.wakers else {})


def _show(name: str, result: Benchmark) -> None:
    from rich.table import Table

    from vox_embed.cli.console import output

    console = output()
    unit = result.machine.unit
    note = " (not cycles)" if unit == "instructions" else " (flash without wait states)"
    console.print(f"{name} on {result.machine.name}, in {unit}{note}")
    table = Table(box=None, pad_edge=False)
    table.add_column("layer", justify="right")
    table.add_column("op", no_wrap=True)
    for title in ("shape", "MACs", unit, "per MAC"):
        table.add_column(title, justify="right")
    for i, row in enumerate(result.layers):
        shape = "x".join(map(str, row.layer.shape[1:]))
        each = "" if row.per_mac is None else f"{row.per_mac:.2f}"
        work = f"{row.layer.macs:,}" if row.layer.macs else ""
        table.add_row(str(i), row.layer.op, shape, work, f"{row.count:,}", each)
    console.print(table)
    macs = sum(row.layer.macs for row in result.layers)
    console.print(f"an inference     {result.per_inference:>12,}  ({macs:,} MACs)")
    if result.per_window is not None and result.per_frame is not None:
        console.print(f"an analysis window {result.per_window:>10,}  (normalisation, inference, decision)")
        console.print(f"a feature frame  {result.per_frame:>12,}")
    for waker in result.wakers:
        console.print(f"woken by a stage with an inference of {waker.per_inference:,}, measured by itself")
    share, second = result.real_time_share, result.per_second
    if share is not None and second is not None:
        console.print(
            f"of a stream: {second / 1e6:.2f} M {unit} a second, a frame every "
            f"{1000 * result.frame_seconds:g} ms and a window every {result.frames_per_window} frames;"
        )
        if_so = ", if each took one cycle" if unit == "instructions" else ""
        awake = ", all stages awake" if result.wakers else ""
        console.print(f"{100 * share:.1f} % of real time at {result.machine.clock_mhz} MHz{if_so}{awake}")
