"""Cascades: the last stage alone, where the ones before wake it; silence elsewhere; what is refused."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.stream_classifier import network
from helpers.tiny_model import BANDS, FEATURES, LABELS, clip, tiny_model, tiny_network
from vox_embed.core import CoreError, Listener, Model
from vox_embed.core.listener import Heard
from vox_embed.experiment.errors import VoxError
from vox_embed.features.running import RunningMean
from vox_embed.program.build import build_classifier
from vox_embed.program.cascade import Stage, build_cascade, files_of
from vox_embed.program.on_demand import op_codes
from vox_embed.program.vxm import Decision, Normaliser, read_sections, write_container
from vox_embed.spec.model_format import EventKind

WINDOW = 23
RUNNING = RunningMean(np.full(BANDS, 4000, np.int16), 5)


def stage(seed: int, stream: bool, stride: int, running: bool = False, **decision: object) -> bytes:
    program = network(seed, WINDOW, 2, stream)
    settings = {"threshold_on": 0.36, "threshold_off": 0.34, "stream": "exponential"} | decision
    return build_classifier(
        features=FEATURES,
        normaliser=Normaliser.from_statistics(
            "running" if running else "none",
            np.full(BANDS, 0.0 if running else 4000.0),
            np.full(BANDS, 900.0),
            0.03,
            program.input_tensor.zero_point,
            RUNNING if running else None,
        ),
        program=program,
        labels=LABELS,
        decision=Decision(WINDOW, stride, len(LABELS), **settings),  # type: ignore[arg-type]
        meta={"name": f"stage {seed}"},
    )


def sound(seed: int) -> NDArray[np.int16]:
    """Noise, loud and soft, and silences between, some longer than a window."""
    rng = np.random.default_rng(seed)
    loud = np.repeat(rng.choice([0.0, 1.0, 100.0, 3000.0, 12000.0], 40), rng.integers(300, 4000, 40))
    return np.clip(rng.standard_normal(loud.size) * loud, -32768, 32767).astype(np.int16)


def hear(data: bytes, samples: NDArray[np.int16]) -> Heard:
    return Listener(Model(data)).push(samples)


def awake_frames(woken: NDArray[np.bool_], hold: int) -> NDArray[np.bool_]:
    """Frame by frame: woken now, or within `hold` frames."""
    awake, rest = np.zeros(len(woken), bool), 0
    for i, now in enumerate(woken):
        awake[i] = now or rest > 0
        rest = hold if now else max(rest - 1, 0)
    return awake


def events_on(heard: Heard) -> NDArray[np.bool_]:
    """Whether an event is on after each frame."""
    on = np.zeros(len(heard.features), bool)
    for event in heard.events:
        on[event.frame - 1 :] = event.kind == EventKind.BEGIN
    return on


def check(cascade: Heard, alone: Heard, awake: NDArray[np.bool_]) -> None:
    """Results of the last stage, always awake, where it is awake; else silence."""
    np.testing.assert_array_equal(cascade.window_frames, alone.window_frames)
    up = awake[alone.window_frames.astype(int) - 1] & (alone.gated == 0)
    np.testing.assert_array_equal(cascade.gated == 0, up)
    np.testing.assert_array_equal(cascade.posteriors, np.where(up[:, None], alone.posteriors, 0))


@pytest.mark.parametrize("seed", range(8))
def test_two_stages(seed: int) -> None:
    first = stage(seed, seed % 2 == 0, 2 + 2 * (seed % 3), gate_level=9000 if seed % 3 else 0)
    last = stage(100 + seed, seed % 4 < 2, 4, running=seed % 2 == 1, gate_level=7000 if seed == 5 else 0)
    hold = (0, 7, 30)[seed % 3]
    data = build_cascade([Stage("first", first), Stage("last", last, hold)])
    assert Model(data).listener_size < Model(first).listener_size + Model(last).listener_size + 700
    awake_results = asleep = 0
    listener = Listener(Model(data))
    for turn in range(3):
        samples = sound(10 * seed + turn)
        awake = awake_frames(events_on(hear(first, samples)), hold)
        cascade = listener.push(samples)
        check(cascade, hear(last, samples), awake)
        awake_results += int((cascade.gated == 0).sum())
        asleep += int((cascade.gated == 1).sum())
        listener.reset()
    assert asleep > 1
    assert awake_results > 5


@pytest.mark.parametrize("stream", [False, True])
def test_a_level_wakes(stream: bool) -> None:
    last = stage(3, stream, 2)
    samples = sound(5)
    data = build_cascade([Stage("one", last, 6)], level=9000)
    alone = hear(last, samples)
    cascade = hear(data, samples)
    check(cascade, alone, awake_frames(alone.levels >= 9000, 6))
    assert 0 < cascade.gated.mean() < 1


def test_three_stages_and_each_needs_the_one_before() -> None:
    first, second, last = (stage(seed, True, 2, gate_level=0) for seed in (1, 2, 3))
    samples = sound(8)
    data = build_cascade([Stage("a", first), Stage("b", second, 20), Stage("c", last, 9)])
    two = build_cascade([Stage("a", first), Stage("b", second, 20)])
    assert len(list(files_of(data))) == 3
    awake = awake_frames(events_on(hear(two, samples)), 9)
    check(hear(data, samples), hear(last, samples), awake)
    assert awake.any() and not awake.all()


def test_a_shorter_lookback_takes_less_memory_and_its_results_come_later() -> None:
    first, last = stage(0, True, 2), stage(9, True, 2)
    samples = np.concatenate([sound(seed) for seed in range(4)])
    whole, short = (
        build_cascade([Stage("first", first), Stage("last", last, 30, lookback)]) for lookback in (None, 8)
    )
    assert Model(short).listener_size < Model(whole).listener_size
    late, early, alone = hear(short, samples), hear(whole, samples), hear(last, samples)
    up = late.gated == 0
    assert 0 < up.sum() < (early.gated == 0).sum()
    assert not (up & (early.gated == 1)).any()
    np.testing.assert_array_equal(late.posteriors[up], alone.posteriors[up])


def test_what_is_kept_of_the_parts() -> None:
    first, last = tiny_model("dense", gate_level=0), tiny_model("every_op", gate_level=0)
    data = build_cascade([Stage("first", first), Stage("last", last)])
    assert op_codes(data) == op_codes(first) | op_codes(last)
    assert Model(data).labels == Model(last).labels
    assert b'"stages":["tiny","tiny"]' in Model(data).meta


def test_refused_by_the_host() -> None:
    other = replace(FEATURES, hop=50)
    first, last = tiny_model("dense"), tiny_model("dense", features=other)
    with pytest.raises(VoxError, match=r"hop is 100 samples in first and 50 samples in last"):
        build_cascade([Stage("first", first), Stage("last", last)])
    with pytest.raises(VoxError, match="bands or tables"):
        last = tiny_model("dense", features=replace(FEATURES, fmin=100.0))
        build_cascade([Stage("first", first), Stage("last", last)])
    with pytest.raises(VoxError, match="bare network"):
        build_cascade([Stage("first", first), Stage("last", tiny_network())])
    with pytest.raises(VoxError, match="has 2 to 4"):
        build_cascade([Stage("first", first)] * 5)
    with pytest.raises(VoxError, match="has 2 to 4"):
        build_cascade([Stage("first", first)])
    with pytest.raises(VoxError, match="a cascade already"):
        build_cascade([Stage("first", first), Stage("both", build_cascade([Stage("first", first)] * 2))])
    with pytest.raises(VoxError, match="cannot sleep"):
        build_cascade([Stage("first", first), Stage("last", tiny_model(functionals=("mean",)))])


def broken(data: bytes, **wake: int) -> bytes:
    sections = read_sections(data)
    lookback, hold, level, reserved = struct.unpack_from("<HHhH", sections["WAKE"])
    fields = {"lookback": lookback, "hold": hold, "level": level, "reserved": reserved} | wake
    head = struct.pack("<HHhH", *fields.values())
    return write_container({**sections, "WAKE": head + sections["WAKE"][8:]})


def refused(data: bytes) -> int:
    with pytest.raises(CoreError) as caught:
        Model(data)
    return int(caught.value.args[0])


def test_refused_by_open() -> None:
    first, last = stage(1, True, 2), stage(2, True, 4)
    data = build_cascade([Stage("first", first), Stage("last", last)])
    Model(broken(data))
    for fields in (
        {"lookback": 0},
        {"lookback": 3},
        {"lookback": 26},
        {"level": 5},
        {"level": -1},
        {"reserved": 1},
    ):
        assert refused(broken(data, **fields)) == -13
    sections = read_sections(data)
    inner = sections["WAKE"][8:]
    assert refused(write_container({**sections, "WAKE": sections["WAKE"][:4]})) == -7
    assert refused(write_container({**sections, "WAKE": sections["WAKE"] + bytes(8)})) == -7
    assert (
        refused(write_container({**sections, "WAKE": sections["WAKE"][:8] + first})) == -7
    )  # a front end of its own
    assert refused(write_container({**sections, "WAKE": sections["WAKE"][:-8]})) < 0
    assert refused(inner) == -7  # without a front end
    unmoved = {
        k: v for k, v in read_sections(first).items() if k != "FRNT"
    }  # its inner tensors lie in the state
    assert (
        refused(write_container({**sections, "WAKE": sections["WAKE"][:8] + write_container(unmoved)})) == -9
    )
    moved = read_sections(last)  # both states in the same place
    assert refused(write_container({**sections, "PROG": moved["PROG"]})) == -9
    chain = inner
    for _ in range(4):
        body = {**read_sections(inner), "WAKE": struct.pack("<HHhH", 22, 0, 0, 0) + chain}
        chain = write_container(body)
    assert refused(write_container({**sections, "WAKE": sections["WAKE"][:8] + chain})) == -7


def test_it_stays_a_clip() -> None:
    first, last = stage(1, True, 2), stage(2, False, 4)
    model = Model(build_cascade([Stage("first", first), Stage("last", last)]))
    listener = Listener(model)
    listener.push(clip("bursts", 0.2))
    heard = listener.finish()
    assert len(heard.window_frames) >= 1
    assert listener.clip()[2].shape == (len(LABELS),)
