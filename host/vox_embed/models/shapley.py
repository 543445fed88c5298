"""Which values of a row an answer is owed to: Shapley values, drawn (Strumbelj & Kononenko 2014)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Answers = Callable[[NDArray[Any]], NDArray[np.float64]]
"""Rows [rows, values] -> answers [rows, outputs]."""


def shapley(  # noqa: PLR0917
    answers: Answers,
    rows: NDArray[Any],
    background: NDArray[Any],
    draws: int,
    seed: int,
    advance: Callable[[int, int], None] | None = None,
) -> NDArray[np.float64]:
    """What each value adds to each answer: [rows, values, outputs].

    Beginning with a row of the background, the values of the row are put in one after the other, in an order
    drawn at random and in the reverse of it; what the answer changes by is owed to what was put in. Mean over
    `draws` such pairs of orders. The values of a row add up to its answer less the mean answer to the rows of
    the background it was compared with, exactly.
    """
    count, width = rows.shape
    owed: NDArray[np.float64] | None = None
    for i, row in enumerate(rows):
        random = np.random.default_rng([seed, i])
        for start in random.choice(len(background), draws, replace=draws > len(background)):
            order = random.permutation(width)
            for way in (order, order[::-1]):
                put_in = np.empty(width, np.int64)
                put_in[way] = np.arange(width)
                between = np.where(np.arange(width + 1)[:, None] > put_in, row, background[start])
                changes = np.diff(np.asarray(answers(between), np.float64), axis=0)
                if owed is None:
                    owed = np.zeros((count, width, changes.shape[1]))
                owed[i, way] += changes / (2 * draws)
        if advance is not None:
            advance(i + 1, count)
    return np.zeros((0, width, 0)) if owed is None else owed
