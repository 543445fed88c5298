"""The sound of the test clips that a report lists, beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.files import CLIPS
from vox_embed.report.content import ReportData


def with_clips(data: ReportData, clips: Sequence[NDArray[np.int16]], folder: Path, rate: int) -> ReportData:
    """The report with a WAV in `folder/clips` for each mistake. clips: of all test rows, at `rate` Hz."""
    import soundfile

    if not data.mistakes:
        return data
    (folder / CLIPS).mkdir(exist_ok=True)
    kept = []
    for rank, mistake in enumerate(data.mistakes, start=1):
        words = [re.sub(r"[^A-Za-z0-9-]+", "_", text)[:24] for text in (mistake.truth, mistake.prediction)]
        name = f"{rank:02d}-{words[0]}-as-{words[1]}.wav"
        soundfile.write(folder / CLIPS / name, clips[mistake.row], rate, subtype="PCM_16")
        kept.append(replace(mistake, clip=f"{CLIPS}/{name}"))
    return replace(data, mistakes=tuple(kept))
