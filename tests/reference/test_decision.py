"""Verdicts and events of the C library against the slow reference, on streams of real windows."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_model import CLIPS, LABELS, RATE, clip, tiny_model
from vox_embed.core import CoreError, Decider, Listener, Model, run_clip
from vox_embed.program.vxm import Decision, Rule
from vox_embed.spec.model_format import DecisionParams, LabelFlag

sys.path.insert(0, str(Path(__file__).parent))
from decision_reference import ONE, Reference, Settings


def stream(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    kinds = random.choice(CLIPS, 12)
    return np.concatenate([clip(str(kind), float(random.uniform(0.2, 1.5)), RATE, seed) for kind in kinds])


@pytest.mark.parametrize("seed", range(24))
def test_stream_and_clip_decide_as_described(seed: int) -> None:
    random = np.random.default_rng(1000 + seed)
    on = int(random.integers(1, ONE + 1)) if seed % 3 else ONE * 2 // 5
    settings = Settings(
        labels=len(LABELS),
        stream=("mean", "majority", "exponential")[seed % 3],
        clip=("mean", "majority")[seed % 2],
        history=int(random.integers(1, 9)),
        alpha=int(random.integers(1, ONE + 1)),
        on=on,
        off=int(random.integers(0, on + 1)),
        unknown=int(random.choice([0, ONE // 3, ONE // 2])),
        refractory=int(random.integers(0, 60)),
        background=frozenset({2} if seed % 4 else ()),
    )
    data = tiny_model(
        "conv",
        seed=seed,
        stream=settings.stream,
        clip=settings.clip,
        history=settings.history,
        alpha=settings.alpha / ONE,
        threshold_on=settings.on / ONE,
        threshold_off=settings.off / ONE,
        unknown_threshold=settings.unknown / ONE,
        refractory=settings.refractory,
        background=settings.background,
        gate_level=int(random.choice([0, 9000, 11000])),
    )
    samples = stream(seed)
    heard = (run := run_clip(Model(data), samples)).heard
    reference = Reference(settings)
    events = []
    for i, frame in enumerate(heard.window_frames):
        posteriors = None if heard.gated[i] else [int(p) for p in heard.posteriors[i]]
        label, score, new = reference.push(posteriors, int(frame))
        assert (label, score) == (heard.verdict_labels[i], heard.verdict_scores[i])
        events += new
    assert [tuple(event) for event in heard.events] == events
    label, score, scores = reference.clip()
    assert (run.label, run.score, run.scores.tolist()) == (label, score, scores)
    assert len(heard.window_frames) > 20  # or the test would show nothing


def test_the_streams_above_raise_events_and_close_the_gate() -> None:
    model = Model(
        tiny_model("conv", threshold_on=0.4, threshold_off=0.4, refractory=0, background=frozenset())
    )
    heard = run_clip(model, stream(3)).heard
    kinds = [event.kind for event in heard.events]
    assert kinds.count(1) > 1
    assert kinds.count(2) > 1
    assert 0 < heard.gated.sum() < len(heard.gated)


@pytest.mark.parametrize("seed", range(6))
def test_pieces_of_any_size_are_heard_alike(seed: int) -> None:
    random = np.random.default_rng(seed)
    model = Model(tiny_model("every_op"))
    samples = stream(seed)[: RATE * 4]
    whole = run_clip(model, samples)
    listener = Listener(model)
    parts, at = [], 0
    while at < len(samples):
        size = int(random.choice([0, 1, 7, 99, 100, 101, 800, 5000]))
        parts.append(listener.push(samples[at : at + size]))
        at += size
    parts.append(listener.finish())
    for name in (
        "features",
        "levels",
        "window_frames",
        "posteriors",
        "verdict_labels",
        "verdict_scores",
        "gated",
    ):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert np.array_equal(joined, getattr(whole.heard, name)), name
    assert tuple(event for part in parts for event in part.events) == whole.heard.events
    label, score, scores = listener.clip()
    assert (label, score, scores.tolist()) == (whole.label, whole.score, whole.scores.tolist())

    listener.reset()
    again = listener.push(samples)
    assert np.array_equal(again.posteriors, whole.heard.posteriors[: len(again.posteriors)])


@pytest.mark.parametrize(
    ("length", "windows"), [(0, 1), (1, 1), (2499, 1), (2500, 1), (2501, 1), (2600, 2), (6000, 8)]
)
def test_a_clip_ends_with_the_window_that_takes_in_its_last_frames(length: int, windows: int) -> None:
    # 24 frames of 100 samples (the first of 200) are 2500 samples; a window every 5 frames.
    model = Model(tiny_model("dense", gate_level=0))
    heard = run_clip(model, clip("tone", 1.0)[:length] if length <= RATE else clip("tone", 1.0)).heard
    assert len(heard.window_frames) == windows
    assert heard.window_frames.tolist() == [24 + 5 * i for i in range(windows)]


def test_silence_is_a_verdict_not_a_label() -> None:
    run = run_clip(Model(tiny_model("conv", gate_level=12000)), clip("silence", 2.0))
    assert run.label == -2
    assert run.score == 0
    assert run.heard.gated.all()
    assert not run.heard.posteriors.any()


@pytest.mark.parametrize("seed", range(12))
def test_tags_decide_as_described(seed: int) -> None:
    random = np.random.default_rng(2000 + seed)
    tags = []
    for _ in LABELS:
        on = int(random.integers(ONE // 5, ONE // 2))
        tags.append(
            (on, int(random.integers(0, on + 1)), int(random.integers(0, 30)), int(random.integers(1, 4)))
        )
    settings = Settings(
        labels=len(LABELS),
        stream=("mean", "exponential")[seed % 2],
        history=int(random.integers(1, 5)),
        alpha=int(random.integers(ONE // 4, ONE + 1)),
        background=frozenset({1} if seed % 4 == 0 else ()),
        tags=tuple(tags),
    )
    data = tiny_model(
        "conv",
        seed=seed,
        stream=settings.stream,
        history=settings.history,
        alpha=settings.alpha / ONE,
        background=settings.background,
        gate_level=int(random.choice([0, 9000])),
        rules=tuple(Rule(on / ONE, off / ONE, rest, windows) for on, off, rest, windows in tags),
        tags=True,
    )
    heard = (run := run_clip(Model(data), stream(seed))).heard
    reference = Reference(settings)
    events = []
    for i, frame in enumerate(heard.window_frames):
        posteriors = None if heard.gated[i] else [int(p) for p in heard.posteriors[i]]
        label, score, new = reference.push(posteriors, int(frame))
        assert (label, score) == (heard.verdict_labels[i], heard.verdict_scores[i])
        events += new
    assert [tuple(event) for event in heard.events] == events
    label, score, scores = reference.clip()
    assert (run.label, run.score, run.scores.tolist()) == (label, score, scores)


def test_tags_without_rules_or_beside_other_labels_do_not_open() -> None:
    rules = (Rule(0.5, 0.4, 0),) * len(LABELS)
    good = Decision(window=20, stride=5, labels=3, rules=rules, tags=True).section()
    Decider(good)
    for change in ({"rules": ()}, {"clip": "majority"}, {"stream": "majority"}):
        with pytest.raises(CoreError):
            Decider(
                Decision(
                    **({"window": 20, "stride": 5, "labels": 3, "rules": rules, "tags": True} | change)
                ).section()
            )
    mixed = bytearray(good)
    mixed[DecisionParams.SIZE] &= ~LabelFlag.TAG & 0xFF
    with pytest.raises(CoreError):
        Decider(bytes(mixed))
