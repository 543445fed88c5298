"""`vox-embed emulate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vox_embed.cli.say import say

if TYPE_CHECKING:
    from vox_embed.device.messages import Hello
    from vox_embed.device.rp2040 import Microphone

TARGETS = ("rp2040",)


def emulate(  # noqa: PLR0917
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm, pushed if the image has another."),
    ] = None,
    target: Annotated[str, typer.Option(help="The board: rp2040.")] = TARGETS[0],
    wav: Annotated[
        list[Path] | None,
        typer.Option(help="Sound file for the ADC pin (any format), once somebody listens; may be repeated."),
    ] = None,
    pause: Annotated[float, typer.Option(min=0.0, help="Seconds of quiet between the files.")] = 0.6,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port of the bridged serial port; 0: a free one.")
    ] = 0,
    uart: Annotated[bool, typer.Option("--uart", help="Bridge UART0 instead of USB.")] = False,
    duration: Annotated[float | None, typer.Option(min=0.0, help="Seconds; default: until Ctrl-C.")] = None,
    image: Annotated[
        Path | None, typer.Option(help="Run this UF2; default: the board's, built from this checkout.")
    ] = None,
) -> None:
    """Boot a board's own image in a chip emulator, with its USB serial port on a TCP port.

    The device program, the USB stack and the ADC's DMA run as they are. `vox-embed monitor` and `verify`
    attach with --port socket://127.0.0.1:PORT, as they do to a board. A recording begins when the first
    program starts the microphone.

    Example: vox-embed emulate example --target rp2040 --wav example/clips/yes-001.flac
    """
    import shlex

    from vox_embed.cli.ending import end_on_sigterm
    from vox_embed.device.boards import find_board
    from vox_embed.device.rp2040 import Listening
    from vox_embed.device.targets import build_image, need_board
    from vox_embed.experiment.errors import VoxError
    from vox_embed.experiment.results import find
    from vox_embed.program.opened import open_model, read_vxm

    end_on_sigterm()
    board = find_board(target)
    if board.emulator_program != "rp2040js":
        raise VoxError(
            f"{target} has no chip emulator of this kind",
            f"choose one of: {', '.join(TARGETS)}"
            + (f"; or: vox-embed monitor --target {target}" if board.emulated else ""),
        )
    need_board(board, image)
    data = None
    if model is not None:
        path = find(model).need_model()
        data = read_vxm(path)
        open_model(data, str(path))
    for path in wav or []:
        if not path.is_file():
            raise VoxError(f"there is no file {path}")
    arguments = ["--uart", "--baud", str(board.baud)] if uart else []
    with Listening(image or build_image(board), port, arguments) as emulator:
        device = _prepare(emulator.address, data, needed=bool(wav))
        if wav:
            emulator.microphone.play_files(wav, device, pause=pause)
        name = device.model_name or "no model"
        named = f"{shlex.quote(str(model))} " if model is not None else ""
        say(f"{board.name} runs with {name}; attach with: vox-embed monitor {named}--port {emulator.address}")
        try:
            _wait(emulator.microphone if wav else None, emulator, duration)
        except KeyboardInterrupt:
            say("stopped", error=True)


def _prepare(address: str, data: bytes | None, *, needed: bool) -> Hello:
    """Push the model where the device runs another one."""
    from vox_embed.cli.console import messages
    from vox_embed.cli.real_time import say_share
    from vox_embed.device.targets import open_port
    from vox_embed.device.verify import ensure_model
    from vox_embed.experiment.errors import VoxError
    from vox_embed.program.opened import open_any

    with open_port(address, timeout=2.0) as session:
        if data is not None:
            say_share(open_any(data, "the model"), session.device.board, messages())
            ensure_model(session, data)
        device = session.device
        if needed and device.model_status != 0:
            raise VoxError(
                f"{device.board}: no model runs on the device, so nobody would listen",
                "name one, and it is pushed: vox-embed emulate MODEL --wav FILE",
            )
        return device


def _wait(microphone: Microphone | None, emulator: object, duration: float | None) -> None:
    import time

    from vox_embed.device.rp2040 import Listening
    from vox_embed.experiment.errors import VoxError

    assert isinstance(emulator, Listening)
    end = None if duration is None else time.monotonic() + duration
    while end is None or time.monotonic() < end:
        failure = emulator.failure()
        if failure is not None:
            raise VoxError(failure)
        if microphone is not None and microphone.ended:
            say("the recording has ended; Ctrl-C ends the emulator")
            microphone = None
        time.sleep(0.2)
