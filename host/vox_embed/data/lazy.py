"""Sequences whose items are made or read when they are wanted."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class Lazy(Sequence[T]):
    """Of which a subclass says its length, and what stands at a place."""

    @abstractmethod
    def one(self, place: int) -> T:
        """The item at `place`, from 0 to below the length."""

    def some(self, places: range) -> Sequence[T]:
        """Those of a slice: made at once, where a subclass does not know better."""
        return [self.one(place) for place in places]

    def each(self, places: Iterable[int]) -> Iterator[T]:
        """Those at some places, one after the other, for a subclass that can say them quicker together."""
        return map(self.one, places)

    def __iter__(self) -> Iterator[T]:
        return self.each(range(len(self)))

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return self.some(range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self.one(index % len(self))
