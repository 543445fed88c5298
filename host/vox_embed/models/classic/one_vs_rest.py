"""Several labels at once: one classic model for each, that tells rows with it from all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator, Task

_PART = "tag{:03}."


class OneVsRest:
    """make: gives an untrained classifier. After `fit`, or `restore`: `parts_`, one for each tag."""

    task: Task = "classification"

    def __init__(self, make: Callable[[], ClassicEstimator], tags: int) -> None:
        self._make = make
        self._tags = tags

    def fit(self, X: NDArray[Any], y: NDArray[np.bool_]) -> Self:
        """y: [rows, tags]. ValueError where a tag cannot be learned."""
        self.parts_: Sequence[ClassicEstimator] = [
            self._make().fit(X, y[:, tag].astype(np.int64)) for tag in range(self._tags)
        ]
        return self

    @property
    def n_features_in_(self) -> int:
        """Values of a row."""
        return self.parts_[0].n_features_in_

    @property
    def count_(self) -> int:
        """Numbers that were learned."""
        return sum(part.count_ for part in self.parts_)

    def predict_float(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Posteriors of the tags [rows, tags], each by itself."""
        return np.stack([part.predict_float(X)[:, 1] for part in self.parts_], axis=1)

    def state(self) -> dict[str, NDArray[Any]]:
        """What was learned, as arrays."""
        return {
            _PART.format(tag) + name: value
            for tag, part in enumerate(self.parts_)
            for name, value in part.state().items()
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> Self:
        """Take over what `state` gave. KeyError, TypeError or ValueError where it does not fit."""

        def part(tag: int) -> dict[str, NDArray[Any]]:
            own = _PART.format(tag)
            return {name.removeprefix(own): value for name, value in state.items() if name.startswith(own)}

        self.parts_ = [self._make().restore(part(tag)) for tag in range(self._tags)]
        return self
