"""The exported folder as it is on the emulated RP2040: words into the microphone, events out of main.py."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers import micropython_rp2
from helpers.micropython_rp2 import Pico
from vox_embed.core import Model, run_clip
from vox_embed.data.audio import read_audio
from vox_embed.device.rp2040 import LEAD_MS, OVERSAMPLING
from vox_embed.export.base import ExportModel
from vox_embed.export.mpy import MicroPython
from vox_embed.spec.model_format import EventKind

LACKING = micropython_rp2.missing()
pytestmark = [
    pytest.mark.skipif(
        LACKING is not None, reason=f"MicroPython's RP2 port cannot be built and run: {LACKING}"
    ),
    pytest.mark.xdist_group("rp2040"),
]
LINE = re.compile(r"^ *(\d+) ms  (\S+) +(\d+) %\r?$", re.M)
LATE_MS = 80
"""How much an event may differ: 12 frames of 20 ms make a stride, and the sound begins somewhere in one."""


def words(folder: Path, rate: int) -> NDArray[np.int16]:
    """Three words at `rate` Hz, quiet between them."""
    rng = np.random.default_rng(0)

    def quiet(seconds: float) -> NDArray[np.int16]:
        return rng.normal(0, 20, round(seconds * rate)).astype(np.int16)

    parts = [quiet(1.0)]
    for name in sorted(folder.rglob("[147]_jackson_0.flac")):
        word = read_audio(name, rate).astype(float)
        parts += [(word * 16000 / np.abs(word).max()).astype(np.int16), quiet(1.0)]
    assert len(parts) == 7
    return np.concatenate(parts)


def heard_by_host(model: Model, fast: NDArray[np.int16]) -> list[tuple[str, int]]:
    """Label and time (ms) of the events that begin, with the quiet before the recording."""
    sound = fast[: len(fast) // OVERSAMPLING * OVERSAMPLING].reshape(-1, OVERSAMPLING).mean(1)
    lead = np.zeros(LEAD_MS * model.sample_rate // 1000, np.int16)
    run = run_clip(model, np.concatenate([lead, sound.astype(np.int16)]))
    samples = [
        (e.label, (e.frame - 1) * model.hop + model.window)
        for e in run.heard.events
        if e.kind == EventKind.BEGIN
    ]
    return [(model.labels[label], 1000 * end // model.sample_rate) for label, end in samples]


def listen(board: Pico, seconds: float) -> str:
    """What main.py prints while the recording plays, and a little longer."""
    said = b""
    deadline = time.monotonic() + 10 * seconds + 60
    ended: float | None = None
    while time.monotonic() < deadline and (ended is None or time.monotonic() < ended + 2):
        said += board._port.read()
        if ended is None and board.microphone.ended:
            ended = time.monotonic()
    assert ended is not None, said
    return said.decode()


@pytest.mark.parametrize("kind", ["adc", "pdm"])
def test_words_become_events(kind: str, digits: bytes, vox_data: Path, full: bool) -> None:
    if kind == "pdm" and not full:
        pytest.skip("the PDM microphone takes a minute and a half in the emulator: --full")
    model = Model(digits)
    files = dict(MicroPython("rp2040").files(ExportModel(digits, "digits")))
    line = b"vox_audio.Adc(26)  # or "
    assert files["main.py"].count(line) == 1
    arguments = ("--free",)
    if kind == "pdm":  # the line that the comment offers
        files["main.py"] = files["main.py"].replace(line, b"vox_audio.Pdm(clock=14, data=15)  # ")
        arguments = ("--free", "--microphone", "pdm:14:15")
    rate = OVERSAMPLING * model.sample_rate
    sound = words(vox_data / "fsdd", rate)
    expected = heard_by_host(model, sound)
    assert len(expected) >= 2
    with Pico(arguments=arguments) as board:
        board.put(files)
        board.microphone.play(sound, rate)
        board.start("exec(open('main.py').read())")
        said = listen(board, len(sound) / rate)
        assert board.microphone.stats()["errors"] == 0
    assert said.startswith("listening for"), said
    heard = [(label, int(at)) for at, label, _ in LINE.findall(said)]
    assert [label for label, _ in heard] == [label for label, _ in expected], said
    for (_, at), (_, wanted) in zip(heard, expected, strict=True):
        assert abs(at - wanted) <= LATE_MS
