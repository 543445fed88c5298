"""Drawing at random by names and a seed, never by the order of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def shuffled(items: Iterable[str], seed: int) -> list[str]:
    """The distinct items in an order that the seed draws: sorted by a hash of seed and item."""

    def order(item: str) -> tuple[bytes, str]:
        return hashlib.blake2b(
            f"{seed}\0{item}".encode("utf-8", "surrogateescape"), digest_size=8
        ).digest(), item

    return sorted(set(items), key=order)


def share(count: int, percent: float) -> int:
    """`percent` of `count`, rounded, but at least one in each part where there are two or more."""
    return min(max(1, round(count * percent / 100)), count - 1) if count > 1 else 0
