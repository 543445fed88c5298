"""Marked blocks inside files that are written by hand."""

from __future__ import annotations

import re
from collections.abc import Callable


def replaced(text: str, begin: str, end: str, content: Callable[[str], str]) -> str:
    """`text` with what stands between each pair of marks replaced.

    begin: a regular expression for the line of the first mark, with the block's name as its group. end: the
    line of the second one. content: gives the new lines for a name. Raises ValueError where a mark has no
    other half.
    """
    pattern = re.compile(rf"^({begin})\n(.*?)^({re.escape(end)})$", re.MULTILINE | re.DOTALL)
    made = pattern.sub(lambda m: f"{m.group(1)}\n{content(m.group(2))}{m.group(4)}", text)
    opened, closed = len(re.findall(rf"^{begin}$", text, re.MULTILINE)), text.count(f"\n{end}\n")
    if opened != closed or opened != len(pattern.findall(text)):
        raise ValueError(f"{opened} blocks begin and {closed} end")
    return made
