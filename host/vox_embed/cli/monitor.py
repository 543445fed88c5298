"""`vox-embed monitor`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vox_embed.cli.options import Changes
from vox_embed.cli.say import say
from vox_embed.experiment.defaults import DEFAULT_TARGET

if TYPE_CHECKING:
    from vox_embed.device.live_page import LivePage
    from vox_embed.device.material import NamedClip
    from vox_embed.device.messages import Hello
    from vox_embed.device.monitor import Lines
    from vox_embed.device.session import Session
    from vox_embed.experiment.results import Found


def monitor(  # noqa: PLR0917
    model: Annotated[
        Path | None,
        typer.Argument(
            help="Experiment folder, results folder or .vxm, pushed if the device runs another; "
            "default: the last trained on an emulated board, what a connected one runs."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help=f"An emulated board (`vox-embed boards`); default: {DEFAULT_TARGET}.")
    ] = None,
    port: Annotated[
        str | None, typer.Option(help="A connected board: /dev/ttyACM0, or socket://host:port.")
    ] = None,
    wav: Annotated[
        list[Path] | None, typer.Option(help="Play this file to the device (any format); may be repeated.")
    ] = None,
    clips: Annotated[
        int | None, typer.Option("--clips", "--limit", min=1, help="Play only so many test clips.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Which clips are drawn, and their order.")] = 0,
    pause: Annotated[float, typer.Option(min=0.0, help="Seconds of near silence between clips.")] = 0.6,
    duration: Annotated[
        float | None, typer.Option(min=0.0, help="Seconds; default: to the end, or Ctrl-C.")
    ] = None,
    log: Annotated[Path | None, typer.Option(help="Write everything to this JSONL file.")] = None,
    image: Annotated[
        Path | None, typer.Option(help="Run this image; default: the board's, built from this checkout.")
    ] = None,
    web: Annotated[
        bool, typer.Option("--web", help="Show it on a page of this computer, too; its address is printed.")
    ] = False,
    web_port: Annotated[
        int, typer.Option(min=0, max=65535, help="With --web: the page's port; 0: a free one.")
    ] = 0,
    microphone: Annotated[
        bool, typer.Option("--microphone", help="Send what this computer's microphone hears to the device.")
    ] = False,
    changes: Changes = None,
) -> None:
    """Watch a device classify: label, posteriors, level, timing, losses, events.

    A board with a microphone shows what it hears; on the emulated rp2040 that is --wav files, played to its
    ADC. Other emulated boards are played --wav files, test clips of the experiment in real time, or with
    --microphone what this computer hears. Without a terminal, events are printed as lines.

    Example: vox-embed monitor example --target qemu-m4 --duration 10 --log live.jsonl
    """
    from vox_embed.cli.console import messages, output
    from vox_embed.cli.ending import end_on_sigterm
    from vox_embed.cli.real_time import say_share
    from vox_embed.core.grid import grid_of_model
    from vox_embed.data.microphone import need_microphone, of_microphone
    from vox_embed.device.monitor import Monitor
    from vox_embed.device.targets import open_target
    from vox_embed.device.verify import ensure_model
    from vox_embed.gate.files import check_output, open_log
    from vox_embed.program.on_demand import on_demand
    from vox_embed.program.opened import open_model, read_vxm
    from vox_embed.spec.link import Capability

    end_on_sigterm()
    if microphone:
        need_microphone()
    found = _find(model, wav, port)
    data = core = grid = None
    # A connected board keeps the model it runs, unless the user names one.
    if found is not None and (model is not None or (port is None and found.model is not None)):
        data = read_vxm(found.need_model())
        core = open_model(data, str(found.model))
        grid = grid_of_model(core)
    if log is not None and (log.is_file() or not log.exists()):
        with _writing(log):
            check_output(log)  # before firmware is built
    with ExitStack() as stack:
        session = stack.enter_context(open_target(target, port, image=image, more=bool(on_demand(data))))
        if data is not None and core is not None:
            say_share(core, session.device.board, messages())
            ensure_model(session, data)
        with _writing(log):
            sink: Lines | None = None if log is None else stack.enter_context(open_log(log))
        device = session.device
        page = stack.enter_context(_page(session, web_port)) if web else None
        view = Monitor(session, output(), sink, grid, page)
        try:
            emulated = session.microphone
            if microphone:
                say_ready = partial(say, "listening to this computer; Ctrl-C ends it", error=True)
                view.pass_on(of_microphone(device.sample_rate, say_ready), duration=duration)
            elif wav and emulated is not None:
                emulated.play_files(wav, device, pause=pause)
                view.listen(duration=duration, until=lambda: emulated.ended)
            elif not wav and device.capabilities & Capability.LISTEN:
                view.listen(duration=duration)
            else:
                sounds = _sounds(found, device, wav, clips, seed, changes or ())
                view.play(sounds, pause=pause, duration=duration)
        except KeyboardInterrupt:
            say("stopped", error=True)


@contextmanager
def _writing(log: Path | None) -> Iterator[None]:
    from vox_embed.experiment.errors import VoxError

    try:
        yield
    except OSError as error:
        raise VoxError(f"{log}: cannot be written: {error.strerror}", "choose another --log") from error


def _page(session: Session, port: int) -> LivePage:
    from vox_embed.device.live_page import LivePage

    device = session.device
    hello = {"board": device.board, "model": device.model_name or "a model", "labels": session.labels()}
    page = LivePage(hello, port)
    say(f"open {page.address} in a browser of this computer")
    return page


def _find(model: Path | None, wav: list[Path] | None, port: str | None) -> Found | None:
    from vox_embed.experiment.errors import VoxError
    from vox_embed.experiment.results import find

    try:
        return find(model)
    except VoxError:
        if model is None and (wav or port):
            return None  # nothing was trained here: the device's own model will do
        raise


def _sounds(  # noqa: PLR0917
    found: Found | None,
    device: Hello,
    wav: list[Path] | None,
    clips: int | None,
    seed: int,
    changes: Sequence[str],
) -> list[NamedClip]:
    import numpy as np

    from vox_embed.cli.console import messages
    from vox_embed.data.audio import read_audio
    from vox_embed.device.material import NamedClip
    from vox_embed.device.test_clips import clips_of_test
    from vox_embed.experiment.errors import VoxError

    if wav:
        return [NamedClip(path.name, read_audio(path, device.sample_rate)) for path in wav]
    if found is None or found.experiment is None:
        raise VoxError(
            "there is nothing to play: no experiment is known for this model",
            "name an experiment or results folder, or a sound file: --wav FILE",
        )
    sounds, notes = clips_of_test(found.need_experiment(changes=changes), device.sample_rate, clips, seed)
    for note in notes:
        messages().print(note)
    order = np.random.default_rng(seed).permutation(len(sounds))
    return [sounds[i] for i in order]
