"""Which pieces a word is put together from.

Every sound is two halves, so that a piece may begin and end in the midst of a sound, where joins are heard
least. Costs: of a neighbour that was another sound, of a join, of a piece that was used often; the cheapest
row of halves is found by dynamic programming (Hunt & Black 1996). All costs are varied at random: another
draw is another speaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.spotting.splice.aligned import SILENCE
from vox_embed.models.spotting.splice.english import kind_of
from vox_embed.models.spotting.splice.inventory import Inventory

Costs = NDArray[np.float64]

_CANDIDATES = 50
_LIKE, _UNLIKE = 0.6, 1.2
"""Of a neighbour of the same kind, and of another kind."""
_EDGE = 0.3
"""At the word's begin and end, of a neighbour that is not silence."""
_USED, _MOST_USED = 0.05, 0.8
_DISTANCE, _OTHERS, _LENGTHS = 1.5, 0.5, 0.3
"""Of a join: by how far it sounds apart, if it is another recording, and if one is longer."""
_IN_SOUND, _BETWEEN = 0.4, 1.6
"""Of any join in the midst of a sound, and of any between two."""
_CHOICE, _SPREAD = 0.6, 0.4
"""How much candidates are drawn by chance, and how much a join's cost varies."""


class Half(NamedTuple):
    """Of a sound of the inventory: the first (0) or the second (1)."""

    sound: int
    second: int


@dataclass(frozen=True, eq=False)
class Chooser:
    """Keeps count of what was used. uses: [sounds of the inventory]."""

    inventory: Inventory
    uses: NDArray[np.float64]

    @classmethod
    def of(cls, inventory: Inventory) -> Chooser:
        """Nothing has been used yet."""
        return cls(inventory, np.zeros(len(inventory)))

    def choose(self, sounds: Sequence[str], rng: np.random.Generator) -> list[Half] | None:
        """Halves in order, two a sound. None where a sound does not occur."""
        places = [self._candidates(sounds, at, rng) for at in range(len(sounds))]
        if any(not len(one.sounds) for one in places):
            return None
        total = places[0].first
        came: list[NDArray[np.int64]] = []
        for at, here in enumerate(places):
            total, best = _cheapest(total, self._within(here.sounds, rng), here.second)
            came.append(best)
            if at + 1 < len(places):
                coming = places[at + 1]
                total, best = _cheapest(total, self._between(here.sounds, coming.sounds, rng), coming.first)
                came.append(best)
        halves: list[Half] = []
        now = int(total.argmin())
        for step in range(len(came) - 1, -1, -1):
            at, within = step // 2, step % 2 == 0
            if within:
                halves.append(Half(int(places[at].sounds[now]), 1))
                now = int(came[step][now])
                halves.append(Half(int(places[at].sounds[now]), 0))
            else:
                now = int(came[step][now])
        halves.reverse()
        for half in halves:
            self.uses[half.sound] += 0.5
        return halves

    def _candidates(self, sounds: Sequence[str], at: int, rng: np.random.Generator) -> _Candidates:
        kept = self.inventory
        all_of = kept.places(sounds[at])
        before = _neighbours(sounds[at - 1] if at else None, kept.before[all_of])
        after = _neighbours(sounds[at + 1] if at + 1 < len(sounds) else None, kept.after[all_of])
        own = kept.costs[all_of] + np.minimum(_USED * self.uses[all_of], _MOST_USED)
        wanted = own + np.minimum(before, after) + (before + after) / 2
        drawn = np.argsort(wanted + rng.gumbel(0, _CHOICE, len(all_of)), kind="stable")[:_CANDIDATES]
        return _Candidates(all_of[drawn], (own / 2 + before)[drawn], (own / 2 + after)[drawn])

    def _within(self, sounds: NDArray[np.int64], rng: np.random.Generator) -> Costs:
        """From the first half of one to the second of another, [n, n]."""
        kept = self.inventory
        costs = self._distances(kept.middles[sounds], kept.middles[sounds])
        costs += _OTHERS * _unlike(kept.recording[sounds], kept.recording[sounds])
        costs += _LENGTHS * np.abs(kept.log_lengths[sounds][:, None] - kept.log_lengths[sounds])
        costs = costs * _varied(costs.shape, rng) + _IN_SOUND
        np.fill_diagonal(costs, 0)
        return costs

    def _between(
        self, sounds: NDArray[np.int64], following: NDArray[np.int64], rng: np.random.Generator
    ) -> Costs:
        """From the second half of one to the first of the next, [n, m]; nothing where they followed each
        other."""
        kept = self.inventory
        costs = self._distances(kept.exits[sounds], kept.entries[following])
        other = _unlike(kept.recording[sounds], kept.recording[following])
        costs = (costs + _OTHERS * other) * _varied(costs.shape, rng) + _BETWEEN
        costs[(sounds[:, None] + 1 == following) & ~other] = 0
        return costs

    def _distances(self, one: NDArray[np.float32], other: NDArray[np.float32]) -> Costs:
        apart: Costs = np.sqrt(((one[:, None] - other) ** 2).sum(axis=2)).astype(np.float64)
        return apart * (_DISTANCE / self.inventory.apart)


@dataclass(frozen=True, eq=False)
class _Candidates:
    """sounds: of the inventory. first, second: costs of their halves."""

    sounds: NDArray[np.int64]
    first: Costs
    second: Costs


def _cheapest(total: Costs, joins: Costs, own: Costs) -> tuple[Costs, NDArray[np.int64]]:
    """What each of the following costs at least, and whence."""
    sums = total[:, None] + joins
    best = sums.argmin(axis=0)
    return sums[best, np.arange(sums.shape[1])] + own, best


def _neighbours(wanted: str | None, had: NDArray[np.str_]) -> Costs:
    """wanted: None at an edge of the word."""
    if wanted is None:
        return np.where(had == SILENCE, 0, _EDGE)
    alike = np.array([kind_of(wanted) == kind_of(str(one)) for one in had], bool)
    return np.where(had == wanted, 0, np.where(alike, _LIKE, _UNLIKE))


def _unlike(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    unlike: NDArray[np.bool_] = one[:, None] != other
    return unlike


def _varied(shape: tuple[int, ...], rng: np.random.Generator) -> Costs:
    return rng.uniform(1 - _SPREAD, 1 + _SPREAD, shape)
