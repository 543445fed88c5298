"""What a page of `monitor --web` gets: the lines of a session with the device program on this computer."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from vox_embed.device.live_page import LivePage
from vox_embed.device.material import NamedClip
from vox_embed.device.monitor import Monitor
from vox_embed.device.targets import open_target
from vox_embed.device.verify import ensure_model


def lines_of_page(
    model: bytes, samples: np.ndarray[Any, np.dtype[np.int16]], log: Path
) -> list[dict[str, Any]]:
    """The sound is played in real time. log: what `--log` writes."""
    with open_target("native", None) as session, log.open("w") as file:
        ensure_model(session, model)
        hello = {"board": session.device.board, "model": "tiny", "labels": session.labels()}
        page = LivePage(hello)
        lines = page.reader()
        view = Monitor(session, Console(file=io.StringIO()), file, None, page)
        view.play([NamedClip("a.wav", samples)], pause=0.1)
        page.close()
    found = []
    while (line := lines.get()) is not None:
        found.append(json.loads(line))
    return found
