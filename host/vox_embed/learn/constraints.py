"""The seven rules that the instances of a data set obey."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.learn.instances import Instances

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Broken:
    """A rule that is broken: its number, what it says, and the instances (indices) that break it."""

    number: int
    rule: str
    instances: tuple[int, ...]


def broken_constraints(data: Instances) -> list[Broken]:
    """Rules that a data set breaks, in their order; none: it is sound."""
    found = []
    for number, (rule, check) in enumerate(_RULES, start=1):
        bad = check(data)
        if bad:
            found.append(Broken(number, rule, tuple(sorted(bad))))
    return found


def _differs(data: Instances, values: pd.Series) -> set[int]:
    """Instances of files within which `values` differ; unknown is a value of its own."""
    numbered = values.astype(object).where(values.notna(), None)
    groups = numbered.groupby(data.table["filename"], sort=False)
    return {
        int(index)
        for _, group in groups
        if len({(value is None, value) for value in group}) > 1
        for index in group.index
    }


def _same(column: str) -> Callable[[Instances], set[int]]:
    return lambda data: _differs(data, data.table[column])


def _same_folds(data: Instances) -> set[int]:
    import pandas as pd

    return _differs(data, pd.Series([row.tobytes() for row in data.folds], dtype=object))


def _in_map(data: Instances) -> set[int]:
    if data.label_map is None:
        return set()
    wrong = set()
    for index, (label, number) in enumerate(
        zip(data.column("label_nominal"), data.column("label_numeric"), strict=True)
    ):
        told = (label is not None, number is not None)
        if told == (False, False):
            continue
        if told != (True, True) or data.label_map.get(str(label)) != int(number):
            wrong.add(index)
    return wrong


def _same_counts(data: Instances) -> set[int]:
    counts = data.table.groupby("filename", sort=False)["chunk_nr"].transform("size").to_numpy(int)
    if not len(counts):
        return set()
    usual = int(np.bincount(counts).argmax())
    return {int(index) for index in np.flatnonzero(counts != usual)}


def _numbered(data: Instances) -> set[int]:
    return {
        int(index)
        for _, group in data.table.groupby("filename", sort=False)["chunk_nr"]
        if sorted(int(number) for number in group) != list(range(len(group)))
        for index in group.index
    }


_RULES: tuple[tuple[str, Callable[[Instances], set[int]]], ...] = (
    ("instances of the same file have the same nominal label", _same("label_nominal")),
    ("instances of the same file have the same numeric label", _same("label_numeric")),
    ("instances of the same file are in the same folds", _same_folds),
    ("instances of the same file are in the same partition", _same("partition")),
    ("labels are keys of the label map, and numeric labels their values", _in_map),
    ("every file has the same number of chunks", _same_counts),
    ("the chunks of a file are numbered 0, 1, ... without a gap or a repetition", _numbered),
)
