"""What share of real time a model takes on a board, from its work alone: nothing is built or run."""

from __future__ import annotations

from dataclasses import dataclass

from vox_embed.core import Model
from vox_embed.device.boards import Board, find_board
from vox_embed.experiment.errors import VoxError
from vox_embed.program.cascade import files_of, stages_of
from vox_embed.program.vxm import read_sections
from vox_embed.spec.model_format import SectionTag

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


@dataclass(frozen=True)
class Share:
    """About the share of a board's clock that a stream takes, to a factor of two, an instruction a cycle."""

    awake: float
    """All stages of a cascade."""
    asleep: float | None = None
    """What is always awake alone; None where the model is no cascade."""


def estimated_share(model: Model, board: Board) -> Share | None:
    """None for a bare network, and for cores that it was not measured on. `vox-embed bench` counts."""
    each = _CORES.get(board.core)
    if each is None or not model.hears or board.clock_mhz <= 0:
        return None
    stages = stages_of(model.data)
    last = list(files_of(model.data))[-1]
    woken_by_level = SectionTag.WAKE in read_sections(last)
    frame = each[0] * model.frame_work
    runs = [each[1] * stage.work / _frames_between_runs(stage) for stage in stages]
    second = model.sample_rate / model.hop / (board.clock_mhz * 1e6)
    asleep = frame if woken_by_level else frame + runs[-1]
    cascade = woken_by_level or len(stages) > 1
    return Share((frame + sum(runs)) * second, asleep * second if cascade else None)


def _frames_between_runs(stage: Model) -> int:
    streams = stage.run_frames < stage.window_frames
    return stage.run_frames if streams else stage.stride_frames


def estimated_share_on(model: Model, board: str) -> Share | None:
    """As estimated_share, of a board by its name. None where there is no such board: a device may call itself
    anything.
    """
    try:
        return estimated_share(model, find_board(board))
    except (VoxError, OSError, ValueError):  # a name that no file can have, too
        return None
