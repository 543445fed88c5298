"""Admitting text: labels, names and other short texts that somebody else wrote.

An admitted text is one line of valid Unicode in its composed form (NFC), of a bounded length, without
characters that steer a terminal, a compiler or the reader's eye instead of being read. It may hold anything
else, quotes and comment signs among them: see gate/escape.py for where it goes.
"""

from __future__ import annotations

import unicodedata

LABEL_BYTES = 47
"""Of UTF-8: what a model has room for."""
TEXT_BYTES = 255
"""Of UTF-8: any other name."""

_JOINERS = "\u200c\u200d"  # spelling in Persian, the scripts of India, and emoji
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_KINDS = {"Cc": "a control character", "Cf": "an invisible character", "Cs": "a part that is no valid UTF-8"}
_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class UnfitTextError(ValueError):
    """A text that is not admitted; the message says why, and reads on from what the text is."""


def admit(text: str, most: int = TEXT_BYTES) -> str:
    """The text in its composed form. most: bytes of UTF-8 that it may have.

    Raises UnfitTextError for an empty or blank text, a longer one, and one with a line break, a control
    character, an invisible one (but for the two joiners), a change of direction, or what is no Unicode.
    """
    if len(text) > 4 * most:  # before anything that takes time
        raise UnfitTextError(f"is longer than {most} bytes")
    for place, char in enumerate(text, start=1):
        reason = _reason(char)
        if reason is not None:
            raise UnfitTextError(f"has {reason} in place {place}")
    composed = unicodedata.normalize("NFC", text)
    if not composed.strip():
        raise UnfitTextError("is blank" if text else "is empty")
    if len(composed.encode()) > most:
        raise UnfitTextError(f"is longer than {most} bytes")
    return composed


def admit_label(text: str) -> str:
    """`admit` for the name of a class: it has to fit into a model."""
    return admit(text, LABEL_BYTES)


def plain_text(text: str) -> str:
    """The text without blanks and invisible characters at its ends, its letters composed (Unicode NFC): what
    looks the same is the same."""
    first, last = 0, len(text)
    while first < last and _unseen(text[first]):
        first += 1
    while last > first and _unseen(text[last - 1]):
        last -= 1
    return unicodedata.normalize("NFC", text[first:last])


def _unseen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cf"


def visible(text: str) -> str:
    """Any text as one that shows what it is and does nothing else: U+FFFD stands for every character that
    `admit` refuses."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _reason(char) is None else "\N{REPLACEMENT CHARACTER}" for char in text)


def visible_lines(text: str) -> str:
    """`visible` of every line; tabs become blanks."""
    if text.isascii() and text.isprintable():
        return text
    return "\n".join(visible(line.expandtabs(4)) for line in text.split("\n"))


def shown(text: str, most: int = 60) -> str:
    """A text for a message: visible, and cut where it is long."""
    text = visible(text[: most + 1])
    return text if len(text) <= most else f"{text[:most]}..."


def _reason(char: str) -> str | None:
    """Why a character is not admitted."""
    if char.isprintable() or char in _JOINERS:
        return None
    if char in _BREAKS:
        return f"a line break (U+{ord(char):04X})"
    if char in _TURNS:
        return f"a character that turns the direction of reading (U+{ord(char):04X})"
    kind = unicodedata.category(char)
    if kind in _HIDDEN:
        return f"{_KINDS[kind]} (U+{ord(char):04X})"
    if ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF:
        return f"a code that is no character (U+{ord(char):04X})"
    return None
