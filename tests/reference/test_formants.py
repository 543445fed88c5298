"""The integer formants against vowels whose resonances are known, and against float64."""

import numpy as np
import pitch_float64 as reference
import pytest

from helpers import pitch_program

FORMANTS = ("f1", "f2", "f3")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return pitch_program.build(tmp_path_factory.mktemp("formants"), "-O2")


def formants(program, sound, rate, level=0.5):
    samples = np.round(sound * level * 32767).astype(np.int16)
    got = pitch_program.run(program, samples, rate, rate // 25, rate // 100)
    return np.stack([got[name] for name in FORMANTS], axis=1)[5:]


@pytest.mark.parametrize("name", reference.VOWELS)
@pytest.mark.parametrize("rate", [8000, 16000, 22050, 32000, 44100, 48000])
def test_vowels(program, rate, name):
    expected = np.array(reference.VOWELS[name])
    for f0 in (90, 120, 160):  # harmonics farther apart draw F1 to the nearest one
        got = formants(program, reference.vowel(expected, f0, rate), rate)
        # F4 of /i/ is near F3, and half the rate near F4
        assert np.all(np.abs(got - expected) < np.array([30, 30, 40]) + 0.25 * f0), (f0, got[0])


def test_formants_that_merge_are_both_found(program):
    """Nearer than the bandwidths, there is one peak only."""
    sound = reference.vowel((700.0, 800.0, 2500.0), 100, 16000)
    got = formants(program, sound, 16000)
    assert np.all(np.abs(got - [700, 800, 2500]) < 70), got[0]


@pytest.mark.parametrize("rate", [8000, 16000])
def test_the_same_in_float64(program, rate):
    for name, expected in reference.VOWELS.items():
        sound = reference.vowel(expected, 110, rate)
        got = formants(program, sound, rate)
        start = 5 * (rate // 100) + (rate // 25 - rate // 40) // 2
        theirs = reference.lpc_formants(sound[start : start + rate // 40], rate)
        assert np.abs(got[0] - theirs).max() < 15, name


def test_the_level_hardly_matters(program):
    sound = reference.vowel(reference.VOWELS["a"], 110, 16000)
    loud = formants(program, sound, 16000, 1.0)
    for level, bar in ((0.1, 15), (0.01, 40)):
        assert np.abs(formants(program, sound, 16000, level) - loud).max() < bar


def test_silence_and_constants_have_none(program):
    for sound in (np.zeros(8000), np.full(8000, 0.0)):
        assert not formants(program, sound, 16000).any()
