"""What a model says of a whole clip."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Classified:
    """A whole clip. label: the verdict. score: of it, 0 .. 1. scores: of every label. labels: where they are
    tags, those at or above their thresholds, none or several; else the verdict alone."""

    label: str
    score: float
    scores: dict[str, float]
    labels: tuple[str, ...] = ()
