"""The compiled firmware/vox behind a small, typed face.

Everything here runs the same C files as the device: what these functions return is what the chip computes,
bit for bit.
"""

from vox_embed.core._native import (
    CoreError,
    Frontend,
    Functionals,
    LinkDecoder,
    Model,
    crc32,
    describe_status,
    less_running_mean,
    link_encode,
)
from vox_embed.core.decision import Decider, Replay
from vox_embed.core.listener import ClipRun, Event, Heard, Listener, run_clip
from vox_embed.spec.link import LINK_PAYLOAD, LINK_VERSION
from vox_embed.spec.model_format import VerdictLabel

LABEL_UNKNOWN, LABEL_SILENCE = int(VerdictLabel.UNKNOWN), int(VerdictLabel.SILENCE)

__all__ = [
    "LABEL_SILENCE",
    "LABEL_UNKNOWN",
    "LINK_PAYLOAD",
    "LINK_VERSION",
    "ClipRun",
    "CoreError",
    "Decider",
    "Event",
    "Frontend",
    "Functionals",
    "Heard",
    "LinkDecoder",
    "Listener",
    "Model",
    "Replay",
    "crc32",
    "describe_status",
    "less_running_mean",
    "link_encode",
    "run_clip",
]
