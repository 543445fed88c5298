"""One escaper a language: any text goes in, and what comes out is inert where the language puts it.

Every generator of this package writes strange text through one of these and in no other way. They take any
string, admitted (gate/text.py) or not.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any

from vox_embed.gate.text import visible


class Code(str):
    """Text of our own that is to stand in a template as it is."""

    __slots__ = ()


def c_comment(text: str) -> str:
    """Inside a comment of C, C++ or a linker script, of either kind: it can neither end nor begin one, go on
    to the next line, nor be a trigraph."""
    text = visible(text).replace("\\", "\N{REVERSE SOLIDUS OPERATOR}")
    text = re.sub(r"\?(?=\?)", "? ", text)
    return re.sub(r"\*(?=/)|/(?=\*)", lambda found: f"{found.group()} ", text)


def hash_comment(text: str) -> str:
    """In a comment from # to the end of the line: Python, MicroPython, YAML, CMake, Make, INI."""
    text = re.sub(r"coding(?=[:=])", "coding ", visible(text))  # in its first lines, Python would obey
    return f"{text}." if text.endswith("\\") else text  # Make and CMake would take the next line along


_YAML_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./()+-]*( [A-Za-z0-9_./()+-]+)*")
_YAML_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def yaml_text(text: str) -> str:
    """A value of YAML on one line, always read as text: plain where that is safe, else in double quotes."""
    if _YAML_PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return json.dumps(visible(text), ensure_ascii=False)


def cmake_word(text: str) -> str:
    """One argument of a CMake command, quoted where it has to be."""
    text = visible(text)
    if re.fullmatch(r"[A-Za-z0-9_./+:=-]+", text):
        return text
    return '"' + re.sub(r'([\\"$@])', r"\\\1", text) + '"'


def make_word(text: str) -> str:
    """One word of a makefile, a file name of our own: `make` has no quotes, so all else becomes `_`."""
    return re.sub(r"[^A-Za-z0-9_./+-]", "_", text)


def ini_value(text: str) -> str:
    """A value of an INI file or of Java's properties; one line, no continuation, no comment."""
    return re.sub(r"[\\%;#]", " ", visible(text)).strip()


def markdown(text: str) -> str:
    """In the running text or a table of Markdown: neither a link, nor HTML, nor emphasis, nor a cell's end.

    An underscore inside a word stays, so that names in code are left alone.
    """
    text = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*\[\]|~!])", r"\\\1", text)
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)


def html_text(text: str) -> str:
    """In the text of an HTML element, or in a quoted attribute."""
    return html.escape(visible(text), quote=True)


_LANGUAGES: dict[str, Callable[[str], str]] = {
    ".c": c_comment,
    ".h": c_comment,
    ".ino": c_comment,
    ".py": hash_comment,
    ".md": markdown,
    ".html": html_text,
    ".properties": ini_value,
    ".txt": ini_value,
    ".conf": ini_value,
    ".cpp": c_comment,
    ".yml": yaml_text,
    ".yaml": yaml_text,
    ".json": json.dumps,
    ".pdsc": html_text,
    "Kconfig": hash_comment,
    "CMakeLists.txt": cmake_word,
    "Makefile": make_word,
}


def finalize_for(name: str) -> Any:
    """What a template engine has to do with every value that it fills into the file of this name.

    Text is escaped; numbers and `Code` are left alone. KeyError for a language that is not known here.
    """
    base = name.rpartition("/")[2]
    escape = _LANGUAGES.get(base) or _LANGUAGES[f".{base.rpartition('.')[2]}"]

    def finalize(value: object) -> object:
        return escape(value) if isinstance(value, str) and not isinstance(value, Code) else value

    return finalize
