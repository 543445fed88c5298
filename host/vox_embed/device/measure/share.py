"""What share of real time a model takes on a board, from its work alone: nothing is built or run."""

from __future__ import annotations

from vox_embed.core import Model
from vox_embed.device.boards import Board, find_board
from vox_embed.experiment.errors import VoxError

# Instructions for a unit of work of feature frames, and of windows, as kept models take them
# (tests/unit/test_work.py); the DSP instructions are those of all of the second kind.
_PLAIN, _DSP = (8.0, 3.6), (2.7, 1.3)
_CORES = {
    "cortex-m0": _PLAIN,
    "cortex-m0plus": _PLAIN,
    "cortex-m4": _DSP,
    "cortex-m7": _DSP,
    "cortex-m33": _DSP,
}


def estimated_share(model: Model, board: Board) -> float | None:
    """About the share of the board's clock that a stream takes, to a factor of two, an instruction a cycle.

    None for a bare network, and for cores that it was not measured on. `vox-embed bench` counts.
    """
    each = _CORES.get(board.core)
    if each is None or not model.hears or board.clock_mhz <= 0:
        return None
    frame = each[0] * model.frame_work + each[1] * model.work / model.stride_frames
    return frame * model.sample_rate / model.hop / (board.clock_mhz * 1e6)


def estimated_share_on(model: Model, board: str) -> float | None:
    """As estimated_share, of a board by its name. None where there is no such board: a device may call itself
    anything.
    """
    try:
        return estimated_share(model, find_board(board))
    except (VoxError, OSError, ValueError):  # a name that no file can have, too
        return None
