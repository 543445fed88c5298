"""MicroPython's RP2 port in the emulated RP2040: files on littlefs, the prompt over USB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers import micropython_rp2
from helpers.micropython import MODULES
from helpers.micropython_clips import SCRIPT, expected, pack
from helpers.micropython_rp2 import Pico
from vox_embed.core import Model

LACKING = micropython_rp2.missing()
pytestmark = [
    pytest.mark.skipif(
        LACKING is not None, reason=f"MicroPython's RP2 port cannot be built and run: {LACKING}"
    ),
    pytest.mark.xdist_group("rp2040"),
]
BLOB = """
def blob(name):
    with open(name, 'rb') as file:
        return file.read()
"""


@pytest.fixture(scope="module")
def pico(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pico]:
    flash: Path = tmp_path_factory.mktemp("pico") / "flash.bin"
    with Pico(flash) as board:
        board.put({"vox.mpy": (MODULES / "vox-armv6m.mpy").read_bytes()})
        yield board


def test_real_recordings(
    pico: Pico, digits: bytes, spoken_digits: Callable[[int], list[NDArray[np.int16]]], full: bool
) -> None:
    clips = spoken_digits(24 if full else 3)
    pico.put({"model.vxm": digits})
    for first in range(0, len(clips), 2):
        portion = clips[first : first + 2]
        pico.put({"clips.bin": pack(portion)})
        pico.run("clips = samples = events = listener = model = None\nimport gc\ngc.collect()")
        said = pico.run(BLOB + SCRIPT)
        assert said == expected(Model(digits), portion)
    assert pico.microphone.stats()["errors"] == 0


def test_memory_beside_the_model(pico: Pico, digits: bytes) -> None:
    pico.put({"model.vxm": digits})
    said = pico.run(
        f"""{BLOB}
import array, gc, vox
clips = model = listener = None
data = blob("model.vxm")
audio = array.array("h", bytes(640))
gc.collect()
gc.collect()
before = gc.mem_alloc()
model = vox.Model(data)
listener = vox.Listener(model)
listener.push(audio)
gc.collect()
print(gc.mem_alloc() - before, model.memory())
"""
    )
    taken, memory = map(int, said.split())
    assert memory == Model(digits).listener_size
    assert taken - memory <= 2048
