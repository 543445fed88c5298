"""English sounds: espeak-ng's mnemonics as those of ARPAbet, in which recordings are cut into pieces."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

KINDS = {
    "stop": "P T K B D G",
    "fricative": "S Z SH ZH F V TH DH HH CH JH",
    "nasal": "M N NG",
    "glide": "L R W Y",
    "front": "IY IH EH EY AE",
    "back": "AA AO OW UH UW AH ER AW AY OY",
}
"""Sounds by how they are made: those of a kind do much the same to their neighbours."""
NAMES = tuple(name for names in KINDS.values() for name in names.split())

_SPOKEN: dict[str, tuple[str, ...]] = {
    "@": ("AH", "IH"), "3": ("ER", "ER", "AH"), "a#": ("AH",), "@L": ("AH L",), "I2": ("IH", "AH"),
    "I": ("IH", "IH", "AH"), "i": ("IY", "IH"), "E": ("EH",), "e": ("EH", "EY"), "a": ("AE", "AE", "AA"),
    "aa": ("AE",), "A": ("AA",), "O": ("AO", "AA"), "0": ("AA", "AO"), "o": ("OW", "AO"), "V": ("AH",),
    "u": ("UW",), "U": ("UH",), "eI": ("EY",), "aI": ("AY",), "aU": ("AW",), "OI": ("OY",), "oU": ("OW",),
    "A@": ("AA R", "AA R", "AA"), "O@": ("AO R", "AO"), "o@": ("AO R", "AO"), "i@": ("IH R", "IY AH"),
    "e@": ("EH R", "EH"), "aI@": ("AY AH", "AY ER"), "U@": ("UH R",), "IR": ("ER",), "VR": ("ER",),
    "aI3": ("AY ER", "AY AH"), "i@3": ("IH R", "IY AH"), "n-": ("AH N",), "r-": ("R",), "@-": ("AH",),
    "t#": ("T", "D"), "j": ("Y",), "tS": ("CH",), "dZ": ("JH",), "S": ("SH",), "Z": ("ZH",), "T": ("TH",),
    "D": ("DH",), "N": ("NG",), "h": ("HH",), "x": ("K", "HH"), "?": ("T",), "C": ("HH",),
}  # fmt: skip
"""Mnemonic, without length -> ways to say it; the more common ones are there twice."""

_LENGTHS = str.maketrans("", "", ":;~[_|',%=")

_LEARNED: dict[str, tuple[str, ...]] = {
    "ER": ("AH R", "EH R", "AA", "AA R"), "AH": ("AA", "EH", "AO"), "IH": ("IY",), "UH": ("UW",),
    "AE": ("EH", "AA"), "OW": ("AO",), "TH": ("T", "S"), "DH": ("D", "Z"), "W": ("V",),
    "V": ("W", "B", "F"), "Z": ("S",), "JH": ("CH", "ZH", "D ZH"), "CH": ("SH",), "HH": ("K",),
    "NG": ("N G", "N"), "T": ("D",), "R": ("L", "W"), "Y": ("IY",),
}  # fmt: skip
"""As `learners`, in these sounds."""
_SHARE = 0.25
"""Of the sounds that one who learned English says otherwise."""


@cache
def kind_of(name: str) -> str:
    """Of KINDS; its own name for silence."""
    return next((kind for kind, names in KINDS.items() if name in names.split()), name)


def sounds_of(phonemes: Sequence[str], rng: np.random.Generator) -> tuple[str, ...]:
    """Names of sounds; one of the ways to say each phoneme. Marks of stress have none.

    >>> sounds_of(("dZ", "'", "OI"), np.random.default_rng(1))
    ('JH', 'OY')
    """
    found: list[str] = []
    for phoneme in phonemes:
        ways = _ways(phoneme.translate(_LENGTHS))
        # A diphthong of an accent that has no way of its own is the vowels that it is written with.
        for way in [ways] if ways else [_ways(letter) for letter in phoneme]:
            if way:
                found += str(rng.choice(way)).split()
    return tuple(found)


def as_learned(sounds: Sequence[str], rng: np.random.Generator) -> tuple[str, ...]:
    """The same by a speaker, drawn at random, who says a sound otherwise wherever it occurs."""
    own = {sound: str(rng.choice(others)) for sound, others in _LEARNED.items() if rng.random() < _SHARE}
    return tuple(part for sound in sounds for part in own.get(sound, sound).split())


def _ways(phoneme: str) -> tuple[str, ...]:
    """Of a mnemonic; a variant of another (`aI2`, `w#`) is said as that one."""
    bare = phoneme.rstrip("#23")
    for one in (phoneme, bare):
        upper = one.upper()
        ways = _SPOKEN.get(one) or ((upper,) if upper in NAMES else ())
        if ways:
            return ways
    return ()
