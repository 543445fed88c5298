"""This computer's microphone, in blocks of a few milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import need_packages

BLOCK_MS = 20


def need_microphone() -> None:
    """Raises VoxError where the package for it is missing."""
    need_packages("listening to this computer's microphone", ["sounddevice"])


def of_microphone(rate: int, ready: Callable[[], None]) -> Iterator[NDArray[np.int16]]:
    """int16 mono at this rate, without an end. ready: called when it listens.

    Raises VoxError where there is no microphone.
    """
    need_microphone()
    try:
        import sounddevice

        stream = sounddevice.InputStream(
            samplerate=rate, channels=1, dtype="int16", blocksize=rate * BLOCK_MS // 1000
        )
        stream.start()
    except Exception as error:  # sounddevice's own, and OSError where PortAudio is missing
        raise VoxError(
            f"this computer's microphone cannot be opened: {error}",
            "connect one (on Debian also: apt-get install libportaudio2), or play a file: --wav FILE",
        ) from None
    ready()
    with stream:
        while True:
            samples, _ = stream.read(stream.blocksize)
            yield samples[:, 0].copy()
