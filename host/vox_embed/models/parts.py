"""What an estimator extracts of each clip by itself, so that it can be done elsewhere before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.features.cache import Keyed

Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Part:
    """One kind of features. key: under which a cache keeps them. prepare: what is extracted of a clip.
    compute: the features of prepared clips."""

    key: Keyed
    prepare: Callable[[Samples], Samples]
    compute: Callable[[Sequence[Samples]], Sequence[NDArray[Any]]]
