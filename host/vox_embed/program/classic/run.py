"""Running programs on the host, through the C library."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Model
from vox_embed.program.build import build_network
from vox_embed.program.program import Program


def scores_of(program: Program, X: NDArray[np.int16]) -> NDArray[Any]:
    """Outputs of a program for int16 rows [rows, values]: int16 or int32 [rows, outputs]."""
    return Model(build_network(program, {})).run(np.ascontiguousarray(X, np.int16))
