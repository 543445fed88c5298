"""Words, voices and acoustics of synthetic speech."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vox_embed.data.synth import acoustics
from vox_embed.data.synth.espeak import Accent, Espeak
from vox_embed.data.synth.voices import choose_accents, make_voices
from vox_embed.data.synth.words import COMMON, bare, edit_distance, pseudo_word, unknown_words
from vox_embed.experiment import VoxError

ACCENTS = (Accent("de", "gmw/de"), Accent("en-gb", "gmw/en"), Accent("en-us", "gmw/en-US"))


def test_homophones_are_no_unknown_words() -> None:
    pytest.importorskip("espeakng_loader", reason="needs the synthesiser: pip install 'vox-embed[synth]'")
    with Espeak() as espeak:
        espeak.set_voice("gmw/en-US")
        kept, near = unknown_words(
            ("no", "right"), espeak.phonemes, ("know", "no", "write", "light", "banana", "now")
        )
        assert set(kept) == {"light", "banana", "now"}
        assert near[:2] == ("light", "now")
        with pytest.raises(VoxError, match="no voice"):
            espeak.set_voice("gmw/xx-nowhere")


def test_the_same_calls_give_the_same_samples() -> None:
    pytest.importorskip("espeakng_loader", reason="needs the synthesiser: pip install 'vox-embed[synth]'")
    voices = make_voices(12, [(accent, 1 / 3) for accent in ACCENTS], 3)
    variants = {v.variant: v.variant_file for v in voices if v.variant_file is not None}
    bundled = [v.variant for v in voices if v.variant_file is None]
    takes = []
    for _ in range(2):
        with Espeak(variants, bundled) as espeak:
            said = []
            for voice in voices:
                espeak.set_voice(voice.identifier, voice.variant)
                said += [espeak.speak("seven", seed=4), espeak.speak("left!", speed=220, pitch=70)]
            takes.append(np.concatenate(said))
    np.testing.assert_array_equal(*takes)


def test_speed_and_pitch_have_their_effect() -> None:
    pytest.importorskip("espeakng_loader", reason="needs the synthesiser: pip install 'vox-embed[synth]'")
    with Espeak() as espeak:
        espeak.set_voice("gmw/en-US")
        assert espeak.sample_rate == 22050
        slow, fast = espeak.speak("seventeen", speed=90), espeak.speak("seventeen", speed=300)
        assert len(slow) > 1.5 * len(fast)
        assert float(np.abs(slow).max()) > 0.1


def test_accents() -> None:
    chosen = {a.code: w for a, w in choose_accents(("en",), ACCENTS)}
    assert chosen == pytest.approx({"en-gb": 0.6, "en-us": 0.4})
    assert [a.code for a, _ in choose_accents(("de", "en-us"), ACCENTS)] == ["de", "en-us"]
    with pytest.raises(VoxError, match=r"no language `enn`(.|\n)*did you mean `en`"):
        choose_accents(("enn",), ACCENTS)


def test_voices_are_all_different_and_follow_the_seed() -> None:
    weights = choose_accents(("en",), ACCENTS)
    voices = make_voices(150, weights, 7)
    assert len({voice.speaker for voice in voices}) == 150
    assert voices == make_voices(150, weights, 7)
    assert voices != make_voices(150, weights, 8)
    assert {voice.gender for voice in voices} == {"m", "f"}


def test_lists() -> None:
    assert len(COMMON) == len(set(COMMON)) > 500
    rng = np.random.default_rng(0)
    assert len({pseudo_word(rng) for _ in range(100)}) > 95
    assert bare("n'oU") == "noU"


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_edit_distance_is_a_distance(a: str, b: str, c: str) -> None:
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, b) == edit_distance(b, a)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


@pytest.mark.parametrize(("exponent", "slope"), [(0.0, 0.0), (1.0, -3.0), (2.0, -6.0)])
def test_colour_of_noise(exponent: float, slope: float) -> None:
    noise = acoustics.coloured_noise(np.random.default_rng(0), 160000, exponent)
    assert acoustics.rms(noise) == pytest.approx(1, rel=1e-3)
    power = np.square(np.abs(np.fft.rfft(noise)))
    octaves = [10 * np.log10(power[k : 2 * k].mean()) for k in (2000, 4000, 8000, 16000)]
    assert np.diff(octaves).mean() == pytest.approx(slope, abs=0.5)  # dB an octave


def test_a_room_decays_by_60_db_in_its_time() -> None:
    response = np.mean(
        [np.square(acoustics.room(np.random.default_rng(i), 16000, 0.3)) for i in range(200)], axis=0
    )
    energy = np.cumsum(response[::-1])[::-1]  # Schroeder's backward integral
    decay = 10 * np.log10(energy / energy[0])
    first, last = int(0.05 * 16000), int(0.2 * 16000)
    assert 0.15 * 60 / 0.3 < decay[first] - decay[last] < 0.15 * 60 / 0.3 * 1.5  # dark tails fall faster


def test_microphone_and_filters() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        response = acoustics.microphone(rng, 16001, 16000)
        assert np.isfinite(response).all() and response[0] < response.max() / 10  # no sound at 0 Hz
    click = np.zeros(1000, np.float32)
    click[100] = 1
    echo = np.zeros(50, np.float32)
    echo[[0, 30]] = 1, 0.5
    out = acoustics.filtered(click, [echo], None, 1000)
    np.testing.assert_allclose(out[[100, 130, 200]], [1, 0.5, 0], atol=1e-5)
    assert acoustics.decibels(0.1) == pytest.approx(-20)
    for make in (acoustics.hum, acoustics.clicks, acoustics.background):
        assert acoustics.rms(make(rng, 16000, 16000)) == pytest.approx(1, rel=1e-3)
