"""A long live stream over a bad line: nothing may hang, no sound be lost, no spoiled frame go unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import LinkDecoder, Listener, Model
from vox_embed.device.boards import Board
from vox_embed.device.emulator import Emulator
from vox_embed.device.faults import Direction, FaultyPort
from vox_embed.device.link import Link
from vox_embed.device.material import synthetic_clips
from vox_embed.device.messages import NumberedEvent, Result, parse
from vox_embed.device.session import Session
from vox_embed.device.verify import ensure_model
from vox_embed.program.opened import open_model
from vox_embed.spec.link import Stream

BLOCK_SECONDS = 10
"""Of sound between two comparisons."""
TIMEOUT, ATTEMPTS = 0.25, 60


@dataclass(frozen=True)
class Way:
    """One direction of the line."""

    frames: int
    """Put on the line."""
    faults: int
    intact: int
    """Frames that came out as they went in."""
    corrupt: int
    """Pieces between delimiters that came out otherwise."""
    counted_frames: int
    """By the receiver's decoder."""
    counted_errors: int

    def accounted(self, lost: int = 0) -> bool:
        """The receiver counted each good frame and each spoiled one, and nothing else.

        lost: bytes that its own buffer lost, which it counts too. None of them lies in more than one frame.
        """
        unheard = self.intact - self.counted_frames
        return 0 <= unheard <= lost and abs(self.counted_errors - self.corrupt) <= lost


@dataclass(frozen=True)
class Endurance:
    """What a stream came to."""

    board: str
    seconds: float
    samples: int
    samples_heard: int
    """By the device."""
    frames: int
    """Feature frames of the host."""
    frames_heard: int
    windows: int
    windows_heard: int
    events: int
    events_heard: int
    differences: int
    """Windows and events that the device reported otherwise than the host, or not, or twice; and its verdict
    over the whole stream."""
    results_lost: int
    """Windows whose report the line spoiled: compared all the same, on the device's end of the line."""
    resent: int
    """Requests that the host sent again."""
    repeats: int
    """Requests that the device recognised as sent before."""
    receive_lost: int
    """Bytes that the device's receiver lost and counted: an emulator that the computer starves is still
    at work when the host asks again. What they belonged to is sent again too."""
    to_device: Way
    from_device: Way

    @property
    def ok(self) -> bool:
        """No difference, no sound lost, every frame accounted for."""
        heard = (self.samples, self.frames, self.windows, self.events) == (
            self.samples_heard,
            self.frames_heard,
            self.windows_heard,
            self.events_heard,
        )
        counted = self.to_device.accounted(self.receive_lost) and self.from_device.accounted()
        return heard and counted and self.differences == 0

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {**asdict(self), "ok": self.ok}


class _Reports:
    """What the device said, before the line could spoil it, against what the host heard."""

    def __init__(self) -> None:
        self._decoder = LinkDecoder()
        self._results: list[Result] = []
        self._events: list[NumberedEvent] = []
        self.compared_windows = 0
        self.compared_events = 0

    def take(self, data: bytes) -> None:
        for kind, _, payload in self._decoder.feed(data):
            message = parse(kind, payload)
            if isinstance(message, Result):
                self._results.append(message)
            elif isinstance(message, NumberedEvent):
                self._events.append(message)

    def differences(self, listener: Listener, sound: NDArray[np.int16]) -> tuple[int, int]:
        """Push a block that the device has heard; (feature frames, differences) of it."""
        heard = listener.push(sound)
        results, self._results = self._results, []
        events, self._events = self._events, []
        found = abs(len(results) - len(heard.window_frames)) + abs(len(events) - len(heard.events))
        for i, result in enumerate(results[: len(heard.window_frames)]):
            same = np.array_equal(result.posteriors, heard.posteriors[i]) and (
                (result.window, result.frame, result.label, result.score, int(result.gated))
                == (
                    self.compared_windows + i,
                    heard.window_frames[i],
                    heard.verdict_labels[i],
                    heard.verdict_scores[i],
                    heard.gated[i],
                )
            )
            found += not same
        for i, event in enumerate(events[: len(heard.events)]):
            found += (event.number, event.event) != (self.compared_events + i, heard.events[i])
        self.compared_windows += len(heard.window_frames)
        self.compared_events += len(heard.events)
        return len(heard.levels), found


def sound_block(model: Model, number: int) -> NDArray[np.int16]:
    """BLOCK_SECONDS of noise, tones, sweeps, clicks, silence; another one for each number."""
    count = BLOCK_SECONDS * model.sample_rate
    parts: list[NDArray[np.int16]] = []
    for seed in range(1000 * number, 1000 * (number + 1)):
        parts += [clip.samples for clip in synthetic_clips(model, 7, seed)]
        if sum(map(len, parts)) >= count:
            break
    return np.concatenate(parts)[:count]


def endure(
    board: Board,
    image: Path,
    data: bytes,
    *,
    seconds: float,
    rate: float,
    seed: int = 1,
    progress: Callable[[float, int], None] | None = None,
) -> Endurance:
    """Stream `seconds` of sound to an emulated board over a bad line: `rate` is the chance of each of four
    faults, a byte.

    data: the model's .vxm, pushed if the image holds another. progress: called with seconds heard and
    differences so far. Raises VoxError where the device falls silent.
    """
    model = open_model(data, "the model")
    listener = Listener(model)
    reports = _Reports()
    emulator = Emulator(board, image)
    line = FaultyPort(emulator.port, rate, seed, tap=reports.take)
    received: set[int] = set()

    def take(message: object) -> None:
        if isinstance(message, Result):
            received.add(message.window)

    with Session(
        Link(line), timeout=TIMEOUT, attempts=ATTEMPTS, on_close=emulator.close, explain=emulator.failure
    ) as session:
        session.hello()
        ensure_model(session, data)
        before = session.stats()
        session.sink = take
        live = session.live(Stream.RESULTS | Stream.EVENTS)
        frames = differences = 0
        for number in range(-(-round(seconds) // BLOCK_SECONDS)):
            left = round(seconds * model.sample_rate) - live.samples
            block = sound_block(model, number)[:left]
            live.push(block)
            new, different = reports.differences(listener, block)
            frames += new
            differences += different
            if progress is not None:
                progress(live.samples / model.sample_rate, differences)
        line.stop()
        session.hello()  # a frame that the last fault left open ends with this one
        clip = live.end()
        stats = session.stats()
        assert clip is not None  # the line is good by now
        label, score, scores = listener.clip()
        verdict = (clip.label, clip.score) == (label, score) and np.array_equal(clip.scores, scores)
        return Endurance(
            board=board.name,
            seconds=live.samples / model.sample_rate,
            samples=live.samples,
            samples_heard=clip.samples,
            frames=frames,
            frames_heard=stats.frames - before.frames,
            windows=reports.compared_windows,
            windows_heard=clip.windows,
            events=reports.compared_events,
            events_heard=clip.events,
            differences=differences + (not verdict),
            results_lost=reports.compared_windows - len(received),
            resent=session.resent,
            repeats=stats.repeats,
            receive_lost=stats.receive_lost,
            to_device=_way(line.to_device, stats.link_frames, stats.link_errors),
            from_device=_way(line.from_device, session.link.frames, session.link.errors),
        )


def _way(line: Direction, frames: int, errors: int) -> Way:
    return Way(line.frames, line.faults, line.intact, line.corrupt, frames, errors)
