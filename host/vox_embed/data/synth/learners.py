"""English of people who learned it later: sounds of it that their first languages lack become near ones.

Which sounds are taken for which is after Swan and Smith, Learner English (2nd edition, 2001), for speakers of
German, French, Spanish, Italian, Polish, Russian, Hindi, Arabic and Chinese. Phonemes are IPA as espeak-ng
writes it.
"""

from __future__ import annotations

import numpy as np

_TAKEN_FOR: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ɚ", ("ər", "er", "a", "ɐ")),
    ("ɹ", ("r", "ɾ", "ʁ")),
    ("ɾ", ("t", "ʈ")),
    ("əʊ", ("o", "oː")),
    ("oʊ", ("o", "oː")),
    ("eɪ", ("e", "eː")),
    ("ə", ("a", "e", "ɔ", "ɐ")),
    ("ɪ", ("i",)),
    ("iː", ("i",)),
    ("uː", ("u",)),
    ("ʊ", ("u",)),
    ("æ", ("ɛ", "a")),
    ("ʌ", ("a", "ɑ")),
    ("ɜː", ("œ", "er", "a")),
    ("ɑː", ("a", "aː")),
    ("ɔː", ("o", "ɔ")),
    ("θ", ("t", "s")),
    ("ð", ("d", "z")),
    ("w", ("v", "ʋ")),
    ("v", ("ʋ", "b", "w")),
    ("z", ("s",)),
    ("dʒ", ("ʒ", "tʃ", "ʤ")),
    ("tʃ", ("ʃ",)),
    ("t", ("ʈ",)),
    ("d", ("ɖ",)),
    ("h", ("x",)),
    ("ŋ", ("ŋɡ", "n")),
)
_LONGEST_FIRST = sorted((sound for sound, _ in _TAKEN_FOR), key=len, reverse=True)
_SHARE = 0.3  # of the sounds that a speaker says otherwise


def as_learner(phonemes: str, rng: np.random.Generator) -> str:
    """The same words by a speaker drawn at random, who says a sound otherwise wherever it occurs.

    >>> as_learner("kəmpjˈuːɾɚ", np.random.default_rng(1)) != "kəmpjˈuːɾɚ"
    True
    """
    own = {sound: str(rng.choice(others)) for sound, others in _TAKEN_FOR if rng.random() < _SHARE}
    said, at = [], 0
    while at < len(phonemes):
        sound = next((one for one in _LONGEST_FIRST if phonemes.startswith(one, at)), phonemes[at])
        said.append(own.get(sound, sound))
        at += len(sound)
    return "".join(said)
