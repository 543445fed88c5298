"""A test split that resembles the rest: whole speakers, drawn so that chosen columns have the same shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.cells import number_of
from vox_embed.data.columns import need_column
from vox_embed.data.drawing import shuffled
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Database

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Float = NDArray[np.float64]

_ALL = 14  # speakers of whom every division is looked at
_STARTS = 400  # orders that are drawn at first
_CLIMBED = 48  # of them are improved: the best, and as many others
_ROUNDS = 60
_SWAPS = 4000  # looked at in one round
_MOST_VALUES = 24  # of a column of numbers without bins


@dataclass(frozen=True, eq=False)
class Variable:
    """A column that is to be spread evenly. counts: [units, values] rows of each speaker."""

    name: str
    weight: float
    counts: Float

    def difference(self, tests: Float) -> Float:
        """[...] 0..1: half the sum of differences between shares in test and in the rest, of [...,
        values]."""
        rest = self.counts.sum(axis=0) - tests
        total, others = tests.sum(axis=-1, keepdims=True), rest.sum(axis=-1, keepdims=True)
        share, other = tests / np.maximum(total, 1), rest / np.maximum(others, 1)
        return np.asarray(0.5 * np.abs(share - other).sum(axis=-1), np.float64)


@dataclass(frozen=True, eq=False)
class Balance:
    """What a division into test and rest is judged by. sizes: [units] rows. share: of them for test."""

    variables: tuple[Variable, ...]
    sizes: Float
    share: float
    size_weight: float

    def cost(self, chosen: NDArray[np.bool_]) -> Float:
        """[divisions] of [divisions, units]: lower is better."""
        taken = chosen.astype(np.float64)
        return self.cost_of([taken @ one.counts for one in self.variables], taken @ self.sizes)

    def cost_of(self, tests: list[Float], rows: Float) -> Float:
        """The same, of the rows that are test: by value of each variable, and in all."""
        whole = self.sizes.sum()
        cost = self.size_weight * np.abs(rows / whole - self.share)
        for one, test in zip(self.variables, tests, strict=True):
            cost = cost + one.weight * one.difference(test)
        empty = (rows <= 0) | (rows >= whole)
        return np.where(empty, np.inf, cost)


def balanced_rows(
    name: str, rows: pd.DataFrame, database: Database, percent: float, *, seed: int, target: str
) -> tuple[pd.Series[bool], str]:
    """True for the rows of the speakers that are drawn, and a sentence that says what was reached.

    rows: of one database, with key, label, speaker; those without a speaker are drawn file by file.
    Depends on names and seed, not on the order of rows. VoxError where a column cannot be balanced.
    """
    import pandas as pd

    units = rows["speaker"].where(rows["speaker"].notna(), "\0" + rows["key"]).astype(str)
    order = shuffled(units, seed)
    if len(order) < 2:
        raise VoxError(
            f"data.databases.{name}: only one speaker (`{order[0]}`): balanced has nothing to divide",
            "use `split_strategy: random`",
        )
    numbers = {unit: i for i, unit in enumerate(order)}
    places = np.array([numbers[unit] for unit in units], np.int64)
    variables = tuple(
        Variable(
            column_name,
            weight,
            _counts(places, len(order), _values(name, rows, column_name, database, target)),
        )
        for column_name, weight in (database.balance or {target: 1.0}).items()
    )
    sizes = np.bincount(places, minlength=len(order)).astype(np.float64)
    balance = Balance(variables, sizes, percent / 100, database.size_diff_weight)
    chosen = _best(balance, seed)
    taken = chosen[None, :].astype(np.float64)
    reached = ", ".join(
        f"{one.name} {100 * float(one.difference(taken @ one.counts)[0]):.1f} %" for one in variables
    )
    drawn = pd.Series(chosen[places], index=rows.index)
    note = (
        f"{100 * drawn.mean():.1f} % of {len(rows)} rows ({percent:g} asked), {int(chosen.sum())} of "
        f"{len(order)} speakers; shares differ from the rest by: {reached}"
    )
    return drawn, note


def _values(
    name: str, rows: pd.DataFrame, column_name: str, database: Database, target: str
) -> NDArray[np.int64]:
    """[rows] number of each row's value of a column, or of its range."""
    where = f"data.databases.{name}.balance"
    bins = database.balance_bins.get(column_name)
    if column_name == target:
        if bins is not None:
            raise VoxError(f"{where}_bins.{column_name}: the target is divided already", "leave it out")
        return np.unique(rows["label"].to_numpy(str), return_inverse=True)[1].astype(np.int64)
    cells = need_column(where, rows, column_name, database)
    numbers = [number_of(cell) for cell in cells]
    known = np.array([number for number in numbers if number is not None])
    if bins is not None:
        if len(known) < cells.notna().sum():
            first = next(c for c, n in zip(cells, numbers, strict=True) if n is None and isinstance(c, str))
            raise VoxError(f"{where}_bins.{column_name}: `{first}` is no number", "bins are for numbers")
        edges = np.quantile(known, np.arange(1, bins) / bins) if len(known) else np.zeros(0)
        return (
            np.array(
                [
                    -1 if number is None else int(np.searchsorted(edges, number, side="right"))
                    for number in numbers
                ]
            )
            + 1
        )
    if len(known) and len(set(known.tolist())) > _MOST_VALUES:
        raise VoxError(
            f"{where}: `{column_name}` has {len(set(known.tolist()))} different numbers, which no split "
            "spreads evenly",
            f"divide them into ranges: balance_bins: {{{column_name}: 3}}",
        )
    words = ["" if not isinstance(cell, str) else cell for cell in cells]
    return np.unique(np.array(words, str), return_inverse=True)[1].astype(np.int64)


def _counts(places: NDArray[np.int64], units: int, values: NDArray[np.int64]) -> Float:
    counts = np.zeros((units, int(values.max()) + 1))
    np.add.at(counts, (places, values), 1.0)
    return counts


def _best(balance: Balance, seed: int) -> NDArray[np.bool_]:
    """[units] The best division of a few speakers; of many, the best that is found: random ones are
    improved by moving and swapping speakers."""
    units = len(balance.sizes)
    if units <= _ALL:
        everyone = (np.arange(2**units)[:, None] >> np.arange(units)) % 2 == 1
        return np.asarray(everyone[int(np.argmin(balance.cost(everyone)))])
    return _climbed(balance, np.random.default_rng(seed))


def _climbed(balance: Balance, random: np.random.Generator) -> NDArray[np.bool_]:
    units = len(balance.sizes)
    starts = np.zeros((_STARTS, units), bool)
    wanted = balance.share * balance.sizes.sum()
    for start in starts:
        order = random.permutation(units)
        filled = np.cumsum(balance.sizes[order])
        start[order[: 1 + int(np.argmin(np.abs(filled - wanted)))]] = True
    costs = balance.cost(starts)
    best: tuple[float, NDArray[np.bool_]] | None = None
    ranked = np.argsort(costs, kind="stable")
    for i in (*ranked[: _CLIMBED // 2], *ranked[_CLIMBED // 2 :: _STARTS // (_CLIMBED // 2)]):
        found = _improved(balance, starts[i], float(costs[i]), random)
        if best is None or found[0] < best[0]:
            best = found
    assert best is not None
    return best[1]


def _improved(
    balance: Balance, chosen: NDArray[np.bool_], cost: float, random: np.random.Generator
) -> tuple[float, NDArray[np.bool_]]:
    chosen = chosen.copy()
    for _ in range(_ROUNDS):
        inside, outside = np.flatnonzero(chosen), np.flatnonzero(~chosen)
        out = np.concatenate([inside, np.full(len(outside), -1)])
        into = np.concatenate([np.full(len(inside), -1), outside])
        pairs = np.stack(np.meshgrid(inside, outside, indexing="ij"), -1).reshape(-1, 2)
        if len(pairs) > _SWAPS:
            pairs = pairs[random.choice(len(pairs), _SWAPS, replace=False)]
        out, into = np.concatenate([out, pairs[:, 0]]), np.concatenate([into, pairs[:, 1]])
        padded = [np.vstack([one.counts, np.zeros(one.counts.shape[1])]) for one in balance.variables]
        sizes = np.append(balance.sizes, 0.0)  # -1 is nobody
        tests = [
            one.counts[chosen].sum(axis=0) - many[out] + many[into]
            for one, many in zip(balance.variables, padded, strict=True)
        ]
        costs = balance.cost_of(tests, balance.sizes[chosen].sum() - sizes[out] + sizes[into])
        least = int(np.argmin(costs))
        if not costs[least] < cost - 1e-12:
            break
        cost = float(costs[least])
        for place, value in ((out[least], False), (into[least], True)):
            if place >= 0:
                chosen[place] = value
    return cost, chosen
