"""Rows that several trials of one process have in common: of the same clips and the same features."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from vox_embed.features.corpus import CorpusProgress
from vox_embed.features.functionals import Functionals
from vox_embed.models.parts import Part
from vox_embed.models.rows import ClipRows, Clips, Rows, State

_MOST_BYTES = 1 << 28


class RowsMemory:
    """Rows by a key, those that were wanted last, up to a number of bytes."""

    def __init__(self, most: int = _MOST_BYTES) -> None:
        self._most, self._bytes = most, 0
        self._found: OrderedDict[str, tuple[Rows, State]] = OrderedDict()

    def get(self, key: str) -> tuple[Rows, State] | None:
        """Rows, and what was learned for them; None where they are not there."""
        if key in self._found:
            self._found.move_to_end(key)
        return self._found.get(key)

    def put(self, key: str, rows: Rows, state: State) -> None:
        """Keep them, and let go of the oldest."""
        self._found[key] = rows, state
        self._bytes += _size(rows)
        while self._bytes > self._most and len(self._found) > 1:
            _, (gone, _) = self._found.popitem(last=False)
            self._bytes -= _size(gone)


class SharedRows(ClipRows):
    """The rows of `source`, made once for a key. key: of everything that decides them. test: the clips that
    `of` is asked for again and again."""

    def __init__(self, source: ClipRows, key: str, test: Clips, memory: RowsMemory) -> None:
        self._source, self._key, self._test, self._memory = source, key, test, memory
        self.width = source.width

    @property
    def names(self) -> tuple[str, ...]:
        """Of the source."""
        return self._source.names

    @property
    def functionals_(self) -> Functionals | None:
        """Of the source."""
        return self._source.functionals_

    @property
    def parts(self) -> tuple[Part, ...]:
        """Of the source."""
        return self._source.parts

    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """As the source, or as it did before."""
        known = self._memory.get(self._key)
        if known is not None:
            rows, state = known
            self._source.restore(state)
            return rows
        rows = self._source.fit(clips, progress)
        self._memory.put(self._key, rows, dict(self._source.state()))
        return rows

    def of(self, clips: Clips) -> Rows:
        """As the source, or as it did before."""
        if clips is not self._test:
            return self._source.of(clips)
        key = f"{self._key} test"
        known = self._memory.get(key)
        if known is not None:
            return known[0]
        rows = self._source.of(clips)
        self._memory.put(key, rows, {})
        return rows

    def state(self) -> State:
        """Of the source."""
        return self._source.state()

    def restore(self, state: State) -> None:
        """Into the source."""
        self._source.restore(state)


def _size(rows: Rows) -> int:
    values: Any = rows[0]
    return int(values.nbytes) + int(rows[1].nbytes)
