"""Words that are easily taken for a phrase: the nearest of the recognizer's dictionary, by their sounds."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from vox_embed.models.spotting.splice.english import NAMES, kind_of

Word = tuple[str, ...]
"""Its sounds."""

_ALIKE = 0.5
"""Cost of a sound in place of another of its kind; any other costs 1, as one that is missing does."""
_FEWEST = 3
_OUTSIDE = 0.5
"""Cost of a sound of the phrase that lies before or after the word."""


@cache
def dictionary() -> tuple[Word, ...]:
    """Every way to say every word (CMUdict, 130,000), without doubles."""
    from pocketsphinx import get_model_path

    lines = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8").splitlines()
    said = (tuple(line.split()[1:]) for line in lines)
    known = frozenset(NAMES)
    return tuple(dict.fromkeys(word for word in said if len(word) >= _FEWEST and known.issuperset(word)))


def nearest(phrases: Sequence[Word], count: int) -> tuple[Word, ...]:
    """The `count` words that are nearest to one of the ways to say the phrase; none that holds one.

    What counts is how far the word is from the phrase or a part of it, and how much of it the part leaves
    out.
    """
    words = (word for word in dictionary() if not any(_holds(word, phrase) for phrase in phrases))
    return tuple(
        heapq.nsmallest(count, words, key=lambda word: min(_distance(word, phrase) for phrase in phrases))
    )


def _holds(word: Word, phrase: Word) -> bool:
    return any(word[i : i + len(phrase)] == phrase for i in range(len(word) - len(phrase) + 1))


def _distance(word: Word, phrase: Word) -> float:
    """Edits from the word to the stretch of the phrase for which they, and what lies outside, cost least."""
    row = [at * _OUTSIDE for at in range(len(phrase) + 1)]
    for sound in word:
        before, row = row, [row[0] + 1]
        for at, other in enumerate(phrase, start=1):
            row.append(min(before[at] + 1, row[at - 1] + 1, before[at - 1] + _apart(sound, other)))
    return min(cost + (len(phrase) - at) * _OUTSIDE for at, cost in enumerate(row))


@cache
def _apart(one: str, other: str) -> float:
    if one == other:
        return 0.0
    return _ALIKE if kind_of(one) == kind_of(other) else 1.0
