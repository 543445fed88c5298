"""How a device's answers differ from the host's, how much was compared, and what a report says of both."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import ClipRun


@dataclass(frozen=True)
class Differences:
    """How many values differ. A value that only one side has counts as different."""

    features: int = 0
    """Band values and levels of feature frames."""
    scores: int = 0
    """Posteriors and verdicts of windows, scores and verdict of the clip; of a network, its outputs."""
    events: int = 0
    """Events: frame, label, score or kind."""
    first: str | None = None
    """The first one, in words."""

    @property
    def total(self) -> int:
        """Zero is parity."""
        return self.features + self.scores + self.events

    def __add__(self, other: Differences) -> Differences:
        return Differences(
            self.features + other.features,
            self.scores + other.scores,
            self.events + other.events,
            self.first or other.first,
        )


def compare_arrays(name: str, what: str, host: NDArray[Any], device: NDArray[Any]) -> tuple[int, str | None]:
    """Differing values, and the first: arrays of any shape, the first axis may differ in length."""
    if host.shape[1:] != device.shape[1:]:
        return max(host.size, device.size), f"{name}: {what}: shape {device.shape}, host {host.shape}"
    common = min(len(host), len(device))
    per_row = int(np.prod(host.shape[1:]))
    different = host[:common] != device[:common]
    count = int(np.count_nonzero(different)) + abs(len(host) - len(device)) * per_row
    if different.any():
        at = tuple(int(i) for i in np.argwhere(different)[0])
        place = " ".join(f"[{i}]" for i in at)
        return count, f"{name}: {what} {place}: device {device[at]}, host {host[at]}"
    if len(host) != len(device):
        return count, f"{name}: {what}: device has {len(device)}, host {len(host)}"
    return 0, None


def compare(name: str, host: ClipRun, device: ClipRun) -> Differences:
    """All values of a clip. name: for the message about the first difference."""
    a, b = host.heard, device.heard
    features = [
        compare_arrays(name, "feature (frame, band)", a.features, b.features),
        compare_arrays(name, "level of frame", a.levels, b.levels),
    ]
    scores = [
        compare_arrays(name, "last frame of window", a.window_frames, b.window_frames),
        compare_arrays(name, "posterior (window, label)", a.posteriors, b.posteriors),
        compare_arrays(name, "verdict of window", a.verdict_labels, b.verdict_labels),
        compare_arrays(name, "score of window", a.verdict_scores, b.verdict_scores),
        compare_arrays(name, "gate of window", a.gated, b.gated),
        compare_arrays(name, "clip score of label", host.scores, device.scores),
        compare_arrays(
            name,
            "clip verdict (label, score)",
            np.array([host.label, host.score]),
            np.array([device.label, device.score]),
        ),
    ]
    events = 0
    first_event = None
    for i, (ours, theirs) in enumerate(zip_longest(a.events, b.events)):
        if ours != theirs:
            events += 1
            first_event = first_event or f"{name}: event [{i}]: device {theirs}, host {ours}"
    first = next((text for _, text in (*features, *scores) if text is not None), first_event)
    return Differences(sum(n for n, _ in features), sum(n for n, _ in scores), events, first)


@dataclass(frozen=True)
class Compared:
    """How much was compared: what is zero here is not proven."""

    clips: int = 0
    """Or input tensors."""
    frames: int = 0
    windows: int = 0
    inferences: int = 0
    """Windows that no gate held back."""
    events: int = 0

    def __add__(self, other: Compared) -> Compared:
        return Compared(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @classmethod
    def of(cls, run: ClipRun) -> Compared:
        """One clip."""
        heard = run.heard
        inferences = int(np.count_nonzero(heard.gated == 0))
        return cls(1, len(heard.levels), len(heard.window_frames), inferences, len(heard.events))


@dataclass(frozen=True)
class VerifyReport:
    """The outcome of `verify`."""

    target: str
    compared: Compared
    differences: Differences
    different_clips: int
    link_errors: int
    """Bad frames on both sides of the link."""
    resent: int
    notes: tuple[str, ...] = ()
    """What had to be done so that there was something to compare."""
    not_proven: tuple[str, ...] = ()
    """What nothing was compared of, and why."""

    @property
    def proven(self) -> bool:
        """Everything was compared, and nothing differs."""
        return self.differences.total == 0 and not self.not_proven

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints."""
        d, c = self.differences, self.compared
        return {
            "target": self.target,
            "clips": c.clips,
            "differences": {"features": d.features, "scores": d.scores, "events": d.events},
            "compared": {
                "frames": c.frames,
                "windows": c.windows,
                "inferences": c.inferences,
                "events": c.events,
            },
            "proven": self.proven,
            "not_proven": list(self.not_proven),
            "notes": list(self.notes),
        }
