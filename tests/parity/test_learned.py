"""The learned encoder on every board over a long stream: each feature, score and event as the host's.

300 frames; with `--full` 10^5 of them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from bench import Bench
from ears import Ears
from material import stream

from helpers.encoder import encoder_model
from vox_embed.core import Listener, Model
from vox_embed.device.material import synthetic_clips
from vox_embed.device.messages import Features, Message
from vox_embed.features.logmel import LogMel
from vox_embed.spec.link import Stream

FEATURES = LogMel(sample_rate=8000, window=128, hop=32, fft_size=128, bands=20, fmin=60.0, fmax=3800.0)
PIECE = 10
"""Seconds of sound that are sent, and compared, at once."""


class FeatureEars(Ears):
    """The features of each frame, too."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Features] = []

    def take(self, message: Message) -> None:
        """Keeps them."""
        if isinstance(message, Features):
            self.frames.append(message)
        else:
            super().take(message)


def test_a_long_stream_through_the_encoder(
    board: str, bench: Bench, full: bool, record_property: Callable[[str, object], None]
) -> None:
    wanted = 100_000 if full else 300
    data = encoder_model(FEATURES, units=48)
    model, ears = Model(data), FeatureEars()
    session = bench.fresh()
    if len(data) > session.device.model_slot:
        pytest.skip(f"{board} takes models of {session.device.model_slot:,} bytes, this has {len(data):,}")
    session.push_model(data)
    session.sink = ears.take
    host, live = Listener(model), session.live(Stream.RESULTS | Stream.EVENTS | Stream.FEATURES)
    clips = [clip.samples for clip in synthetic_clips(model, 12, 5)]
    left, seen, varied, piece = FEATURES.window + (wanted - 1) * FEATURES.hop, 0, set(), 0
    while left:
        sound = stream(clips, model.sample_rate, PIECE, piece)[:left]
        left, piece = left - len(sound), piece + 1
        live.push(sound)
        heard = host.push(sound)
        assert [frame.frame for frame in ears.frames] == list(range(seen, seen + len(heard.features)))
        assert np.array_equal([frame.values for frame in ears.frames], heard.features)
        ears.frames.clear()
        ears.compare(heard)
        seen += len(heard.features)
        varied |= set(map(tuple, heard.posteriors.tolist()))
    clip = live.end()
    assert clip is not None
    label, score, scores = host.clip()
    assert (clip.label, clip.score) == (label, score)
    assert np.array_equal(clip.scores, scores)
    assert seen == wanted
    assert len(varied) > min(50, ears.windows // 4)
    assert ears.heard_events > 0
    record_property(
        "parity",
        f"{board:<10} {'learned encoder, stream':<24} {1:>5} {seen:>7} {ears.windows:>7} "
        f"{ears.heard_events:>6}   differences: {0:>8} {0:>7} {0:>7}",
    )
