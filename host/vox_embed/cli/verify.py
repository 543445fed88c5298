"""`vox-embed verify`."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from vox_embed.core import Model
    from vox_embed.device.verify import NamedClip, VerifyReport
    from vox_embed.experiment.results import Found

DEFAULT_SYNTHETIC = 20


def verify(  # noqa: PLR0917
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="An emulated board (`vox-embed boards`); default: qemu-m4.")
    ] = None,
    port: Annotated[
        str | None, typer.Option(help="A connected board: /dev/ttyACM0, or socket://host:port.")
    ] = None,
    clips: Annotated[
        int | None,
        typer.Option("--clips", "--limit", min=1, help="Only so many test clips, drawn by --seed."),
    ] = None,
    synthetic: Annotated[
        int | None, typer.Option(min=1, help="Generated sounds instead of test clips, so many.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Which clips are drawn, which sounds are generated.")] = 0,
    image: Annotated[
        Path | None, typer.Option(help="Run this image; default: the board's, built from this checkout.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Prove that a device computes what was evaluated: features, scores and events, bit by bit.

    Sends test clips over the link and compares every value with the host's. Exit status 1 if one differs.

    Example: vox-embed verify models/digits --target qemu-m4 --clips 50
    """
    from rich.console import Console

    from vox_embed.device.targets import open_target
    from vox_embed.device.verify import open_model
    from vox_embed.experiment.results import find

    end_on_sigterm()
    console = Console(stderr=json)
    found = find(model)
    path = found.need_model()
    data = path.read_bytes()
    core = open_model(data, str(path))
    sounds = _choose(found, core, clips=clips, synthetic=synthetic, seed=seed, console=console)
    with open_target(target, port, image=image) as session:
        device = session.device
        console.print(f"[bold]{found.name}[/bold] on {device.board} ({session.link.name})", highlight=False)
        report = _run(session, data, sounds, console)
    if json:
        typer.echo(json_module.dumps(report.as_json()))
    else:
        _show(report, console)
    if report.differences.total:
        raise typer.Exit(1)


def end_on_sigterm() -> None:
    """Let SIGTERM (`timeout 30 vox-embed ...`) end the program in order, so that no emulator stays behind."""
    import signal
    import sys

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _choose(
    found: Found, core: Model, *, clips: int | None, synthetic: int | None, seed: int, console: Console
) -> list[NamedClip]:
    from vox_embed.device.verify import synthetic_clips

    if synthetic is not None:
        return synthetic_clips(core, synthetic, seed)
    if found.experiment is None:
        console.print(f"no experiment is known for this model: {DEFAULT_SYNTHETIC} generated sounds")
        return synthetic_clips(core, clips or DEFAULT_SYNTHETIC, seed)
    return test_clips(found, core.sample_rate, clips, seed)


def test_clips(found: Found, sample_rate: int, limit: int | None, seed: int) -> list[NamedClip]:
    """The experiment's test split, at the model's rate; `limit` of them, drawn by seed, in order."""
    import numpy as np

    from vox_embed.data.clips import load_clips
    from vox_embed.data.load import load_dataset
    from vox_embed.device.verify import NamedClip

    experiment = found.need_experiment()
    test = load_dataset(experiment).select("test")
    if limit is not None and limit < len(test):
        import dataclasses

        rows = np.sort(np.random.default_rng(seed).choice(len(test), limit, replace=False))
        test = dataclasses.replace(test, table=test.table.iloc[rows].reset_index(drop=True))
    test, sounds = load_clips(test, sample_rate, skip_bad_files=experiment.data.skip_bad_files, threads=2)
    names = (
        f"{Path(file).name} ({label})" + (f" from {start:.2f} s" if start else "")
        for file, label, start in zip(
            test.table["file"], test.table["label"], test.table["start"], strict=True
        )
    )
    return [NamedClip(name, samples) for name, samples in zip(names, sounds, strict=True)]


def _run(session: object, data: bytes, sounds: list[NamedClip], console: Console) -> VerifyReport:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from vox_embed.device.session import Session
    from vox_embed.device.verify import Differences
    from vox_embed.device.verify import verify as run

    assert isinstance(session, Session)
    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", style="red"),
    )
    different = 0
    with Progress(*columns, console=console, transient=False) as progress:
        push = progress.add_task("pushing model", total=len(data), visible=False, note="")
        task = progress.add_task("comparing clips", total=len(sounds), note="")

        def on_push(done: int, total: int) -> None:
            progress.update(push, completed=done, total=total, visible=True)

        def on_clip(_: NamedClip, found: Differences) -> None:
            nonlocal different
            different += found.total > 0
            progress.update(task, advance=1, note=f"{different} differ" if different else "")

        def each() -> Iterator[NamedClip]:
            yield from sounds

        return run(session, data, each(), on_clip=on_clip, on_push=on_push)


def _show(report: VerifyReport, console: Console) -> None:
    d = report.differences
    console.print(
        f"{report.clips} clips: {report.frames} feature frames, {report.windows} windows, "
        f"{report.events} events",
        highlight=False,
    )
    if d.total == 0:
        console.print(f"[bold green]{report.target} computes the same bits[/bold green]: 0 differences")
    else:
        console.print(
            f"[bold red]{report.different_clips} clips differ[/bold red]: {d.features} features, "
            f"{d.scores} scores, {d.events} events",
            highlight=False,
        )
        console.print(f"first: {d.first}", highlight=False, markup=False)
    if report.link_errors or report.resent:
        console.print(
            f"the link had {report.link_errors} bad frames; {report.resent} requests were repeated",
            highlight=False,
        )
