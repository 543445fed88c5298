"""Names of files that are made from data: usable on every system, and different for different data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from vox_embed.gate.text import UnfitTextError

_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_DIGEST = 12


def check_file_name(text: str, most: int = 64) -> str:
    """The text, which can name a file on every system. UnfitTextError where it cannot.

    Letters, digits, `.`, `_` and `-` are possible, and up to `most` of them; no dot at the beginning or the
    end, and no name of a Windows device (`con`, `nul`, `com1`, ...).
    """
    if len(text) > most:
        raise UnfitTextError(f"is longer than {most} characters")
    if not _PLAIN.fullmatch(text):
        raise UnfitTextError(
            "has other characters than letters, digits, `.`, `_` and `-`, or begins with one"
        )
    if text.endswith("."):
        raise UnfitTextError("ends with a dot, which Windows leaves out")
    if _DEVICES.fullmatch(text):
        raise UnfitTextError("is the name of a device to Windows")
    return text


def file_name(text: str, most: int = 64) -> str:
    """A file name that looks like the text. Different texts may share one: see `unique_names`."""
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "_", text[: 4 * most])[:most].strip(".-") or "_"
    return f"_{cleaned}"[:most] if _DEVICES.fullmatch(cleaned) else cleaned


def unique_names(texts: Sequence[str], most: int = 40) -> dict[str, str]:
    """text -> a file name of at most `most` characters, different for different texts even where a file
    system takes upper for lower case.

    A text that is such a name already keeps it, whatever the others are, unless another one looks the same;
    all others get a hash behind what they look like. Raises ValueError where two hashes are the same.
    """
    texts = list(dict.fromkeys(texts))
    folded: dict[str, int] = {}
    for text in texts:
        folded[text.casefold()] = folded.get(text.casefold(), 0) + 1
    names = {text: _named(text, most, alone=folded[text.casefold()] == 1) for text in texts}
    if len({name.casefold() for name in names.values()}) < len(names):
        raise ValueError("two of these texts have the same hash")
    return names


def _named(text: str, most: int, *, alone: bool) -> str:
    hashed = re.search(rf"-[0-9a-f]{{{_DIGEST}}}$", text, re.IGNORECASE)  # as if it were one of ours
    if alone and not hashed:
        try:
            return check_file_name(text, most)
        except UnfitTextError:
            pass
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{file_name(text, most - _DIGEST - 1)}-{digest}"
