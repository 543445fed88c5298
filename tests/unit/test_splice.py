"""Words put together from pieces of recorded speech: sounds, near words, alignment, choice, joins, corpus."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("espeakng_loader")
pytest.importorskip("pocketsphinx")

from vox_embed.data.synth.espeak import Espeak
from vox_embed.data.synth.phrase import words_for
from vox_embed.data.synth.voices import choose_accents
from vox_embed.models.spotting.splice.aligned import HOP, RATE, SILENCE, Sounds, Speech, aligned
from vox_embed.models.spotting.splice.chosen import Chooser, Half
from vox_embed.models.spotting.splice.english import KINDS, NAMES, as_learned, sounds_of
from vox_embed.models.spotting.splice.inventory import Inventory
from vox_embed.models.spotting.splice.joined import joined
from vox_embed.models.spotting.splice.make import ENGINE, SpliceRecipe, hear, make_spliced
from vox_embed.models.spotting.splice.near import dictionary, nearest

SENTENCES = (
    "The computer in the kitchen is a very old machine, and nobody likes it.",
    "Jars of honey are stored under the large table behind the garden house.",
    "My sister measured the voices of five young birds this morning.",
    "Please put both of the yellow books on the chair, I shall join you at three.",
)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> list[Speech]:
    """Sentences of two voices."""
    import soxr

    folder = tmp_path_factory.mktemp("talk")
    found = []
    with Espeak() as espeak:
        accents = {accent.code: accent.identifier for accent in espeak.accents()}
        for number, text in enumerate(SENTENCES * 2):
            espeak.set_voice(accents["en-us"], "" if number < len(SENTENCES) else "f2")
            sound = espeak.speak(text, speed=140, pitch=50, pitch_range=50, seed=number)
            at_rate = soxr.resample(np.asarray(sound, np.float32), espeak.sample_rate, RATE)
            path = folder / f"{number}.flac"
            soundfile.write(path, at_rate / np.abs(at_rate).max() * 0.7, RATE)
            found.append(Speech(path, 0.0, len(at_rate) / RATE, folder / "kept"))
    return found


@pytest.fixture(scope="module")
def pieces(talk: list[Speech]) -> Inventory:
    found = hear(talk, 1)
    assert found is not None
    return found


# ---- sounds ------------------------------------------------------------------------------------------


def test_every_phoneme_of_every_accent_has_a_sound() -> None:
    rng = np.random.default_rng(1)
    with Espeak() as espeak:
        accents = [accent for accent, _ in choose_accents(("en",), espeak.accents(), "--language")]
        phonemes = set()
        for accent in accents:
            espeak.set_voice(accent.identifier)
            phonemes |= {one for said in words_for(espeak, accent.code).said for one in said}
    phonemes -= {"'", ",", ";"}  # stress, and a softened neighbour
    assert len(phonemes) > 60
    silent = [one for one in sorted(phonemes) if not set(sounds_of((one,), rng)) <= set(NAMES)]
    silent += [one for one in sorted(phonemes) if not sounds_of((one,), rng)]
    assert silent == []


def test_ways_to_say_it_are_drawn() -> None:
    computer = ("k", "@", "m", "p", "j", "'", "u:", "t#", "3")
    said = {sounds_of(computer, np.random.default_rng(i)) for i in range(40)}
    assert ("K", "AH", "M", "P", "Y", "UW", "T", "ER") in said
    assert ("K", "AH", "M", "P", "Y", "UW", "D", "ER") in said
    learned = {as_learned(("V", "IH", "S"), np.random.default_rng(i)) for i in range(60)}
    assert {("V", "IH", "S"), ("W", "IH", "S"), ("V", "IY", "S")} <= learned
    assert {name for said in learned for name in said} <= set(NAMES)


def test_a_sound_is_of_one_kind() -> None:
    names = [name for kind in KINDS.values() for name in kind.split()]
    assert len(names) == len(set(names)) == len(NAMES) == 39


# ---- near words --------------------------------------------------------------------------------------


def test_near_words_are_near_and_hold_no_phrase() -> None:
    phrase = ("K", "AH", "M", "P", "Y", "UW", "T", "ER")
    near = nearest([phrase], 60)
    assert ("K", "AH", "M", "P", "Y", "UW", "T") in near[:20]
    assert ("K", "AH", "M", "Y", "UW", "T", "ER") in near[:20]
    assert (*phrase, "Z") in dictionary()  # computers
    assert not any(word[i : i + len(phrase)] == phrase for word in near for i in range(len(word)))


# ---- alignment ---------------------------------------------------------------------------------------


def test_sounds_follow_each_other_through_the_recording(talk: list[Speech]) -> None:
    found = aligned(talk[0])
    assert len(found) > 30
    assert found.begins[0] >= 0
    assert (found.ends > found.begins).all()
    assert (found.begins[1:] == found.ends[:-1]).all()
    assert found.ends[-1] * HOP <= talk[0].duration * RATE + 3 * HOP
    assert set(found.names) <= {*NAMES, SILENCE}
    # The synthesiser is understood well enough for half of its sounds.
    with Espeak() as espeak:
        espeak.set_voice(next(a.identifier for a in espeak.accents() if a.code == "en-us"))
        said = sounds_of(espeak.phoneme_list(SENTENCES[0]), np.random.default_rng(1))
    heard = [name for name in found.names if name != SILENCE]
    common = sum(min(heard.count(name), said.count(name)) for name in set(said))
    assert common > 0.45 * len(said)


def test_what_was_heard_is_kept(talk: list[Speech], monkeypatch: pytest.MonkeyPatch) -> None:
    first = aligned(talk[1])
    monkeypatch.setattr("vox_embed.models.spotting.splice.aligned._decoder", None)
    again = aligned(talk[1])
    assert (first.names == again.names).all()
    assert (first.scores == again.scores).all()


def test_noise_and_silence_say_nothing(tmp_path: Path) -> None:
    for name, sound in {
        "noise": np.random.default_rng(1).normal(0, 3000, 2 * RATE),
        "silence": np.zeros(2 * RATE),
        "click": np.r_[np.zeros(800), 30000.0],
    }.items():
        path = tmp_path / f"{name}.flac"
        soundfile.write(path, sound.astype(np.int16), RATE)
        found = aligned(Speech(path, 0.0, len(sound) / RATE))
        assert np.isfinite(found.scores).all()
        assert sum(one != SILENCE for one in found.names) < 6


# ---- choice and joins --------------------------------------------------------------------------------


def tone(name: str) -> np.ndarray:
    """100 ms that begin and end at 0."""
    cycles = 0 if name == SILENCE else 12 + 4 * NAMES.index(name)
    return np.rint(8000 * np.sin(2 * np.pi * cycles * np.arange(1600) / 1600)).astype(np.int16)


def made_of(*words: str) -> Inventory:
    """Recordings of tones, one a sound, 100 ms each; each recording begins and ends with silence."""
    found = []
    for word in words:
        names = np.array([SILENCE, *word.split(), SILENCE], np.str_)
        at = np.arange(len(names)) * 10
        found.append(Sounds(names, at, at + 10, np.zeros(len(names))))
    recordings = [np.concatenate([tone(str(name)) for name in sounds.names]) for sounds in found]
    names = np.concatenate([one.names for one in found])
    which = np.array([1 + NAMES.index(str(name)) if name != SILENCE else 0 for name in names])
    marks = np.stack([which, which**2 % 7, np.ones(len(which))], axis=1).astype(np.float32)
    return Inventory(
        recordings=tuple(recordings),
        names=names,
        recording=np.repeat(np.arange(len(found)), [len(one) for one in found]),
        begins=np.concatenate([one.begins for one in found]) * HOP,
        ends=np.concatenate([one.ends for one in found]) * HOP,
        entries=marks,
        middles=marks,
        exits=marks,
        costs=np.zeros(len(names)),
    )


def test_a_word_that_was_said_is_taken_whole() -> None:
    kept = made_of("K AE T", "K AA R T", "JH AA R V IH S", "S IH T")
    halves = Chooser.of(kept).choose(("JH", "AA", "R", "V", "IH", "S"), np.random.default_rng(1))
    assert halves is not None
    first = int(np.flatnonzero(kept.names == "JH")[0])
    assert halves == [Half(first + i, second) for i in range(6) for second in (0, 1)]
    sound = joined(kept, halves)
    assert len(sound) == pytest.approx(6 * 1600, abs=2 * 64)
    assert np.abs(sound).max() == pytest.approx(0.95)


def test_other_words_lend_their_sounds() -> None:
    kept = made_of("K AE T", "M AA P", "T AE P")
    halves = Chooser.of(kept).choose(("M", "AE", "P"), np.random.default_rng(1))
    assert halves is not None
    assert [str(kept.names[half.sound]) for half in halves] == ["M", "M", "AE", "AE", "P", "P"]
    # AE before P is at hand, and is taken with it.
    assert halves[-1].sound == halves[-3].sound + 1
    sound = joined(kept, halves)
    assert len(sound) == pytest.approx(3 * 1600, abs=6 * 64)
    # No clicks: no step is larger than that of the fastest tone at hand.
    fastest = np.abs(np.diff(tone("AA").astype(np.float64))).max() / 8000
    assert np.abs(np.diff(sound)).max() < 1.05 * fastest


def test_a_sound_that_does_not_occur() -> None:
    assert Chooser.of(made_of("K AE T")).choose(("M", "AE", "T"), np.random.default_rng(1)) is None


def test_what_was_used_often_is_used_less() -> None:
    kept = made_of(*["M AE P"] * 6)
    chooser, rng = Chooser.of(kept), np.random.default_rng(1)
    used = [chooser.choose(("M", "AE", "P"), rng) for _ in range(60)]
    taken = {kept.recording[halves[0].sound] for halves in used if halves}
    assert len(taken) == 6


# ---- the corpus --------------------------------------------------------------------------------------


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_pieces_sound_like_one_microphone(pieces: Inventory) -> None:
    assert len(pieces) > 200
    assert len(pieces.recordings) == 2 * len(SENTENCES)
    assert pieces.entries.shape == pieces.middles.shape == pieces.exits.shape == (len(pieces), 13)
    assert pieces.apart > 0.1
    assert pieces.before[0] == SILENCE
    assert (pieces.after[:-1] == pieces.names[1:])[np.diff(pieces.recording) == 0].all()


def test_a_corpus_of_words_that_nobody_said(pieces: Inventory, tmp_path: Path) -> None:
    recipe = SpliceRecipe(("sister",), "en", 40, 16000, 3)
    told: list[tuple[int, int]] = []
    table = make_spliced(recipe, pieces, tmp_path / "one", lambda *at: told.append(at))
    rows = rows_of(table)
    assert told == [(50, 80)]
    assert 30 <= sum(row["kind"] == "phrase" for row in rows) <= 40
    assert sum(row["kind"] == "confusable" for row in rows) > 20
    assert {row["engine"] for row in rows} == {ENGINE}
    assert {row["split"] for row in rows} == {"train", "dev", "test"}
    for row in rows:
        sound, rate = soundfile.read(table.parent / row["file"], dtype="float32")
        assert rate == 16000
        assert 0.05 < len(sound) / rate < 3
        assert 0.9 < np.abs(sound).max() < 0.96
        assert (row["label"] == "sister") is (row["kind"] == "phrase")
        if row["kind"] == "phrase":
            assert float(row["word_end"]) == pytest.approx(len(sound) / rate, abs=1e-3)
        assert set(row["word"].split()) <= set(NAMES)
    assert len({row["word"] for row in rows if row["kind"] == "phrase"}) > 5
    again = make_spliced(recipe, pieces, tmp_path / "two")
    assert again.read_bytes() == table.read_bytes()
    for row in rows:
        assert (again.parent / row["file"]).read_bytes() == (table.parent / row["file"]).read_bytes()


def test_other_rates(pieces: Inventory, tmp_path: Path) -> None:
    table = make_spliced(SpliceRecipe(("table",), "en-us", 4, 8000, 3), pieces, tmp_path / "out")
    assert {soundfile.info(table.parent / row["file"]).samplerate for row in rows_of(table)} == {8000}


def test_what_pieces_cannot_say_has_no_rows(tmp_path: Path) -> None:
    recipe = SpliceRecipe(("jarvis",), "en", 10, 16000, 3)
    assert rows_of(make_spliced(recipe, None, tmp_path / "none")) == []
    table = make_spliced(recipe, made_of("K AE T", "T AE K"), tmp_path / "cat")
    assert [row for row in rows_of(table) if row["kind"] == "phrase"] == []


def test_nothing_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "silence.flac"
    soundfile.write(path, np.zeros(RATE, np.int16), RATE)
    assert hear([Speech(path, 0.0, 1.0)], 1) is None
