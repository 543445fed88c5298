"""Words of any language that espeak-ng speaks, without word lists: its names of pictures, numbers, and what
they teach
about the language's sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.synth.words import edit_distance

if TYPE_CHECKING:
    from vox_embed.data.synth.espeak import Espeak

# Nature, food, animals, things, vehicles. Faces are left out: in German the library crashes on one of them.
_PICTURES = (
    *range(0x1F300, 0x1F600),
    *range(0x1F680, 0x1F6C6),
    *range(0x1F940, 0x1FA00),
    *range(0x1FA70, 0x1FAC0),
)
_NUMBERS = (*range(100), *range(100, 1000, 37), *range(1000, 10000, 731))
_MARKS = frozenset("',%=_:|[]();- *~#^.`\"!?1234567890\u200d")
_STRESS = ("'", ",", "%", "=")
_FEWEST = 40
_LONGEST = 24

# Where vowels lie: openness 0..1, backness 0..1, by the first letter of espeak's mnemonics.
_VOWELS = {
    "a": (0.0, 0.35), "A": (0.0, 0.9), "V": (0.25, 0.6), "0": (0.1, 1.0), "Q": (0.1, 1.0), "O": (0.35, 1.0),
    "o": (0.65, 1.0), "u": (1.0, 1.0), "U": (0.85, 0.85), "i": (1.0, 0.0), "I": (0.85, 0.15),
    "e": (0.65, 0.0),
    "E": (0.35, 0.1), "&": (0.1, 0.1), "@": (0.5, 0.5), "3": (0.45, 0.5), "y": (1.0, 0.2), "Y": (0.6, 0.25),
    "W": (0.35, 0.25),
}  # fmt: skip
_NEAR_VOWEL = 0.45
_PAIRS = (
    "p b", "t d", "k g", "f v", "s z", "S Z", "tS dZ", "tS S", "dZ Z", "dZ j", "T D", "T s", "D d", "m n",
    "n N",
    "l r", "r w", "v w", "C S", "x h", "b v", "t T",
)  # fmt: skip
_SIMILAR = {tuple(pair.split()) for pair in _PAIRS} | {tuple(reversed(pair.split())) for pair in _PAIRS}

Phonemes = tuple[str, ...]
"""A word as espeak's mnemonics, one an entry; marks of stress are entries too."""


@dataclass(frozen=True)
class Vocabulary:
    """Words of one language: texts that espeak speaks, and the phonemes of each."""

    words: tuple[str, ...]
    said: tuple[Phonemes, ...]

    @cached_property
    def vowels(self) -> tuple[str, ...]:
        """That occur in the words, sorted."""
        return tuple(sorted({p for word in self.said for p in word if is_vowel(p)}))

    @cached_property
    def consonants(self) -> tuple[str, ...]:
        """The same."""
        return tuple(sorted({p for word in self.said for p in word if p not in _STRESS and not is_vowel(p)}))

    def near(self, phrase: Phonemes, count: int = 80) -> tuple[str, ...]:
        """The words that sound most like the phrase or a part of it, but not the same."""
        bare = plain(phrase)
        scored = []
        for word, said in zip(self.words, self.said, strict=True):
            own = plain(said)
            distance = _best_distance(own, bare)
            if own and distance > 0:
                scored.append((distance / max(len(own), 2), word))
        return tuple(word for _, word in sorted(scored)[:count])

    def without(self, phrases: Sequence[Phonemes]) -> Vocabulary:
        """The words that sound like none of the phrases, nor hold one."""
        bare = ["".join(plain(phrase)) for phrase in phrases]
        kept = [
            (word, said)
            for word, said in zip(self.words, self.said, strict=True)
            if not any(one in "".join(plain(said)) for one in bare)
        ]
        return Vocabulary(tuple(w for w, _ in kept), tuple(s for _, s in kept))


def vocabulary_of(espeak: Espeak, more: Sequence[str] = ()) -> Vocabulary | None:
    """Of the voice that is set, and `more` words; None for a language of which espeak-ng knows too few."""
    found: dict[Phonemes, str] = {}
    for text in (*map(chr, _PICTURES), *map(str, _NUMBERS), *more):
        said = espeak.phoneme_list(text)
        if said and not any("(" in p for p in said) and len(plain(said)) <= _LONGEST:
            found.setdefault(said, text)
    return Vocabulary(tuple(found.values()), tuple(found)) if len(found) >= _FEWEST else None


def plain(phonemes: Phonemes) -> Phonemes:
    """Without stress and length."""
    kept = (_bare(p) for p in phonemes if p not in _STRESS)
    return tuple(p for p in kept if p)


def _bare(phoneme: str) -> str:
    """A digit that begins is a vowel (`3:`), one that follows is a variant (`I2`)."""
    own = phoneme[:1] if phoneme[:1] in _VOWELS else ""
    return own + "".join(c for c in phoneme[len(own) :] if c not in _MARKS)


def spoken(phonemes: Sequence[str]) -> str:
    """As espeak reads phonemes in a text."""
    return "[[" + "|".join(phonemes) + "]]"


def is_vowel(phoneme: str) -> bool:
    """By its first letter."""
    return phoneme[:1] in _VOWELS


def accented(phrase: Phonemes, vocabulary: Vocabulary, rng: np.random.Generator) -> Phonemes:
    """The phrase as someone with another accent might say it: one sound is a near one, or the stress
    moves."""
    places = [i for i, p in enumerate(phrase) if _neighbours(p, vocabulary)]
    if not places or rng.random() < 0.12:
        return _restressed(phrase, rng)
    at = int(rng.choice(places))
    near = _neighbours(phrase[at], vocabulary)
    return (*phrase[:at], str(rng.choice(near)), *phrase[at + 1 :])


def confusable(phrase: Phonemes, vocabulary: Vocabulary, rng: np.random.Generator) -> Phonemes:
    """Almost the phrase: one or two sounds are clearly others, or only its begin, or only its end."""
    sounds = [i for i, p in enumerate(phrase) if p not in _STRESS]
    kind = rng.random()
    if kind < 0.3 and len(sounds) > 3:
        cut = sounds[int(rng.integers(2, len(sounds) - 1))]
        return phrase[:cut] if rng.random() < 0.6 else ("'", *phrase[cut:])
    changed = list(phrase)
    for at in rng.choice(sounds, size=min(len(sounds), int(rng.integers(1, 3))), replace=False):
        other = _strangers(changed[at], vocabulary)
        if other:
            changed[at] = str(rng.choice(other))
    return tuple(changed)


def _restressed(phrase: Phonemes, rng: np.random.Generator) -> Phonemes:
    """The main stress before another vowel; a phrase of several stresses stays as it is."""
    vowels = [i for i, p in enumerate(q for q in phrase if q != "'") if is_vowel(p)]
    if phrase.count("'") > 1 or len(vowels) < 2:
        return phrase
    bare = [p for p in phrase if p != "'"]
    at = int(rng.choice(vowels))
    return (*bare[:at], "'", *bare[at:])


def _neighbours(phoneme: str, vocabulary: Vocabulary) -> list[str]:
    if is_vowel(phoneme):
        return [v for v in vocabulary.vowels if v != phoneme and _apart(v, phoneme) < _NEAR_VOWEL]
    return [c for c in vocabulary.consonants if (phoneme, c) in _SIMILAR]


def _strangers(phoneme: str, vocabulary: Vocabulary) -> list[str]:
    if is_vowel(phoneme):
        return [v for v in vocabulary.vowels if _apart(v, phoneme) >= _NEAR_VOWEL]
    return [c for c in vocabulary.consonants if c != phoneme and (phoneme, c) not in _SIMILAR]


def _apart(one: str, other: str) -> float:
    (a, b), (c, d) = _VOWELS[one[0]], _VOWELS[other[0]]
    return abs(a - c) + abs(b - d)


def _best_distance(word: Phonemes, phrase: Phonemes) -> int:
    """Between a word and the stretch of the phrase of its length that is nearest, or the whole."""
    letters = {p: chr(0xE000 + i) for i, p in enumerate(sorted({*word, *phrase}))}
    own, whole = "".join(letters[p] for p in word), "".join(letters[p] for p in phrase)
    stretches = {whole, *(whole[i : i + len(own)] for i in range(max(1, len(whole) - len(own) + 1)))}
    return min(edit_distance(own, stretch) for stretch in stretches) + abs(len(whole) - len(own)) // 2
