"""Pitch, voice quality, formants by themselves: sanitisers, extreme frames, one result of every variant."""

import subprocess

import numpy as np
import pytest

from helpers import pitch_program

SANITIZE = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
VARIANTS = {"split": ("-O2", "-DVOX_SPLIT_MULTIPLY"), "plain": ("-O2", "-DVOX_PLAIN_C")}
SIZES = [(8000, 240), (8000, 320), (16000, 640), (16000, 960), (22050, 1323), (44100, 1765), (48000, 2880)]


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pitch")
    flags = {**VARIANTS, "sanitized": SANITIZE, "sanitized_split": (*SANITIZE, "-DVOX_SPLIT_MULTIPLY")}
    return {name: pitch_program.build(folder, *options) for name, options in flags.items()}


@pytest.mark.parametrize(("rate", "window"), SIZES)
@pytest.mark.parametrize("variant", ["sanitized", "sanitized_split"])
def test_extreme_frames_overflow_nowhere(programs, variant, rate, window):
    command = [str(programs[variant]), str(rate), str(window), "0", "200"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert 0 < int(done.stdout) < 200  # square waves and pulses have a pitch, constants have none


@pytest.mark.parametrize(("rate", "window"), SIZES)
def test_every_variant_gives_the_same_bits(programs, rate, window):
    rng = np.random.default_rng(3)
    time = np.arange(rate // 2) / rate
    phase = 2 * np.pi * np.cumsum(100 + 150 * time) / rate
    voice = sum(np.cos(k * phase) / k for k in range(1, 20)) * 4000 + rng.normal(0, 300, len(time))
    sound = np.concatenate([voice, voice / 1000, rng.integers(-32768, 32767, rate // 4)]).astype(np.int16)
    results = [pitch_program.run(p, sound, rate, window, rate // 100) for p in programs.values()]
    for other in results[1:]:
        for name, values in results[0].items():
            assert np.array_equal(values, other[name]), name


HOPS = [(8000, 480, 80), (16000, 960, 160), (16000, 960, 320), (16000, 640, 80), (16000, 960, 250)]
HOPS += [
    (8000, 240, 160),
    (16000, 480, 320),
    (16000, 960, 960),
    (22050, 1323, 220),
    (44100, 2646, 441),
    (48000, 2880, 240),
]


@pytest.mark.parametrize(("rate", "window", "hop"), HOPS)
def test_sums_that_are_kept_change_nothing(programs, rate, window, hop):
    rng = np.random.default_rng(5)
    time = np.arange(rate // 2) / rate
    phase = 2 * np.pi * np.cumsum(150 + 60 * np.sin(9 * time)) / rate
    voice = sum(np.cos(k * phase + k) / k for k in range(1, 20)) * 9000 + rng.normal(0, 300, len(time))
    sound = (voice * np.clip(3 * np.sin(20 * time), 0, 1) + 500).astype(np.int16)
    kept = pitch_program.run(programs["sanitized"], sound, rate, window, hop)
    anew = pitch_program.run(programs["sanitized"], sound, rate, window, hop, "anew")
    assert 0.2 < (kept["period"] > 0).mean() < 1
    for name, values in kept.items():
        assert np.array_equal(values, anew[name]), name


@pytest.mark.parametrize(
    ("rate", "window"), [(7999, 400), (48001, 2880), (16000, 479), (16000, 1601), (0, 0)]
)
def test_a_plan_out_of_range_is_refused(programs, rate, window):
    done = subprocess.run([str(programs["plain"]), str(rate), str(window), "0", "1"], check=False)
    assert done.returncode == 4
