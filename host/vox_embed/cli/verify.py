"""`vox-embed verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vox_embed.cli.options import Changes
from vox_embed.cli.say import say_json
from vox_embed.experiment.defaults import DEFAULT_TARGET
from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    from rich.console import Console

    from vox_embed.core import Model
    from vox_embed.device.differences import Differences, VerifyReport
    from vox_embed.device.material import NamedClip, NamedTensor
    from vox_embed.experiment.results import Found

DEFAULT_SYNTHETIC = 20
NOT_PROVEN = 3


def verify(  # noqa: PLR0917
    model: Annotated[
        Path | None,
        typer.Argument(
            help="Experiment folder, results folder, .vxm or int8 .tflite; default: the last trained."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help=f"An emulated board (`vox-embed boards`); default: {DEFAULT_TARGET}.")
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
    inputs: Annotated[
        Path | None,
        typer.Option(
            help="For a bare network: a .npy of int8 input tensors, one a row, instead of random ones."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Which clips are drawn, which sounds or tensors are generated.")
    ] = 0,
    image: Annotated[
        Path | None, typer.Option(help="Run this image; default: the board's, built from this checkout.")
    ] = None,
    changes: Changes = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Prove that a device computes what was evaluated: features, scores and events, bit by bit.

    Sends test clips over the link and compares every value with the host's; of a bare network, such as an
    imported .tflite, input tensors and the output tensor. Exit status 1 if one differs, 3 if none does but
    something was not compared. Where clips raise no events they are repeated until they do; an emulated
    board is then given a copy of the model with lower thresholds.

    Example: vox-embed verify example --target qemu-m4 --clips 10
    """
    from vox_embed.cli.console import messages, output
    from vox_embed.cli.ending import end_on_sigterm
    from vox_embed.cli.real_time import say_share, share_as_json
    from vox_embed.device.targets import need_target, open_target
    from vox_embed.device.verify import verify as verify_clips
    from vox_embed.device.verify import verify_network
    from vox_embed.program.on_demand import on_demand
    from vox_embed.program.opened import open_any

    end_on_sigterm()
    need_target(target, port, image)
    console = messages() if json else output()
    found, data, name = _model(model)
    core = open_any(data, name)
    sounds, tensors = [], []
    if core.hears:
        if inputs is not None:
            raise VoxError(f"{name}: hears sound; --inputs is for bare networks", "leave --inputs out")
        assert found is not None
        sounds = _choose(found, core, changes or (), clips=clips, synthetic=synthetic, seed=seed)
    else:
        tensors = _tensors(core, name, inputs, limit=clips, count=synthetic, seed=seed)
    with open_target(target, port, image=image, more=bool(on_demand(data))) as session:
        device = session.device
        title = found.name if found is not None else Path(name).stem
        console.print(f"{title} on {device.board} ({session.link.name})", style="bold")
        if not json:
            say_share(core, device.board, console)
        with _progress(len(data), len(sounds) + len(tensors), core.hears) as (on_push, on_one):
            if core.hears:
                # A connected board keeps the model it is given; an emulated one may get a copy for a while.
                report = verify_clips(
                    session,
                    data,
                    sounds,
                    on_clip=on_one,
                    on_push=on_push,
                    thorough=True,
                    eager=port is None,
                )
            else:
                report = verify_network(session, data, tensors, on_input=on_one, on_push=on_push)
    if json:
        say_json(report.as_json() | share_as_json(core, device.board))
    else:
        _show(report, core.hears, console)
    if report.differences.total:
        raise typer.Exit(1)
    if not report.proven:
        raise typer.Exit(NOT_PROVEN)


def _model(argument: Path | None) -> tuple[Found | None, bytes, str]:
    """What the argument stands for (nothing for a .tflite), the bytes of its .vxm, and its file."""
    from vox_embed.experiment.results import find
    from vox_embed.program.opened import read_vxm

    if argument is not None and argument.suffix == ".tflite":
        from vox_embed.cli.import_tflite import imported

        return None, imported(argument)[1], str(argument)
    found = find(argument)
    path = found.need_model()
    return found, read_vxm(path), str(path)


def _tensors(
    core: Model, name: str, file: Path | None, *, limit: int | None, count: int | None, seed: int
) -> list[NamedTensor]:
    """The rows of a file, `limit` of them drawn by seed, or `count` (else `limit`, else 20) random ones."""
    import numpy as np

    from vox_embed.device.material import NamedTensor, random_tensors
    from vox_embed.gate.arrays import parse_npy
    from vox_embed.gate.files import read_bytes
    from vox_embed.gate.limits import TENSOR_BYTES

    if file is None:
        return random_tensors(core, count or limit or DEFAULT_SYNTHETIC, seed)
    try:
        rows = parse_npy(read_bytes(file, TENSOR_BYTES))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise VoxError(f"{file}: cannot be read as .npy: {reason}", "write it with numpy.save") from None
    elements = int(np.prod(core.input_shape))
    kind = np.dtype(np.int16 if core.input_bytes == 2 else np.int8)
    if not isinstance(rows, np.ndarray) or rows.dtype != kind or not rows.size or rows.size % elements:
        what = f"{rows.dtype} {list(rows.shape)}" if isinstance(rows, np.ndarray) else "an archive"
        raise VoxError(
            f"{file}: is {what}; {name} takes {kind} rows of {elements} elements",
            "quantise with the input's scale and zero point, as `vox-embed import-tflite --json` prints them",
        )
    rows = rows.reshape(-1, elements)
    chosen = np.arange(len(rows))
    if limit is not None and limit < len(rows):
        chosen = np.sort(np.random.default_rng(seed).choice(len(rows), limit, replace=False))
    return [NamedTensor(f"{file.name} [{i}]", rows[i]) for i in chosen]


def _choose(
    found: Found,
    core: Model,
    changes: Sequence[str],
    *,
    clips: int | None,
    synthetic: int | None,
    seed: int,
) -> list[NamedClip]:
    from vox_embed.cli.console import messages
    from vox_embed.device.material import synthetic_clips
    from vox_embed.device.test_clips import clips_of_test

    if synthetic is not None:
        return synthetic_clips(core, synthetic, seed)
    if found.experiment is None:
        count = clips or DEFAULT_SYNTHETIC
        messages().print(f"no experiment is known for this model: {count} generated sounds")
        return synthetic_clips(core, count, seed)
    sounds, notes = clips_of_test(found.need_experiment(changes=changes), core.sample_rate, clips, seed)
    for note in notes:
        messages().print(note)
    return sounds


@contextmanager
def _progress(
    size: int, count: int, hears: bool
) -> Iterator[tuple[Callable[[int, int], None], Callable[[object, Differences], None]]]:
    """Bars; and what to call with the bytes of the model pushed so far, and after each clip or tensor."""
    from vox_embed.cli.progress import bars

    done = different = 0
    with bars() as progress:
        push = progress.add_task("pushing model", total=size, visible=False, status="")
        task = progress.add_task(f"comparing {'clips' if hears else 'tensors'}", total=count, status="")

        def on_push(done: int, total: int) -> None:
            progress.update(push, completed=done, total=total, visible=True)

        def on_one(_: object, found: Differences) -> None:
            nonlocal done, different
            done += 1
            different += found.total > 0
            status = f"{different} differ" if different else ""
            progress.update(task, completed=done, total=max(count, done), status=status)

        yield on_push, on_one


def _show(report: VerifyReport, hears: bool, console: Console) -> None:
    c, d = report.compared, report.differences
    what = "clips" if hears else "input tensors"
    heard = f": {c.frames} feature frames, {c.windows} windows, {c.events} events"
    console.print(f"{c.clips} {what}{heard if hears else ''}")
    for note in report.notes:
        console.print(note)
    if d.total:
        console.print(
            f"{report.different_clips} {what} differ: {d.features} features, {d.scores} scores, "
            f"{d.events} events",
            style="bold red",
        )
        console.print(f"first: {d.first}")
    elif report.proven:
        console.print(f"{report.target} computes the same bits: 0 differences", style="bold green")
    else:
        console.print("what was compared is the same, but not everything was:", style="bold yellow")
    for missing in report.not_proven:
        console.print(f"not proven: {missing}", style="yellow")
    if report.link_errors or report.resent:
        console.print(f"the link had {report.link_errors} bad frames; {report.resent} requests were repeated")
