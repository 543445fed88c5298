"""A stream program in the listener: the results, events and gate of whole windows; what `open` refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.stream_classifier import network
from helpers.tiny_model import BANDS, FEATURES, LABELS
from vox_embed.core import Model
from vox_embed.core.listener import Heard, Listener
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_classifier
from vox_embed.program.program import Program
from vox_embed.program.vxm import Decision, Normaliser

WINDOW = 23


def classifier(program: Program, stride: int, mode: str = "none", gate: int = 0) -> bytes:
    source = program.input_tensor
    normaliser = Normaliser.from_statistics(
        mode, np.full(BANDS, 4000.0), np.full(BANDS, 900.0), 0.03, source.zero_point
    )
    decision = Decision(
        WINDOW,
        stride,
        len(LABELS),
        stream="exponential",
        threshold_on=0.36,
        threshold_off=0.34,
        gate_level=gate,
    )
    return build_classifier(
        features=FEATURES, normaliser=normaliser, program=program, labels=LABELS, decision=decision, meta={}
    )


def sound(seed: int) -> NDArray[np.int16]:
    """Bursts of noise between stretches of silence, longer than a window."""
    rng = np.random.default_rng(seed)
    loud = np.repeat(rng.choice([0.0, 1.0, 200.0, 9000.0], 12), 2400)
    return np.clip(rng.standard_normal(loud.size) * loud, -32768, 32767).astype(np.int16)


def hear(listener: Listener, samples: NDArray[np.int16], piece: int) -> list[Heard]:
    heard = [listener.push(samples[at : at + piece]) for at in range(0, len(samples), piece)]
    return [*heard, listener.finish()]


def results(heard: list[Heard]) -> tuple[NDArray[np.int64], tuple[object, ...]]:
    rows = [
        np.column_stack(
            [one.window_frames, one.posteriors, one.gated, one.verdict_labels, one.verdict_scores]
        )
        for one in heard
    ]
    return np.concatenate(rows).astype(np.int64), tuple(event for one in heard for event in one.events)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("gate", [0, 9000])
def test_the_results_of_whole_windows(seed: int, gate: int) -> None:
    run = 1 + seed % 3  # frames of the first run: 1, or as many as others
    stride = run * (1 + seed % 4)
    whole = Listener(Model(classifier(network(seed, WINDOW, run, False), stride, gate=gate)))
    model = Model(classifier(network(seed, WINDOW, run, True), stride, gate=gate))
    assert (model.run_frames, model.window_frames) == (run, WINDOW)
    assert model.state_bytes > 0
    flowing = Listener(model)
    for again in range(2):  # a reset forgets all
        samples = sound(10 * seed + again)
        expected, events = results(hear(whole, samples, 977))
        found, found_events = results(hear(flowing, samples, 1234))
        assert len(expected) > 20
        assert len({tuple(row[1:4]) for row in expected.tolist()}) > 5
        assert (gate > 0) == bool(expected[:, 4].any())
        np.testing.assert_array_equal(found, expected)
        assert found_events == events
        assert whole.clip()[0] == flowing.clip()[0]
        whole.reset()
        flowing.reset()


def test_it_takes_less_memory() -> None:
    whole, flowing = (Model(classifier(network(1, WINDOW, 2, stream), 6)) for stream in (False, True))
    assert flowing.listener_size < whole.listener_size


@pytest.mark.parametrize(
    ("stride", "mode"),
    [(5 * 7, "none"), (7, "none"), (6, "mean"), (6, "band_mean")],
    ids=["longer than the window", "no multiple", "mean", "band mean"],
)
def test_open_refuses(stride: int, mode: str) -> None:
    with pytest.raises(VoxError, match="does not hold together"):
        classifier(network(1, WINDOW, 2, True), stride, mode)


def test_open_refuses_few_frames_without_state() -> None:
    stream = network(1, WINDOW, 2, True)
    forgetful = replace(stream, tensors=tuple(replace(t, state=False, initial=0) for t in stream.tensors))
    with pytest.raises(VoxError, match="does not hold together"):
        classifier(forgetful, 6)
