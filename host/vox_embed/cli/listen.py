"""`vox-embed listen`."""

from __future__ import annotations

import collections
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vox_embed.cli.say import say, say_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vox_embed.api import Model


def listen(
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    wav: Annotated[
        list[Path] | None,
        typer.Option(
            help="Sound files instead of this computer's microphone; -: what another program writes into "
            "standard input, WAV or bare 16-bit samples at the model's rate."
        ),
    ] = None,
    duration: Annotated[float | None, typer.Option(min=0.0, help="Seconds; default: to the end.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Events as JSON objects, one a line.")] = False,
) -> None:
    """Run a model on this computer's microphone, on sound files, or on a stream: events, and a summary in the
    end.

    What it prints is what the chip would say, bit for bit. The microphone needs the package sounddevice.

    Example: vox-embed listen example --wav example/clips/stop-080.flac
    """
    from vox_embed.api import Model
    from vox_embed.data.microphone import of_microphone
    from vox_embed.data.piped import of_pipe
    from vox_embed.experiment.results import find

    opened = Model(find(model).need_model())
    counts: collections.Counter[str] = collections.Counter()
    seconds = 0.0

    def counted(blocks: Iterator[NDArray[np.int16]]) -> Iterator[NDArray[np.int16]]:
        nonlocal seconds
        for block in blocks:
            yield block
            seconds += len(block) / opened.sample_rate
            if duration is not None and seconds >= duration:
                return

    if wav == [Path("-")]:
        blocks = of_pipe(sys.stdin.buffer, opened.sample_rate)
    elif wav:
        blocks = _of_files(wav, opened)
    else:
        blocks = of_microphone(opened.sample_rate, _say_ready)
    try:
        for event in opened.stream(counted(blocks)):
            counts[event.label] += event.begins
            if json:
                say_json(vars(event), line=True)
            else:
                what = "begin" if event.begins else "end"
                say(f"{event.seconds:8.2f} s  {what:5}  {event.label}  {event.score:.0%}")
    except KeyboardInterrupt:
        pass
    summary = ", ".join(f"{label} {count}" for label, count in counts.most_common() if count)
    say(f"{seconds:.1f} s heard; {summary or 'no event'}", error=json)


def _say_ready() -> None:
    say("listening; Ctrl-C ends it", error=True)


def _of_files(paths: list[Path], model: Model) -> Iterator[NDArray[np.int16]]:
    """The files one after the other, a second of near silence behind each."""
    import numpy as np

    from vox_embed.data.audio import read_audio
    from vox_embed.data.microphone import BLOCK_MS

    rng = np.random.default_rng(0)
    size = model.sample_rate * BLOCK_MS // 1000
    for sound in [read_audio(path, model.sample_rate) for path in paths]:
        quiet = rng.integers(-2, 3, model.sample_rate).astype(np.int16)
        whole = np.concatenate([sound, quiet])
        for at in range(0, len(whole), size):
            yield whole[at : at + size]
