"""A live stream over a bad line: the line's own accounting, and a minute of sound to an emulated board."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.tiny_model import tiny_model
from vox_embed.core import LinkDecoder, link_encode
from vox_embed.device.boards import find_board, project_folder
from vox_embed.device.endurance import endure
from vox_embed.device.faults import Direction
from vox_embed.device.measure.build import board_image


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.0005, 0.01]), st.integers(1, 400))
def test_the_line_knows_what_a_receiver_must_count(seed: int, rate: float, piece: int) -> None:
    generator = random.Random(seed)
    frames = [
        link_encode(generator.randrange(256), i & 255, generator.randbytes(generator.randrange(241)))
        for i in range(30)
    ]
    sent = b"".join(frames)
    line, decoder = Direction(rate, str(seed)), LinkDecoder()
    received = []
    for at in range(0, len(sent), piece):
        received += decoder.feed(line.disturb(sent[at : at + piece]))
    line.stop()
    received += decoder.feed(line.disturb(frames[0]))
    assert (line.intact, line.corrupt) == (decoder.frames, decoder.errors)
    assert line.frames <= len(frames) + 1
    assert len(received) == decoder.frames
    if line.faults == 0:
        assert (line.frames, line.intact, line.corrupt) == (len(frames) + 1, len(frames) + 1, 0)
    else:
        assert rate > 0


def test_a_minute_of_sound_over_a_bad_line(tmp_path: Path) -> None:
    """To the emulated Cortex-M4, through its UART. bench/link/hour.py does the same for an hour."""
    board = find_board("qemu-m4")
    needed = ("cmake", "ninja", "arm-none-eabi-gcc", board.emulator_program)
    lacking = [tool for tool in needed if shutil.which(tool) is None]
    if lacking:
        pytest.skip(f"{', '.join(lacking)} is not installed")
    data = tiny_model("conv")
    with board_image(project_folder(), board.name, data, "arm-none-eabi-") as built:
        image = Path(shutil.copy(built.elf, tmp_path))
    result = endure(board, image, data, seconds=60, rate=3e-5)
    assert result.ok, result
    assert result.seconds == 60
    assert result.windows_heard > 100
    assert result.events_heard > 0
    assert result.to_device.faults > 50
    assert result.to_device.corrupt > 50
    assert result.from_device.corrupt > 0
    assert result.resent > 0
