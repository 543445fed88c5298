"""Every port and every architecture's module against the host: features, scores, events, bit for bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.micropython import Run
from helpers.micropython_clips import SCRIPT, expected, pack
from helpers.tiny_model import KINDS, tiny_model
from vox_embed.core import Model
from vox_embed.device.material import synthetic_clips


def chunks(clips: list[NDArray[np.int16]], limit: int) -> list[list[NDArray[np.int16]]]:
    """Clips in portions of at most `limit` bytes: what a board's memory holds at once."""
    portions: list[list[NDArray[np.int16]]] = [[]]
    size = 0
    for clip in clips:
        if size + clip.nbytes > limit and portions[-1]:
            portions.append([])
            size = 0
        portions[-1].append(clip)
        size += clip.nbytes
    return portions


def test_real_recordings(
    module: Run, digits: bytes, spoken_digits: Callable[[int], list[NDArray[np.int16]]], full: bool
) -> None:
    clips = spoken_digits(120 if full else 12)
    for portion in chunks(clips, 2_000_000):
        said = module(SCRIPT, {"model.vxm": digits, "clips.bin": pack(portion)})
        assert said == expected(Model(digits), portion)


@pytest.mark.parametrize("kind", KINDS)
def test_every_operator(module: Run, kind: str, full: bool) -> None:
    data = tiny_model(kind, seed=5)
    model = Model(data)
    clips = [clip.samples for clip in synthetic_clips(model, 28 if full else 7, 3)]
    assert module(SCRIPT, {"model.vxm": data, "clips.bin": pack(clips)}) == expected(model, clips)
