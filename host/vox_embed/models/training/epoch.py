"""What is told of training while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training clips came to."""

    epoch: int
    """1 for the first."""
    epochs: int
    """At most so many."""
    loss: float
    """Mean over the augmented training batches."""
    dev_loss: float
    """Cross entropy on dev; NaN without dev clips."""
    dev_accuracy: float
    """Share of dev clips classified rightly; NaN without dev clips."""
    best: bool
    """Whether its dev loss is the lowest so far: the loss of few clips tells more than their accuracy."""


Progress = Callable[[Epoch], None]
