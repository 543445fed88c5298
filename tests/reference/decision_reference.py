"""The decision stage again, slowly and from its description (vox/decision.h), on lists of integers."""

from __future__ import annotations

from dataclasses import dataclass, field

ONE = 32768


@dataclass(frozen=True)
class Settings:
    labels: int
    stream: str = "mean"
    clip: str = "mean"
    history: int = 1
    alpha: int = ONE // 2
    on: int = ONE * 6 // 10
    off: int = ONE * 4 // 10
    unknown: int = 0
    refractory: int = 0
    background: frozenset[int] = frozenset()
    tags: tuple[tuple[int, int, int, int], ...] = ()
    """Of each tag: on, off, refractory, windows. Empty where labels are none."""


@dataclass
class Reference:
    settings: Settings
    windows: list[list[int]] = field(default_factory=list)
    """All of the stream; zeros where the gate held one back."""
    run: list[list[int]] = field(default_factory=list)
    """Those that were run."""
    smoothed: list[int] = field(default_factory=list)
    active: int | None = None
    rest_until: int = 0
    tags_on: dict[int, int] = field(default_factory=dict)
    """Of tags that have begun: the frame of the last begin."""
    held: dict[int, int] = field(default_factory=dict)
    running: set[int] = field(default_factory=set)

    def _tags(self, frame: int, *, heard: bool) -> tuple[int, int, list[tuple[int, int, int, int]]]:
        events = []
        for c, (on, off, rest, windows) in enumerate(self.settings.tags):
            score = self.smoothed[c]
            self.held[c] = self.held.get(c, 0) + 1 if score >= on and score > 0 else 0
            resting = c in self.tags_on and frame - self.tags_on[c] < rest
            if c in self.running and score < off:
                events.append((frame, c, score, 2))
                self.running.discard(c)
            may = heard and not resting and c not in self.settings.background
            if may and c not in self.running and self.held[c] >= windows:
                events.append((frame, c, score, 1))
                self.running.add(c)
                self.tags_on[c] = frame
        label, score = self._tag_verdict(self.smoothed)
        return label if heard else -2, score, events

    def _tag_verdict(self, scores: list[int]) -> tuple[int, int]:
        margins = [s - on if s else -on - 1 for s, (on, *_) in zip(scores, self.settings.tags, strict=True)]
        best = margins.index(max(margins))
        return best if margins[best] >= 0 else -1, scores[best]

    def push(
        self, posteriors: list[int] | None, frame: int
    ) -> tuple[int, int, list[tuple[int, int, int, int]]]:
        """Verdict label and score, and events (frame, label, score, kind)."""
        s = self.settings
        self.windows.append(posteriors or [0] * s.labels)
        if posteriors is not None:
            self.run.append(posteriors)
        last = self.windows[-s.history :]
        if s.stream == "mean":
            self.smoothed = [sum(w[c] for w in last) // len(last) for c in range(s.labels)]
        elif s.stream == "majority":
            winners = [w.index(max(w)) for w in last if any(w)]
            self.smoothed = [winners.count(c) * ONE // len(last) for c in range(s.labels)]
        else:
            before = self.smoothed or [0] * s.labels
            now = self.windows[-1]
            self.smoothed = [
                b + ((n - b) * s.alpha + ONE // 2) // ONE for b, n in zip(before, now, strict=True)
            ]
        if s.tags:
            return self._tags(frame, heard=posteriors is not None)
        tie = [sum(w[c] for w in last) if s.stream == "majority" else 0 for c in range(s.labels)]
        best = max(range(s.labels), key=lambda c: (self.smoothed[c], tie[c], -c))
        score = self.smoothed[best]
        label = -2 if posteriors is None else -1 if score < s.unknown else best
        events = []
        if self.active is not None and self.smoothed[self.active] < s.off:
            events.append((frame, self.active, self.smoothed[self.active], 2))
            self.active = None
        may = self.active is None and frame >= self.rest_until and posteriors is not None
        if may and best not in s.background and score >= s.on and score > 0:
            events.append((frame, best, score, 1))
            self.active = best
            self.rest_until = frame + s.refractory
        return label, score, events

    def clip(self) -> tuple[int, int, list[int]]:
        """Verdict label, score, all scores over the windows that were run."""
        s = self.settings
        if not self.run:
            return -2, 0, [0] * s.labels
        sums = [sum(w[c] for w in self.run) for c in range(s.labels)]
        if s.tags:
            scores = [x // len(self.run) for x in sums]
            return (*self._tag_verdict(scores), scores)
        winners = [w.index(max(w)) for w in self.run]
        won = [winners.count(c) if s.clip == "majority" else 0 for c in range(s.labels)]
        best = max(range(s.labels), key=lambda c: (won[c], sums[c], -c))
        scale = [x * ONE for x in won] if s.clip == "majority" else sums
        scores = [x // len(self.run) for x in scale]
        return -1 if scores[best] < s.unknown else best, scores[best], scores
