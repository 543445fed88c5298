"""The descriptor extractor as Python sees it: streams, names, sections, refusals."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vox_embed.core import CoreError, Frontend
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema.features import LLD_SETS, LLDS
from vox_embed.features import Descriptors, LogMel, NoiseReduction, Pcan

FRAME = LogMel(16000, 320, 160, 512, 26, 20.0, 8000.0, taper="hamming")
ALL = Descriptors(
    FRAME,
    (
        *LLDS,
        *(f"mfcc_{i}" for i in range(6)),
        *(f"logmel_{i}" for i in range(26)),
        *(f"spectrum_{i}" for i in range(20)),
        *("loudness_delta", "loudness_delta2", "mfcc_3_delta", "flux_delta"),
    ),
    spectrum_step=4,
    noise=NoiseReduction(),
    pcan=Pcan(),
)


def noise(count, amplitude=3000, seed=1):
    return np.random.default_rng(seed).normal(0, amplitude, count).astype(np.int16)


@given(st.lists(st.integers(0, 900), max_size=20), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_any_chunks_give_the_same_frames(sizes, seed):
    samples = noise(sum(sizes), seed=seed)
    stream = ALL.stream()
    pieces = np.split(samples, np.cumsum(sizes)[:-1]) if sizes else []
    pushed = [stream.push(piece) for piece in pieces]
    together = np.concatenate([np.zeros((0, ALL.bands), np.int16), *pushed])
    assert np.array_equal(together, ALL.extract(samples))


def test_reset_forgets_the_history_too():
    stream = ALL.stream()
    stream.push(noise(5000, seed=2))
    stream.reset()
    assert np.array_equal(stream.push(noise(3000)), ALL.extract(noise(3000)))


def test_whole_clips_do_not_disturb_each_other():
    first = ALL.extract(noise(5000))
    ALL.extract(noise(5000, seed=3))
    assert np.array_equal(ALL.extract(noise(5000)), first)


def test_only_what_is_listed_changes_nothing_else():
    """A value is the same alone and in company."""
    samples = noise(6000)
    together = ALL.extract(samples)
    for name in ("flux", "entropy", "mfcc_2", "logmel_7", "slope_500_1500", "rolloff_75"):
        alone = ALL.with_values((name, "voicing")).extract(samples)  # in a frame as long
        assert np.array_equal(alone[:, 0], together[:, ALL.names.index(name)]), name


def test_sets_are_made_of_known_names():
    for names in LLD_SETS.values():
        d = Descriptors(FRAME, names)
        assert d.names == names
        assert len(d.qs) == len(names)
        assert d.extract(noise(2000)).shape == (d.frames(2000), len(names))


def test_identity_tells_settings_apart():
    made = [
        ALL,
        ALL.with_values(ALL.values[:-1]),
        ALL.with_values(("energy",)),
        Descriptors(FRAME, ("mfcc_1",)),
        Descriptors(FRAME, ("mfcc_1",), lifter=0),
        Descriptors(FRAME, ("mfcc_2",)),
        Descriptors(FRAME, ("mfcc_1",), pcan=Pcan()),
        Descriptors(FRAME, ("mfcc_1",), pcan=Pcan(strength=0.9)),
        Descriptors(FRAME, ("energy", "energy_delta")),
        Descriptors(FRAME, ("energy", "energy_delta"), delta_span=3),
    ]
    assert len({d.identity for d in made}) == len(made)
    assert Descriptors(FRAME, ALL.values, spectrum_step=4, noise=NoiseReduction(), pcan=Pcan()).section() == (
        ALL.section()
    )


@pytest.mark.parametrize(
    ("values", "more", "message", "hint"),
    [
        ((), {}, "0 features", "name at least one"),
        (("loudnes",), {}, "no feature `loudnes`", "loudness"),
        (("energy", "energy"), {}, "`energy` is in the list twice", "once"),
        (("energy_delta",), {}, "`energy` is not in the list before", "add `energy`"),
        (("energy", "energy_delta2"), {}, "`energy_delta` is not in the list", "add"),
        (("mfcc_26",), {}, "26 mel bands give no more", "bands"),
        (("mfcc_23",), {}, "a lifter of 22 ends at mfcc_22", "lifter: 0"),
        (("logmel_26",), {}, "there are 26 mel bands", "bands"),
        (("spectrum_300",), {}, "groups of bins", "spectrum_step"),
        (("energy",), {"delta_span": 0}, "delta_span 0", "2 is usual"),
        (("energy",), {"lifter": 23}, "lifter 23", "22"),
    ],
)
def test_bad_lists_are_refused_with_a_way_out(values, more, message, hint):
    with pytest.raises(VoxError) as refused:
        Descriptors(FRAME, values, **more)
    assert message in refused.value.message
    assert hint in (refused.value.hint or "")


def test_too_few_bins_for_a_slope():
    with pytest.raises(VoxError, match="fewer than 3 bins") as refused:
        Descriptors(LogMel(32000, 64, 32, 64, 4, 0.0, 16000.0), ("slope_0_500",))
    assert "fft_size" in (refused.value.hint or "")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Pcan(smooth=0.0),
        lambda: Pcan(strength=1.5),
        lambda: Pcan(offset=0.0),
        lambda: Pcan(floor=0.5),
        lambda: NoiseReduction(least=0.0),
        lambda: NoiseReduction(smooth=1.0),
    ],
)
def test_bad_gains_are_refused(make):
    with pytest.raises(VoxError, match=r"pcan|noise_reduction"):
        make()


# Offsets in the section of what vox/model_format.h declares, each with values that cannot be.
_BAD = [
    (40, "H", (0, 129, 0xFFFF)),  # mel_bands
    (42, "H", (1, 319, 8193)),  # pitch_window
    (44, "H", (129, 7)),  # coefficients: more than the tables hold
    (46, "H", (0, 25)),  # mfcc_shift
    (48, "H", (0, 9)),  # delta_span
    (50, "H", (65, 0xFFFF)),  # spectrum_groups
    (52, "H", (0, 13)),  # spectrum_step
    (54, "H", (0, 32769)),  # compression
    *((offset, "I", (0, 39, 42, 0xFFFFFFFC)) for offset in (56, 60, 64, 68)),  # tables
    *((offset, "H", (0xFFFF, 258)) for offset in (74, 86)),  # ends of the slopes
    *((offset, "I", (0, 0xFFFFFFFC)) for offset in (76, 88)),  # their weights
    *((offset, "H", (0, 25)) for offset in (80, 92)),  # their shifts
    *((offset, "H", (0, 258, 0xFFFF)) for offset in (98, 102, 106, 110, 114, 118, 122)),  # ends of the ranges
    *((offset, "I", (1,)) for offset in (124, 144, 148)),  # reserved
    (128, "H", (4, 0xFFFF)),  # flags
    *((offset, "H", (0,)) for offset in (130, 132, 134)),
    (136, "H", (32769,)),  # strength
    (138, "h", (-1,)),  # floor
    (140, "h", (-8193, 8192)),  # offset
    (142, "H", (1,)),  # reserved
]


@pytest.mark.parametrize(("offset", "code", "values"), _BAD)
def test_check_refuses_parameters_out_of_range(offset, code, values):
    section = ALL.section()
    Frontend(section)
    for value in values:
        changed = bytearray(section)
        struct.pack_into(f"<{code}", changed, offset, value)
        if code == "H" and offset == 44 and value == 7:
            changed[60:64] = struct.pack("<I", len(section) - 8)
        with pytest.raises(CoreError):
            Frontend(bytes(changed))


@pytest.mark.parametrize(
    ("entry", "listed"),
    [
        (0, (0, 0)),
        (0, (31, 0)),
        (0, (255, 0)),
        (0, (5, 1)),  # an index where there is none
        (0, (1, 26)),  # mel band
        (0, (2, 6)),  # coefficient
        (0, (3, 20)),  # group
        (0, (4, 0)),  # delta of itself
        (5, (4, 6)),  # delta of what follows
        (0, (9, 0)),
        (0, (9, 100)),
        (0, (12, 2)),
    ],
)
def test_check_refuses_lists_that_cannot_be(entry, listed):
    section = bytearray(ALL.section())
    (start,) = struct.unpack_from("<I", section, 56)
    section[start + 2 * entry : start + 2 * entry + 2] = bytes(listed)
    with pytest.raises(CoreError):
        Frontend(bytes(section))


@pytest.mark.parametrize(("table", "code", "value"), [(60, "h", -32768), (64, "H", 0), (64, "H", 3073)])
def test_check_refuses_impossible_tables(table, code, value):
    section = bytearray(ALL.section())
    (start,) = struct.unpack_from("<I", section, table)
    for i in range(4 if code == "h" else 1):  # four of -32768 exceed what a row may add up to
        struct.pack_into(f"<{code}", section, start + 2 * i, value)
    with pytest.raises(CoreError):
        Frontend(bytes(section))


@pytest.mark.parametrize("cut", [40, 100, 151, 152, 1000, -3])
def test_check_refuses_a_cut_section(cut):
    with pytest.raises(CoreError):
        Frontend(ALL.section()[:cut])
