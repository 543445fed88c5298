"""How much memory there is, and how people write how much of it is to be used."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_WRITTEN = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([MGT]i?B)", re.IGNORECASE)
LEAST_MEMORY = 16 * 10**6
"""That an experiment may ask for: less than a clip or two would be read again and again."""
_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_UNKNOWN = 4 * 10**9


def bytes_of(text: str) -> int:
    """Bytes of `2 GB`, `500 MB` or `1.5 GiB`. ValueError for other texts."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("no number of MB or GB")
    return round(float(found[1]) * _UNITS[found[2].upper()])


def memory_of_process() -> int:
    """Bytes that this process may have: of the computer, or of what limits the process."""
    found = [_UNKNOWN]
    with suppress(AttributeError, OSError, ValueError):  # Windows
        import resource

        found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
        limits = (resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA))
        found += [limit for limit in limits if limit > 0]
    for name in _CGROUPS:
        with suppress(OSError, ValueError):  # `max` where there is no limit
            found.append(int(Path(name).read_text(encoding="ascii")))
    return min(found)
