"""A corpus for detectors: a phrase in many voices and among other words, what is easily taken for it,
ordinary talk."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.audio import to_int16
from vox_embed.data.processes import in_processes
from vox_embed.data.synth import acoustics
from vox_embed.data.synth.espeak import Accent, Espeak
from vox_embed.data.synth.make import SILENCE, UNKNOWN, add_splits, check_folder, slug
from vox_embed.data.synth.vocabulary import (
    Vocabulary,
    accented,
    confusable,
    plain,
    spoken,
    vocabulary_of,
)
from vox_embed.data.synth.voices import Voice, choose_accents, make_voices
from vox_embed.data.synth.words import COMMON, pseudo_word
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import native_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vox_embed.data.synth.acoustics import Signal

TABLE = "phrases.csv"

_CHUNK = 60  # voices of one copy of the synthesiser; its list holds 350, its languages included
_ACCENTED, _BEFORE, _AFTER = 0.35, 0.25, 0.3  # shares of the phrase's utterances
ENDINGS = ("", "", ".", "!", "?", ",")
COLUMNS = (
    "file", "label", "kind", "phrase", "word_start", "word_end", "speaker", "gender", "language", "word",
    "engine", "split",
)  # fmt: skip


@dataclass(frozen=True)
class PhraseRecipe:
    """What to make.

    words: the phrases, each a label. language: of espeak-ng, a code or all its accents. spoken: utterances
    of each phrase; confusable: of each, of what is easily taken for it; sentences, silence: in all. voices:
    number of speakers. sample_rate in Hz.
    """

    words: tuple[str, ...]
    language: str = "en"
    spoken: int = 3000
    confusable: int = 1500
    sentences: int = 1000
    silence: int = 120
    voices: int = 600
    sample_rate: int = 16000
    seed: int = 7


@dataclass(frozen=True)
class _Job:
    recipe: PhraseRecipe
    voices: tuple[Voice, ...]
    first: int
    kinds: tuple[tuple[str, str], ...]
    """(kind, phrase) of each utterance."""
    folder: Path


@dataclass(frozen=True)
class _Said:
    label: str
    text: str
    sound: Signal
    start: float = 0.0
    """Seconds at which the phrase begins, and ends."""
    end: float = 0.0


def make_phrases(
    recipe: PhraseRecipe,
    folder: Path,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Writes FLAC files and `phrases.csv` into `folder`; returns the table's path.

    Sounds are dry and near: rooms, noise and microphones are added afterwards. word_start and word_end are
    seconds, label is the phrase, `_unknown_` or `_silence_`. The folder appears when all is done. The same
    recipe gives the same bytes, whatever the number of processes. Raises VoxError for a language without a
    voice, naming the nearest, and for a phrase that its voices cannot say.
    """
    check_folder(folder, TABLE)
    voices = make_voices(recipe.voices, check_phrases(recipe.words, recipe.language), recipe.seed)
    with new_corpus(folder, recipe.seed) as (building, rows):
        tasks = _tasks(recipe, voices, building)
        for done, made in enumerate(in_processes(_work, tasks, jobs or os.cpu_count() or 1), start=1):
            rows.extend(made)
            if progress is not None:
                progress(done, len(tasks))
    return folder / TABLE


@contextmanager
def new_corpus(folder: Path, seed: int) -> Iterator[tuple[Path, list[dict[str, object]]]]:
    """A folder with a folder `audio` to fill, and the rows of its table. It takes `folder`'s place, with the
    table and the split of its speakers, when the block has ended; nothing is left of one that fails."""
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    rows: list[dict[str, object]] = []
    try:
        (building / "audio").mkdir(parents=True)
        yield building, rows
        add_splits(rows, seed)
        with (building / TABLE).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        shutil.rmtree(folder, ignore_errors=True)
        building.replace(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def check_phrases(words: Sequence[str], language: str) -> list[tuple[Accent, float]]:
    """The accents of the language, and their weights. Raises VoxError as `make_phrases` does."""
    with Espeak() as espeak:
        accents = choose_accents((language,), espeak.accents(), "--language")
        for accent, _ in accents:
            espeak.set_voice(accent.identifier)
            for word in words:
                said = espeak.phoneme_list(word)
                if not plain(said) or any("(" in p for p in said):
                    raise VoxError(
                        f"`{word}`: a voice of `{accent.code}` cannot say it",
                        "write it as it is spelled in that language, or choose its --language",
                    )
        espeak.set_voice(accents[0][0].identifier)
        words_for(espeak, accents[0][0].code)
    return accents


def sounds_in(word: str, language: str) -> int:
    """Phonemes of a word, as the first accent of the language says it."""
    with Espeak() as espeak:
        accents = choose_accents((language,), espeak.accents(), "--language")
        espeak.set_voice(accents[0][0].identifier)
        return len(plain(espeak.phoneme_list(word)))


def words_for(espeak: Espeak, code: str) -> Vocabulary:
    """Words of the language whose voice is set. VoxError where espeak-ng knows too few."""
    found = vocabulary_of(espeak, COMMON if code.partition("-")[0] == "en" else ())
    if found is None:
        raise VoxError(
            f"espeak-ng knows too few words of `{code}` to tell a phrase from others",
            "choose another accent, or a language whose speakers say the phrase alike",
        )
    return found


def _tasks(recipe: PhraseRecipe, voices: Sequence[Voice], folder: Path) -> list[_Job]:
    plan = [("phrase", word) for word in recipe.words for _ in range(recipe.spoken)]
    plan += [("confusable", word) for word in recipe.words for _ in range(recipe.confusable)]
    plan += [("sentence", "")] * recipe.sentences
    order = np.random.default_rng([recipe.seed, 11]).permutation(len(plan))
    plan = [plan[i] for i in order] + [("silence", "")] * recipe.silence
    groups = [tuple(voices[i : i + _CHUNK]) for i in range(0, len(voices), _CHUNK)]
    each = -(-len(plan) // len(groups))
    return [
        _Job(recipe, group, i * each, tuple(plan[i * each : (i + 1) * each]), folder)
        for i, group in enumerate(groups)
        if plan[i * each : (i + 1) * each]
    ]


def _work(job: _Job) -> list[dict[str, object]]:
    import soundfile

    variants = {v.variant: v.variant_file for v in job.voices if v.variant_file is not None}
    bundled = sorted({v.variant for v in job.voices if v.variant_file is None})
    rows: list[dict[str, object]] = []
    with Espeak(variants, bundled) as espeak:
        studio = _Studio(espeak, job.recipe)
        for number, (kind, phrase) in enumerate(job.kinds, start=job.first):
            rng = np.random.default_rng([job.recipe.seed, 12, number])
            voice = job.voices[int(rng.integers(len(job.voices)))]
            said = studio.make(kind, phrase, voice, rng)
            file = Path("audio", f"{slug(kind)}-{number:06d}.flac")
            soundfile.write(
                native_name(job.folder / file),
                _as_int16(said.sound),
                job.recipe.sample_rate,
                subtype="PCM_16",
            )
            speaks = kind != "silence"
            rows.append(
                {
                    "file": file.as_posix(),
                    "label": said.label,
                    "kind": kind,
                    "phrase": phrase,
                    "word_start": f"{said.start:.4f}" if kind == "phrase" else "",
                    "word_end": f"{said.end:.4f}" if kind == "phrase" else "",
                    "speaker": voice.speaker if speaks else "",
                    "gender": voice.gender if speaks else "",
                    "language": voice.language if speaks else "",
                    "word": said.text,
                    "engine": "espeak-ng" if speaks else "",
                }
            )
    return rows


def _as_int16(sound: Signal) -> NDArray[np.int16]:
    peak = max(float(np.abs(sound).max(initial=0.0)), 1e-9)
    return to_int16(sound / np.float32(peak) * np.float32(0.95))


class _Studio:
    """Makes utterances; each from its own random numbers."""

    def __init__(self, espeak: Espeak, recipe: PhraseRecipe) -> None:
        self._espeak = espeak
        self._recipe = recipe
        self._vocabularies: dict[str, Vocabulary] = {}
        self._near: dict[tuple[str, str], tuple[str, ...]] = {}

    def make(self, kind: str, phrase: str, voice: Voice, rng: np.random.Generator) -> _Said:
        """One utterance."""
        if kind == "silence":
            length = int(rng.uniform(4, 8) * self._recipe.sample_rate)
            noise = acoustics.background(rng, length, self._recipe.sample_rate)
            if rng.random() < 0.4:
                noise = noise + acoustics.clicks(rng, length, self._recipe.sample_rate) * rng.uniform(0.1, 1)
            return _Said(SILENCE, "", np.asarray(noise, np.float32))
        self._espeak.set_voice(voice.identifier, voice.variant)
        words = self._vocabulary(voice)
        say = _Mouth(self._espeak, self._recipe.sample_rate, rng)
        if kind == "phrase":
            return self._phrase(phrase, words, say, rng)
        if kind == "confusable":
            text = self._confusable(phrase, voice, words, rng)
            parts = [text] if rng.random() < 0.6 else [_some(words, rng, 2), text, _some(words, rng, 2)]
            return _Said(UNKNOWN, text, say.joined(parts))
        text = " ".join(str(word) for word in rng.choice(words.words, int(rng.integers(4, 10))))
        return _Said(UNKNOWN, text, say(text))

    def _vocabulary(self, voice: Voice) -> Vocabulary:
        if voice.identifier not in self._vocabularies:
            phrases = [self._espeak.phoneme_list(word) for word in self._recipe.words]
            words = words_for(self._espeak, voice.language)
            self._vocabularies[voice.identifier] = words.without(phrases)
        return self._vocabularies[voice.identifier]

    def _phrase(self, phrase: str, words: Vocabulary, say: _Mouth, rng: np.random.Generator) -> _Said:
        text = phrase + str(rng.choice(ENDINGS))
        if rng.random() < _ACCENTED:
            text = spoken(accented(self._espeak.phoneme_list(phrase), words, rng))
        place = rng.random()
        before = [_some(words, rng, 2)] if place < _BEFORE else []
        after = [_some(words, rng, 4)] if _BEFORE - 0.1 < place < _BEFORE + _AFTER - 0.1 else []
        pieces = [say(part) for part in (*before, text, *after)]
        gaps = [say.gap() for _ in pieces[1:]]
        rate = self._recipe.sample_rate
        start = sum(len(p) for p in pieces[: len(before)]) + sum(gaps[: len(before)])
        sound = _joined(pieces, gaps)
        return _Said(phrase, text, sound, start / rate, (start + len(pieces[len(before)])) / rate)

    def _confusable(self, phrase: str, voice: Voice, words: Vocabulary, rng: np.random.Generator) -> str:
        parts = phrase.split()
        kind = rng.random()
        if len(parts) > 1 and kind < 0.3:  # one of its words with others, or in another order
            kept = str(rng.choice(parts))
            other = _some(words, rng, 2)
            return str(rng.choice([kept, f"{kept} {other}", f"{other} {kept}", " ".join(reversed(parts))]))
        if kind < 0.65:
            return spoken(confusable(self._espeak.phoneme_list(phrase), words, rng))
        if kind < 0.9:
            key = voice.identifier, phrase
            if key not in self._near:
                self._near[key] = words.near(self._espeak.phoneme_list(phrase))
            return str(rng.choice(self._near[key]))
        if voice.language.partition("-")[0] == "en":
            return pseudo_word(rng)
        return spoken(confusable(words.said[int(rng.integers(len(words.said)))], words, rng))


def _some(words: Vocabulary, rng: np.random.Generator, most: int) -> str:
    return " ".join(str(word) for word in rng.choice(words.words, int(rng.integers(1, most + 1))))


def _joined(pieces: Sequence[Signal], gaps: Sequence[int]) -> Signal:
    whole = [pieces[0]]
    for gap, piece in zip(gaps, pieces[1:], strict=True):
        whole += [np.zeros(gap, np.float32), piece]
    return np.concatenate(whole)


class _Mouth:
    """One speaker in one mood: speed, pitch and size of the head stay for an utterance."""

    def __init__(self, espeak: Espeak, rate: int, rng: np.random.Generator) -> None:
        self._espeak, self._rate, self._rng = espeak, rate, rng
        self._speed = int(rng.triangular(80, 110, 220))
        self._pitch, self._range = int(rng.integers(10, 90)), int(rng.integers(5, 96))
        self._played = espeak.sample_rate * rng.uniform(0.88, 1.12)
        self._breath = rng.random() < 0.3

    def __call__(self, text: str) -> Signal:
        """A text, trimmed, at the rate asked for; peak 1."""
        import soxr

        said = self._espeak.speak(
            text,
            speed=self._speed,
            pitch=self._pitch,
            pitch_range=self._range,
            seed=int(self._rng.integers(2**31)),
        )
        sound = np.asarray(soxr.resample(said, self._played, self._rate, quality="HQ"), np.float32)
        loud = np.flatnonzero(np.abs(sound) > 0.01 * max(float(np.abs(sound).max(initial=0)), 1e-9))
        if not len(loud):
            return np.zeros(self._rate // 100, np.float32)
        sound = sound[loud[0] : loud[-1] + 1] / np.float32(np.abs(sound).max())
        return acoustics.breathy(self._rng, sound, self._rate) if self._breath else sound

    def gap(self) -> int:
        """Samples between two pieces."""
        return int(self._rate * self._rng.exponential(0.05))

    def joined(self, parts: Sequence[str]) -> Signal:
        """Texts one after another."""
        pieces = [self(part) for part in parts]
        return _joined(pieces, [self.gap() for _ in pieces[1:]])
