"""A corpus of phrases as people say them, without a recording of anyone who says them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vox_embed.data.audio import to_int16
from vox_embed.data.processes import in_processes
from vox_embed.data.synth.espeak import Espeak
from vox_embed.data.synth.make import UNKNOWN
from vox_embed.data.synth.phrase import TABLE, check_phrases, new_corpus, words_for
from vox_embed.data.synth.vocabulary import Phonemes, accented, confusable
from vox_embed.experiment.schema.wakeword import LANGUAGE_OF_PIECES
from vox_embed.models.spotting.splice.aligned import RATE, Sounds, Speech, aligned
from vox_embed.models.spotting.splice.chosen import Chooser
from vox_embed.models.spotting.splice.english import as_learned, sounds_of
from vox_embed.models.spotting.splice.inventory import Inventory
from vox_embed.models.spotting.splice.joined import joined
from vox_embed.models.spotting.splice.near import Word, dictionary, nearest

ENGINE = "pieces"
"""What the table says of who spoke."""
_ACCENTED, _LEARNERS = 0.25, 0.3
"""Shares of utterances with one sound changed, and by people who learned English later."""
_CHANGED, _NEAR = 0.4, 0.9
"""Of what is taken for a phrase: up to here it with sounds changed, up to here near words, then any word."""
_NEAREST = 400
_WAYS = 4
"""In each accent, of which words must hold none."""
_SPEAKERS = 80
"""Names under which they are told apart: those that train from those that choose."""


@dataclass(frozen=True)
class SpliceRecipe:
    """words: the phrases. language: an accent of English, or all (`en`). count: utterances of each, and as
    many of what is taken for it. sample_rate in Hz."""

    words: tuple[str, ...]
    language: str = LANGUAGE_OF_PIECES
    count: int = 1500
    sample_rate: int = 16000
    seed: int = 7


def hear(
    speech: Sequence[Speech], jobs: int, progress: Callable[[int, int], None] | None = None
) -> Inventory | None:
    """The pieces of recordings; None where no speech was understood."""
    found: list[tuple[Speech, Sounds]] = []
    for one, sounds in zip(speech, in_processes(aligned, speech, jobs), strict=True):
        found.append((one, sounds))
        if progress is not None:
            progress(len(found), len(speech))
    return Inventory.of(found)


def make_spliced(
    recipe: SpliceRecipe,
    inventory: Inventory | None,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Writes FLAC files and a table like that of `make_phrases` into `folder`; returns the table's path.

    A phrase with a sound that does not occur in the recordings, in any accent, has no rows. inventory: None:
    no phrase has.
    """
    with new_corpus(folder, recipe.seed) as (building, rows):
        if inventory is None:
            return folder / TABLE
        chooser, studio = Chooser.of(inventory), _Studio(recipe)
        plan = [(word, kind) for word in recipe.words for kind in _kinds(recipe.count)]
        for number, (word, kind) in enumerate(plan):
            rng = np.random.default_rng([recipe.seed, 31, number])
            said = studio.says(word, kind, rng)
            halves = chooser.choose(said, rng) if said else None
            if halves is not None:
                seconds = _write(building / _file(number), joined(inventory, halves), recipe.sample_rate)
                rows.append(_row(number, word, kind, said, seconds))
            if progress is not None and number % 50 == 49:
                progress(number + 1, len(plan))
    return folder / TABLE


def _kinds(count: int) -> Iterable[str]:
    return (*["phrase"] * count, *["confusable"] * count)


def _file(number: int) -> str:
    return f"audio/{number:06d}.flac"


def _row(number: int, word: str, kind: str, said: Sequence[str], seconds: float) -> dict[str, object]:
    whole = kind == "phrase"
    return {
        "file": _file(number),
        "label": word if whole else UNKNOWN,
        "kind": kind,
        "phrase": word,
        "word_start": "0" if whole else "",
        "word_end": f"{seconds:.4f}" if whole else "",
        "speaker": f"pieces-{number % _SPEAKERS}",
        "gender": "",
        "language": LANGUAGE_OF_PIECES,
        "word": " ".join(said),
        "engine": ENGINE,
    }


def _write(path: Path, sound: np.ndarray[tuple[int, ...], np.dtype[np.float32]], rate: int) -> float:
    """Seconds."""
    import soundfile
    import soxr

    at_rate = sound if rate == RATE else soxr.resample(sound, RATE, rate, quality="HQ")
    soundfile.write(path, to_int16(np.asarray(at_rate, np.float32)), rate, subtype="PCM_16")
    return len(at_rate) / rate


class _Studio:
    """What is to be said, in sounds."""

    def __init__(self, recipe: SpliceRecipe) -> None:
        accents = check_phrases(recipe.words, recipe.language)
        self._shares = [share for _, share in accents]
        self._near: dict[str, tuple[Word, ...]] = {}
        self._said: dict[str, list[Phonemes]] = {word: [] for word in recipe.words}
        with Espeak() as espeak:
            for accent, _ in accents:
                espeak.set_voice(accent.identifier)
                for word in recipe.words:
                    self._said[word].append(espeak.phoneme_list(word))
            espeak.set_voice(accents[0][0].identifier)
            own = [self._said[word][0] for word in recipe.words]
            self._words = words_for(espeak, accents[0][0].code).without(own)
        rng = np.random.default_rng([recipe.seed, 30])
        for word in recipe.words:
            ways = {sounds_of(said, rng) for said in self._said[word] for _ in range(_WAYS)}
            self._near[word] = nearest(sorted(ways), _NEAREST)

    def says(self, word: str, kind: str, rng: np.random.Generator) -> tuple[str, ...]:
        """Names of sounds."""
        words = self._words
        if kind == "phrase":
            phrase = self._said[word][int(rng.choice(len(self._shares), p=self._shares))]
            if rng.random() < _ACCENTED:
                phrase = accented(phrase, words, rng)
            sounds = sounds_of(phrase, rng)
            return as_learned(sounds, rng) if rng.random() < _LEARNERS else sounds
        drawn = rng.random()
        if drawn < _CHANGED:
            return sounds_of(confusable(self._said[word][0], words, rng), rng)
        choice = self._near[word] if drawn < _NEAR else dictionary()
        return choice[int(rng.integers(len(choice)))]
