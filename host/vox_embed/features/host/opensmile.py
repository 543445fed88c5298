"""openSMILE's own features: floats, on the host only, to compare with.

openSMILE runs in a process of its own: one that has loaded TensorFlow breaks down in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.features.host.base import Clips, HostFeatures, Progress
from vox_embed.features.tables import pcm

_SAMPLES_AT_ONCE = 1 << 26
"""Of the clips that one process is given."""

_Advance = Callable[[int], None]
"""Called with the clips done."""


@dataclass(frozen=True)
class OpenSmile(HostFeatures):
    """A feature set of openSMILE (Eyben et al. 2010): `lld` gives a row every 10 ms, `functionals` one a
    clip. VoxError where the package is missing.
    """

    settings: schema.OpenSmile

    def __post_init__(self) -> None:
        need_packages("features: type `opensmile`", EXTRAS["opensmile"])

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.settings.sample_rate

    @property
    def per_clip(self) -> bool:
        """Whether rows are openSMILE's functionals."""
        return self.settings.per_clip

    @property
    def window(self) -> int:
        """Samples below which openSMILE gives nothing."""
        return self.settings.window_samples

    @property
    def frame_rate(self) -> float:
        """Rows of level `lld` a second."""
        return self.settings.sample_rate / self.settings.hop_samples

    @cached_property
    def names(self) -> tuple[str, ...]:
        """openSMILE's names of the columns."""
        return tuple(self._run([])[0])

    @property
    def width(self) -> int:
        """As the settings know it, without a process that names the columns."""
        return self.settings.width

    @property
    def gate(self) -> str | None:
        """The column that is above 0 in voiced frames: F0."""
        return next((name for name in self.names if name.startswith("F0")), None)

    @property
    def gated(self) -> tuple[str, ...]:
        """Columns that mean something in voiced frames only: openSMILE calls them `nz`."""
        return tuple(name for name in self.names if name.endswith("nz"))

    @property
    def description(self) -> str:
        """The set, and of what a row is."""
        rows = "functionals" if self.per_clip else "low-level descriptors"
        return f"openSMILE {self.settings.set}, {self.settings.width} {rows}"

    @property
    def identity(self) -> str:
        """Equal for two extractors if and only if they give the same values."""
        s = self.settings
        return f"opensmile-{metadata.version('opensmile')}-{s.set}-{s.level}-{s.sample_rate}"

    def extract_all(self, clips: Clips, progress: Progress | None = None) -> list[NDArray[np.float32]]:
        """int16 [samples] at the settings' rate -> float32 [rows, names]. Zeros are appended to what is
        shorter than `window`."""
        rows: list[NDArray[np.float32]] = []
        while len(rows) < len(clips):
            first, end, samples = len(rows), len(rows), 0
            while end < len(clips) and samples < _SAMPLES_AT_ONCE:
                samples += len(clips[end])
                end += 1
            rows += self._run(clips[first:end], _after(first, len(clips), progress))[1]
        return rows

    def _run(
        self, clips: Clips, progress: _Advance | None = None
    ) -> tuple[list[str], list[NDArray[np.float32]]]:
        """Names, and rows of each clip, from a process of its own."""
        with tempfile.TemporaryDirectory(prefix="vox-embed-") as name:
            folder = Path(name)
            padded = [np.pad(pcm(clip), (0, max(0, self.window - len(clip)))) for clip in clips]
            np.savez(
                folder / "clips.npz",
                allow_pickle=False,
                ends=np.cumsum([len(clip) for clip in padded], dtype=np.int64),
                samples=np.concatenate([np.zeros(0, np.int16), *padded]),
            )
            s = self.settings
            command = [sys.executable, "-m", "vox_embed.features.host.opensmile_child", name, s.set, s.level]
            # The child must find this package wherever the parent found it.
            package = str(Path(__file__).resolve().parents[3])
            paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
            with (folder / "errors").open("wb") as errors:
                child = subprocess.Popen(
                    [*command, str(s.sample_rate)],
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                    stdout=subprocess.PIPE,
                    stderr=errors,
                )
                with child:
                    assert child.stdout is not None
                    for done, _ in enumerate(child.stdout, start=1):  # a line a clip
                        if progress is not None:
                            progress(done)
            if child.returncode:
                last = (folder / "errors").read_text(errors="replace").strip().splitlines()[-5:]
                raise VoxError("openSMILE failed:\n" + "\n".join(last))
            with np.load(folder / "rows.npz", allow_pickle=False) as stored:
                rows = np.split(stored["rows"], stored["ends"][:-1]) if len(clips) else []
            return json.loads((folder / "names.json").read_text()), rows


def _after(before: int, count: int, progress: Progress | None) -> _Advance | None:
    """`progress`, where so many clips of all were done already."""
    return None if progress is None else lambda done: progress(before + done, count)
