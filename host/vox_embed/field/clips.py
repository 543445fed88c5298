"""The sound around false accepts, to listen to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from vox_embed.data.audio import read_audio
from vox_embed.field.measure import Fired
from vox_embed.gate.files import native_name

_BEFORE, _AFTER = 2.0, 0.5


def write_clips(folder: Path, fired: Sequence[Fired], rate: int) -> list[str]:
    """A WAV of each, from 2 s before it fired to 0.5 s after, within its recording; returns their names.

    Rank, label, score, file and second are in the name.
    """
    import soundfile

    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for rank, one in enumerate(fired, start=1):
        stem = re.sub(r"[^\w.-]+", "_", one.recording.file.stem)[:60]
        label = re.sub(r"[^\w-]+", "_", one.accept.label)
        name = f"{rank:02d}-{label}-{one.accept.score:.3f}-{stem}-{one.seconds:.1f}s.wav"
        last = one.recording.start + one.recording.duration
        begin, end = (
            max(one.recording.start, one.seconds - _BEFORE),
            min(last, max(one.seconds, one.recording.start + 0.1) + _AFTER),
        )
        soundfile.write(
            native_name(folder / name),
            read_audio(one.recording.file, rate, begin, end),
            rate,
            subtype="PCM_16",
        )
        names.append(name)
    return names
