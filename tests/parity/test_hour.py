"""An hour of sound through the emulated M4, as fast as its line takes it: what the host hears, nothing lost.

Without `--full` it is 20 seconds; VOX_HOUR_MINUTES shortens it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from ears import Ears
from material import stream

from helpers.tiny_model import tiny_model
from vox_embed.core import Listener, Model
from vox_embed.device.boards import find_board
from vox_embed.device.material import synthetic_clips
from vox_embed.device.session import Session
from vox_embed.device.targets import open_board
from vox_embed.features.logmel import LogMel

PIECE = 10
"""Seconds of sound that are sent, and compared, at once."""
FEATURES = LogMel(sample_rate=8000, window=256, hop=256, fft_size=256, bands=8, fmin=60.0, fmax=3800.0)


def listen(session: Session, data: bytes, seconds: int, seed: int) -> tuple[int, int, int]:
    """Frames, windows and events of so much sound, all of them as the host's."""
    model, ears = Model(data), Ears()
    session.push_model(data)
    session.sink = ears.take
    host, live = Listener(model), session.live()
    clips = [c.samples for c in synthetic_clips(model, 12, seed)]
    frames = 0
    for i in range(seconds // PIECE):
        sound = stream(clips, model.sample_rate, PIECE, 1000 * seed + i)
        live.push(sound)
        heard = host.push(sound)
        frames += len(heard.features)
        ears.compare(heard)
    clip = live.end()
    assert clip is not None
    assert (clip.frames, clip.windows, clip.events) == (frames, ears.windows, ears.heard_events)
    label, score, scores = host.clip()
    assert (clip.label, clip.score) == (label, score)
    assert np.array_equal(clip.scores, scores)
    return frames, ears.windows, ears.heard_events


@pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="QEMU is not installed")
@pytest.mark.usefixtures("emulated")
def test_an_hour_on_the_emulated_m4(images: dict[str, Path], full: bool) -> None:
    minutes = int(os.environ.get("VOX_HOUR_MINUTES", "60"))
    parts, seconds = (6, 10 * minutes) if full else (2, 10)
    on = {"threshold_on": 0.36, "threshold_off": 0.34}
    models = [
        tiny_model("dense", features=FEATURES, seed=3, **on),
        tiny_model("conv", features=FEATURES, seed=4, stream="majority", **on),
    ]
    with open_board(find_board("qemu-m4"), images["qemu-m4"]) as session:
        counts = [listen(session, models[i % 2], seconds, i) for i in range(parts)]
        stats = session.stats()
    frames, windows, events = (sum(column) for column in zip(*counts, strict=True))
    print(f"\n{parts * seconds} s: {frames} frames, {windows} windows, {events} events; {stats}")
    assert frames == parts * (seconds * 8000 // 256)
    assert events > parts
    assert (stats.frames, stats.windows, stats.events) == (frames, windows, events)
    assert stats.link_errors == stats.receive_lost == stats.unsent == stats.audio_lost == 0
    assert 0 < stats.stack_used < stats.stack_size
