"""Functionals of the C library against float64, and windows as the device cuts them."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from functionals_float64 import functional
from numpy.typing import NDArray

from helpers.tiny_model import FEATURES, clip, tiny_model
from vox_embed.core import CoreError, Listener, Model, run_clip
from vox_embed.core import Functionals as NativeFunctionals
from vox_embed.experiment.errors import VoxError
from vox_embed.features.functionals import Functionals, spans
from vox_embed.spec import model_format

FUNCTIONALS = tuple(model_format.FUNCTIONALS)

NAMES = ("f0", "energy", "tilt", "jitter")
RATE = 100.0


def frames_of(count: int, seed: int, scale: int = 3000) -> NDArray[np.int16]:
    """Slow walks; f0 is 0 in stretches, and jitter counts where it is not."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, scale / 10, (count, 4)), axis=0) + rng.normal(0, scale / 4, (count, 4))
    voiced = np.sin(np.arange(count) / 9 + seed) > -0.2
    walk[:, 0] = np.where(voiced, np.abs(walk[:, 0]) + 1, 0)
    return np.clip(np.round(walk), -32768, 32767).astype(np.int16)


def all_of(rate: float = RATE, gated: tuple[str, ...] = ("f0", "jitter")) -> Functionals:
    return Functionals(NAMES, FUNCTIONALS, rate, gate="f0", gated=frozenset(gated))


@pytest.mark.parametrize("gated", [("f0", "jitter"), ()])
@pytest.mark.parametrize(("count", "scale"), [(1, 3000), (2, 100), (37, 3000), (500, 20), (3000, 30000)])
def test_against_float64(count: int, scale: int, gated: tuple[str, ...]) -> None:
    frames = frames_of(count, count + scale, scale)
    kind = all_of(gated=gated).fit([frames])
    found = dict(zip(kind.names, kind.extract(frames, count, count)[0], strict=True))
    voiced = frames[:, 0] > 0
    assert len(found) == 13 * 4 + 5
    for name, value in found.items():
        feature, statistic = name.split("_", 1)
        index = NAMES.index(feature)
        counts = voiced if feature in gated else np.ones(count, bool)
        want = np.clip(functional(statistic, frames[:, index], counts, RATE), -32768, 32767)
        # Rounded to whole units; percentiles are those of a histogram, exact to a bin.
        width = 1 << kind.ranges[index][1]
        inside = abs(value - want) <= width * (2 if statistic == "p20_80" else 1)
        error = width if statistic.startswith("p") and inside else 0.52
        if statistic == "p20_80":
            error = 2 * width
        assert abs(value - want) <= error, (name, value, want)


def test_extreme_values() -> None:
    frames = np.zeros((16384, 4), np.int16)
    frames[::2] = 32767
    frames[1::2] = -32768
    kind = all_of()
    found = dict(zip(kind.names, kind.extract(frames, 16384, 16384)[0].tolist(), strict=True))
    assert (found["energy_min"], found["energy_max"], found["energy_range"]) == (-32768, 32767, 32767)
    assert found["energy_mean"] in (-1, 0)
    assert found["energy_std"] == 32767
    assert found["energy_rise"] == found["energy_fall"] == 32767
    assert found["f0_segment_mean"] == 10


def test_no_frames_and_no_voiced_frames() -> None:
    kind = all_of()
    native = NativeFunctionals(kind.section(), 4)
    assert not native.window(np.zeros((0, 4), np.int16)).any()
    found = dict(zip(kind.names, native.window(np.full((9, 4), -5, np.int16)), strict=True))
    assert found["jitter_mean"] == found["f0_max"] == found["f0_segments"] == 0
    assert found["energy_mean"] == -5


def test_too_many_frames() -> None:
    native = NativeFunctionals(all_of().section(), 4)
    with pytest.raises(ValueError, match="at most 16384"):
        native.window(np.zeros((16385, 4), np.int16))


def test_names_and_refusals() -> None:
    kind = Functionals(("a", "b"), ("mean", "segments"), RATE)
    assert kind.names == ("a_mean", "b_mean")
    with pytest.raises(VoxError, match="none of them applies"):
        Functionals(("a", "b"), ("segments",), RATE)
    with pytest.raises(VoxError, match="did you mean `mean`"):
        Functionals(("a", "b"), ("meen",), RATE)
    with pytest.raises(VoxError, match="at most 2048"):
        Functionals(tuple(f"x{i}" for i in range(128)), FUNCTIONALS + FUNCTIONALS[:5], RATE)


def hostile(at: int, code: str, value: int) -> bytes:
    section = bytearray(all_of().section())
    struct.pack_into("<" + code, section, at, value)
    return bytes(section)


@pytest.mark.parametrize(
    ("at", "code", "value"),
    [
        (0, "H", 5),  # features
        (2, "H", 0),  # no values
        (2, "H", 2049),
        (4, "H", 4),  # gate behind the features
        (6, "H", 0),  # frame rate
        (8, "I", 10_000),  # list
        (8, "I", 33),
        (12, "I", 0xFFFFFFF0),  # feature table
        (18, "B", 16),  # shift
        (19, "B", 64),  # unknown group
        (19, "B", 1),  # a group that is needed is missing
        (32, "B", 4),  # feature of the first value
        (33, "B", 0),
        (33, "B", 19),
    ],
)
def test_hostile_sections(at: int, code: str, value: int) -> None:
    with pytest.raises(CoreError):
        NativeFunctionals(hostile(at, code, value), 4)
    with pytest.raises(CoreError):
        NativeFunctionals(all_of().section()[:-1], 4)


def test_voiced_group_without_a_gate() -> None:
    section = bytearray(all_of().section())
    struct.pack_into("<H", section, 4, 0xFFFF)
    with pytest.raises(CoreError):
        NativeFunctionals(bytes(section), 4)


# ---- in a stream

STATISTICS = ("mean", "std", "p50", "slope", "rise")


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.1, 0.33, 0.5, 0.9, 2.0])
@pytest.mark.parametrize(("window", "stride"), [(24, 5), (24, 24), (10, 7), (1, 1), (3000, 3000)])
def test_a_clip_runs_the_windows_of_spans(seconds: float, window: int, stride: int) -> None:
    model = Model(tiny_model(functionals=STATISTICS, window=window, stride=stride, gate_level=0))
    sound = clip("bursts", seconds, seed=4)
    kind = Functionals.of(FEATURES, STATISTICS)
    heard = run_clip(model, sound).heard
    padded = sound if len(sound) >= FEATURES.window else np.pad(sound, (0, FEATURES.window - len(sound)))
    frames = FEATURES.extract(padded)
    assert np.array_equal(heard.features[: len(frames)], frames)
    rows = kind.extract(frames, window, stride)
    assert len(rows) == len(heard.posteriors) >= 1
    inputs = model.normalise(rows[:, None, :])
    outputs = model.run(inputs).astype(np.int32)
    assert np.array_equal(heard.posteriors, (outputs + 128) << 7)
    assert heard.window_frames.tolist() == [end for _, end in spans(len(frames), window, stride)]


@pytest.mark.parametrize("cut", [1, 37, 100, 999])
def test_however_the_samples_are_cut(cut: int) -> None:
    model = Model(tiny_model(functionals=STATISTICS))
    sound = clip("bursts", 1.3, seed=2)
    whole, pieces = Listener(model), Listener(model)
    want = whole.push(sound)
    got = [pieces.push(sound[i : i + cut]).posteriors for i in range(0, len(sound), cut)]
    assert np.array_equal(np.concatenate(got), want.posteriors)
    assert len(want.posteriors) > 10


def test_the_gate_looks_at_the_short_window_alone() -> None:
    quiet = np.zeros(8000, np.int16)
    loud = clip("noise", 0.2, seed=1)
    model = Model(tiny_model(functionals=STATISTICS, window=24, stride=24, gate_level=9000))
    heard = run_clip(model, np.concatenate([loud, quiet[:2200]])).heard
    assert heard.gated.tolist() == [0, 1]


def test_bare_network_takes_no_functionals() -> None:
    data = tiny_model(functionals=STATISTICS)
    sections = {}
    count = struct.unpack_from("<H", data, 6)[0]
    for i in range(count):
        tag, offset, size, _ = struct.unpack_from("<4sIII", data, 16 + 16 * i)
        sections[tag.decode()] = data[offset : offset + size]
    from vox_embed.program.vxm import write_container

    kept = {tag: sections[tag] for tag in ("FUNC", "PROG", "WGHT")}
    with pytest.raises(CoreError):
        Model(write_container(kept))
