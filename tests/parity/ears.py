"""What a device reports, beside what this computer heard."""

from __future__ import annotations

import numpy as np

from vox_embed.core.listener import Heard
from vox_embed.device.messages import Message, NumberedEvent, Result


class Ears:
    """What a device reports, up to the next look at it."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.events: list[NumberedEvent] = []
        self.windows = 0
        self.heard_events = 0

    def take(self, message: Message) -> None:
        if isinstance(message, Result):
            self.results.append(message)
        elif isinstance(message, NumberedEvent):
            self.events.append(message)

    def compare(self, heard: Heard) -> None:
        """Every report since the last time against the host's."""
        assert [r.frame for r in self.results] == heard.window_frames.tolist()
        assert np.array_equal(
            np.reshape([r.posteriors for r in self.results], heard.posteriors.shape), heard.posteriors
        )
        assert [(r.label, r.score) for r in self.results] == list(
            zip(heard.verdict_labels.tolist(), heard.verdict_scores.tolist(), strict=True)
        )
        assert [r.gated for r in self.results] == heard.gated.astype(bool).tolist()
        assert tuple(e.event for e in self.events) == heard.events
        self.windows += len(self.results)
        self.heard_events += len(self.events)
        self.results.clear()
        self.events.clear()
