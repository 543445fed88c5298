"""The log-mel extractor as Python sees it: frames, streams, tables, refusals."""

import pickle
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vox_embed.core import CoreError, Frontend
from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import features as schema_features
from vox_embed.features import LogMel
from vox_embed.features.host import inputs_of

SPEECH = LogMel(16000, 480, 320, 512, 40, 20, 8000)
SMALL = LogMel(8000, 100, 37, 128, 8, 0, 4000, "slaney", "hamming")
PARAMS = struct.Struct("<HHIHHHHIIIIII")


def noise(count, amplitude=3000, seed=1):
    return np.random.default_rng(seed).normal(0, amplitude, count).astype(np.int16)


@pytest.mark.parametrize("logmel", [SPEECH, SMALL])
@pytest.mark.parametrize("extra", [-1, 0, 1])
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_number_of_frames(logmel, extra, frames):
    count = logmel.window + (frames - 1) * logmel.hop + extra
    assert logmel.extract(noise(count)).shape == (logmel.frames(count), logmel.bands)
    assert logmel.frames(count) == (frames - 1 if extra < 0 else frames)


def test_empty_and_short_clips_have_no_frames():
    assert SPEECH.extract(np.zeros(0, np.int16)).shape == (0, 40)
    assert SPEECH.extract(np.zeros(479, np.int16)).shape == (0, 40)
    assert SPEECH.seconds(0) == 0.0
    assert SPEECH.seconds(2) == pytest.approx(0.05)


@given(st.lists(st.integers(0, 700), max_size=30), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_any_chunks_give_the_same_frames(sizes, seed):
    samples = noise(sum(sizes), seed=seed)
    for logmel in (SPEECH, SMALL):
        stream = logmel.stream()
        pieces = np.split(samples, np.cumsum(sizes)[:-1]) if sizes else []
        pushed = [stream.push(piece) for piece in pieces]
        together = np.concatenate([np.zeros((0, logmel.bands), np.int16), *pushed])
        assert np.array_equal(together, logmel.extract(samples))


def test_frames_do_not_depend_on_what_was_before():
    samples = noise(10 * 320 + 480)
    all_frames = SPEECH.extract(samples)
    assert np.array_equal(SPEECH.extract(samples[3 * 320 :]), all_frames[3:])


def test_one_in_use_goes_to_other_processes():
    for features in (schema.LogMel(), schema_features.Micro(), schema.Lld()):
        front = inputs_of(features).for_device
        frames = front.extract(noise(16000))
        other = pickle.loads(pickle.dumps(front))
        assert other == front
        assert other.identity == front.identity
        assert np.array_equal(other.extract(noise(16000)), frames)


def test_reset_forgets():
    stream = SMALL.stream()
    stream.push(noise(777, seed=2))
    stream.reset()
    assert np.array_equal(stream.push(noise(500)), SMALL.extract(noise(500)))


@pytest.mark.parametrize("logmel", [SPEECH, SMALL])
def test_silence_is_zero_and_louder_is_more(logmel):
    assert not logmel.extract(np.zeros(2000, np.int16)).any()
    quiet, loud = logmel.extract(noise(2000, 100)), logmel.extract(noise(2000, 100) * 16)
    assert (
        np.abs(loud.astype(int) - quiet - 8 * 512).max() <= 8
    )  # 16 times the amplitude: 8 octaves of energy


def test_a_tone_is_loudest_in_its_band():
    t = np.arange(16000) / 16000
    for band in (5, 20, 35):
        hz = SPEECH.edges_hz[band + 1]
        features = SPEECH.extract(np.round(8000 * np.sin(2 * np.pi * hz * t)).astype(np.int16))
        assert np.all(features.argmax(axis=1) == band)


def test_section_is_deterministic_and_names_its_identity():
    again = LogMel(16000, 480, 320, 512, 40, 20, 8000)
    assert again == SPEECH
    assert again.section() == SPEECH.section()
    assert again.identity == SPEECH.identity
    different = [SPEECH.with_bands(39), LogMel(16000, 480, 160, 512, 40, 20, 8000), SMALL]
    assert len({SPEECH.identity, *(other.identity for other in different)}) == 4
    assert len(SPEECH.names) == len(set(SPEECH.names)) == 40


@pytest.mark.parametrize("samples", [np.zeros(500), np.zeros(500, np.float32), np.zeros((500, 1), np.int16)])
def test_only_int16_mono_is_taken(samples):
    with pytest.raises(TypeError, match="int16"):
        SPEECH.extract(samples)


def test_strided_samples_are_fine():
    stereo = noise(4000).reshape(-1, 2)
    assert np.array_equal(SPEECH.extract(stereo[:, 1]), SPEECH.extract(stereo[:, 1].copy()))


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"sample_rate": 11025}, "sample_rate 11025 Hz", "16000"),
        ({"fft_size": 500}, "fft_size 500", "512"),
        ({"fft_size": 8192}, "fft_size 8192", "512"),
        ({"window": 600}, "window of 600", "fft_size 1024"),
        ({"window": 5000}, "window of 5000", "4096"),
        ({"window": 15}, "window of 15", "16"),
        ({"hop": 0}, "hop of 0", "skip"),
        ({"hop": 481}, "hop of 481", "skip"),
        ({"bands": 0}, "0 mel bands", "40"),
        ({"bands": 129}, "129 mel bands", "40"),
        ({"fmin": 300.0, "fmax": 200.0}, "300", "fmin"),
        ({"fmin": float("nan")}, "nan", "fmin"),
        ({"fmax": 9000.0}, "above half the sampling rate of 16000", "8000"),
        ({"mel": "bark"}, "mel scale 'bark'", "htk, slaney"),
        ({"taper": "kaiser"}, "window type 'kaiser'", "hann, hamming"),
        ({"bands": 128}, "mel band 3 of 128 (63 to 93 Hz)", "fft_size 1024 or 126 bands or fmin 30"),
    ],
)
def test_bad_settings_are_refused_with_a_way_out(change, message, hint):
    values = {"sample_rate": 16000, "window": 480, "hop": 320, "fft_size": 512, "bands": 40, "fmin": 20.0}
    with pytest.raises(VoxError) as refused:
        LogMel(**{**values, "fmax": 8000.0, **change})
    assert message in refused.value.message
    assert hint in (refused.value.hint or "")


def test_the_way_out_of_an_empty_band_works():
    with pytest.raises(VoxError) as refused:
        LogMel(16000, 400, 160, 512, 128, 20, 8000)
    ways = refused.value.hint.removeprefix("use ").split(" or ")
    assert len(ways) == 3
    for way in ways:
        numbers = [int(word) for word in way.split() if word.isdigit()]
        change = {"fft_size": 512, "bands": 128, "fmin": 20.0}
        change["bands" if way.endswith("bands") else way.split()[0]] = numbers[0]
        LogMel(16000, 400, 160, change["fft_size"], change["bands"], change["fmin"], 8000)


def edit(section, field, value):
    """The section with one of its parameters replaced."""
    names = ["kind", "bands", "rate", "window", "hop", "fft", "reserved", "window_at", "twiddle_at"]
    names += ["edges_at", "rise_at", "log_at", "reserved2"]
    values = list(PARAMS.unpack_from(section))
    values[names.index(field)] = value
    return PARAMS.pack(*values) + section[PARAMS.size :]


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", 2), ("bands", 0), ("bands", 129), ("rate", 16001), ("window", 15), ("window", 513), ("hop", 0)]
    + [("hop", 481), ("fft", 0), ("fft", 32), ("fft", 500), ("fft", 8192), ("reserved", 1), ("reserved2", 1)]
    + [(table, offset) for table in ("window_at", "twiddle_at", "edges_at", "rise_at", "log_at")
       for offset in (0, 39, 42, 2432, 0xFFFFFFFC, 0xFFFFFFFF)],
)  # fmt: skip
def test_check_refuses_parameters_out_of_range(field, value):
    with pytest.raises(CoreError):
        Frontend(edit(SPEECH.section(), field, value))


@pytest.mark.parametrize("cut", [0, 1, 39, 40, 1000, -3])
def test_check_refuses_a_cut_section(cut):
    with pytest.raises(CoreError):
        Frontend(SPEECH.section()[:cut])


def poke(section, table, index, code, value):
    """The section with one table entry replaced."""
    offsets = dict(
        zip(("window", "twiddle", "edges", "rise", "log"), PARAMS.unpack_from(section)[7:12], strict=True)
    )
    changed = bytearray(section)
    struct.pack_into(f"<{code}", changed, offsets[table] + 2 * index, value)
    return bytes(changed)


@pytest.mark.parametrize(
    ("table", "index", "code", "value"),
    [
        ("window", 3, "H", 32768),
        ("twiddle", 1, "h", 600),  # longer than 1 + 2^-15
        ("twiddle", 100, "h", -32768),
        ("edges", 41, "H", 258),
        ("edges", 0, "H", 300),
        ("edges", 20, "H", 1),
        ("rise", 7, "H", 32769),
        ("log", 10, "H", 65535),  # falls afterwards
    ],
)
def test_check_refuses_impossible_tables(table, index, code, value):
    Frontend(SPEECH.section())
    with pytest.raises(CoreError):
        Frontend(poke(SPEECH.section(), table, index, code, value))
