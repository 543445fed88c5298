"""The live view: what a device hears, as a terminal screen, as lines, and as a JSONL log."""

from __future__ import annotations

import json
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import LABEL_SILENCE, LABEL_UNKNOWN
from vox_embed.core.grid import values_of
from vox_embed.device.material import NamedClip
from vox_embed.device.messages import (
    DeviceError,
    Features,
    Hello,
    Log,
    Message,
    NumberedEvent,
    Result,
    Stats,
)
from vox_embed.device.session import Session
from vox_embed.experiment.errors import VoxError
from vox_embed.spec.link import Capability, Stream
from vox_embed.spec.model_format import EventKind
from vox_embed.spec.status import Status

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


class Lines(Protocol):
    """Where lines go: a file, or a page."""

    def write(self, text: str, /) -> int:
        """A line."""
        ...

    def flush(self) -> None:
        """What was written is to be there."""
        ...


FULL_LEVEL = 32767 / 512 / 1.4
REFRESH_HZ = 12
STATISTICS_MS = 1000
ONE = 32768
MAX_BARS = 12
MAX_EVENTS = 6


def label_name(labels: list[str], index: int) -> str:
    """The name of a verdict's label; (unknown) and (silence) for what is none."""
    special = {LABEL_UNKNOWN: "(unknown)", LABEL_SILENCE: "(silence)"}
    return special.get(index) or (labels[index] if 0 <= index < len(labels) else f"#{index}")


@dataclass
class View:
    """What the screen shows: the newest of everything, and the last events."""

    device: Hello
    labels: list[str]
    result: Result | None = None
    stats: Stats | None = None
    events: deque[tuple[float, str, float, bool]] = field(default_factory=lambda: deque(maxlen=MAX_EVENTS))
    """seconds, label, score, begins"""
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=3))
    playing: str = ""
    windows: int = 0
    event_count: int = 0
    late: float = 0.0
    """Seconds that sound is behind real time."""
    grid: NDArray[np.float64] | None = None
    """Of a regression: what the labels stand for."""
    began: float | None = None
    """When the first sample was played; None where the device hears by itself."""
    soonest: float = math.inf
    """The shortest time from a window's end to its result, with an offset that is not known."""

    def latency(self, frame: int) -> float:
        """Milliseconds from the end of a window's sound to now. Where the device hears by itself, nobody
        knows when that was: what it takes longer than the quickest so far."""
        passed = time.monotonic() - self.seconds(frame)
        self.soonest = min(self.soonest, passed)
        return 1000.0 * max(0.0, passed - (self.soonest if self.began is None else self.began))

    def seconds(self, frame: int) -> float:
        """Time of a frame's end since the stream began."""
        device = self.device
        return ((frame - 1) * device.hop + device.window) / device.sample_rate if device.sample_rate else 0.0

    def milliseconds(self, ticks: int) -> float:
        """Duration on the device."""
        return 1000.0 * ticks / self.device.tick_rate

    def value(self, result: Result) -> float | None:
        """Of a regression: the window's value; None where the gate held it back."""
        if self.grid is None or result.gated:
            return None
        value = float(values_of(result.posteriors, self.grid))
        return None if math.isnan(value) else value

    def take(self, message: Message) -> dict[str, Any] | None:
        """Note a message. Returns its line for the log, None for one that is not logged."""
        match message:
            case Result():
                self.result = message
                self.windows += 1
                value = self.value(message)
                return {
                    "type": "result",
                    "time": round(self.seconds(message.frame), 4),
                    "frame": message.frame,
                    "label": label_name(self.labels, message.label),
                    "score": round(message.score / ONE, 5),
                    **({} if value is None else {"value": float(f"{value:.6g}")}),
                    "gated": message.gated,
                    "level": message.level,
                    "window_ms": round(self.milliseconds(message.window_ticks), 4),
                    "frame_ms": round(self.milliseconds(message.frame_ticks), 4),
                    "latency_ms": round(self.latency(message.frame), 1),
                    "posteriors": [round(int(p) / ONE, 5) for p in message.posteriors],
                    "playing": self.playing,
                }
            case NumberedEvent():
                event = message.event
                name, begins = label_name(self.labels, event.label), event.kind == EventKind.BEGIN
                self.event_count += 1
                self.events.append((self.seconds(event.frame), name, event.score / ONE, begins))
                return {
                    "type": "event",
                    "time": round(self.seconds(event.frame), 4),
                    "frame": event.frame,
                    "label": name,
                    "score": round(event.score / ONE, 5),
                    "kind": "begin" if begins else "end",
                    "playing": self.playing,
                }
            case Stats():
                self.stats = message
                return {"type": "stats", **vars(message)}
            case Features():
                values = [int(value) for value in message.values]
                return {
                    "type": "features",
                    "frame": message.frame,
                    "first": message.first_band,
                    "values": values,
                }
            case Log() | DeviceError():
                self.notes.append(message.text)
                return {"type": "log" if isinstance(message, Log) else "error", "text": message.text}
        return None


def _bar(share: float, width: int) -> str:
    eighths = " ▏▎▍▌▋▊▉"
    cells = max(0.0, min(1.0, share)) * width
    whole = int(cells)
    rest = eighths[int((cells - whole) * 8)] if whole < width else ""
    return ("█" * whole + rest).ljust(width)


def shown_labels(view: View) -> list[int]:
    """All labels where they fit on the screen, else those with the highest posteriors, in order."""
    count = len(view.labels)
    if count <= MAX_BARS or view.result is None:
        return list(range(min(count, MAX_BARS)))
    best = np.argsort(-view.result.posteriors.astype(np.int64), kind="stable")[:MAX_BARS]
    return sorted(int(i) for i in best)


def render(view: View, link_errors: int, missed: int) -> RenderableType:
    """The screen: verdict, posterior bars, level, timing, losses, events."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    device, result = view.device, view.result
    bars = Table.grid(padding=(0, 1))
    width = 40
    for i in shown_labels(view):
        name = view.labels[i]
        score = int(result.posteriors[i]) / ONE if result is not None else 0.0
        won = result is not None and result.label == i
        style = "bold green" if won else "cyan"
        bars.add_row(
            Text(name, style="bold" if won else ""), Text(_bar(score, width), style), f"{score:5.1%}"
        )
    level = (result.level / 512 if result is not None else 0.0) / FULL_LEVEL
    bars.add_row(
        Text("level", style="dim"),
        Text(_bar(level, width), "yellow"),
        "gated" if result and result.gated else "",
    )
    verdict = label_name(view.labels, result.label) if result is not None else "listening ..."
    score_text = f"  {result.score / ONE:.1%}" if result is not None else ""
    if result is not None and (value := view.value(result)) is not None:
        verdict, score_text = f"{value:.4g}", ""
    head = Text.assemble((verdict, "bold green"), (score_text, "green"), ("   " + view.playing, "dim"))
    timing = Table.grid(padding=(0, 2))
    if result is not None:
        timing.add_row(
            f"window {view.milliseconds(result.window_ticks):.2f} ms",
            f"frame {view.milliseconds(result.frame_ticks):.2f} ms",
            f"time {view.seconds(result.frame):.1f} s",
            f"behind {view.late:.1f} s" if view.late > 0.5 else "",
        )
    stats = view.stats
    dropped = stats.receive_lost + stats.unsent + stats.audio_lost if stats else 0
    bad = (stats.link_errors if stats else 0) + link_errors
    losses = (f"frames lost {missed}", f"CRC errors {bad}", f"dropped {dropped}")
    timing.add_row(*losses, f"windows {view.windows}")
    events = Table.grid(padding=(0, 2))
    for seconds, name, score, begins in view.events:
        style = "bold" if begins else "dim"
        events.add_row(f"{seconds:7.2f} s", Text(name, style), "begins" if begins else "ends", f"{score:.1%}")
    for _ in range(MAX_EVENTS - len(view.events)):
        events.add_row("")  # the screen keeps its height
    notes = [Text(note, "red") for note in view.notes]
    title = Text(f"{device.board} · {device.model_name or f'model {device.model_crc:08x}'}")
    return Panel(
        Group(head, Text(), bars, Text(), timing, Text(), Text("events", "bold"), events, *notes),
        title=title,
        width=78,
    )


class Monitor:
    """Shows a session. console: a screen on a terminal, lines otherwise. log: JSONL, one message a line.
    grid: of a regression, what its labels stand for; its windows' values are then shown and logged.
    page: gets the lines of the log, and the features of every frame."""

    def __init__(
        self,
        session: Session,
        console: Console,
        log: Lines | None = None,
        grid: NDArray[np.float64] | None = None,
        page: Lines | None = None,
    ) -> None:
        device = session.device
        if device.model_status != 0:
            bare = device.model_status == Status.ERR_BARE
            raise VoxError(
                f"{device.board}: "
                + ("it runs a bare network, which does not hear" if bare else "no model runs on the device"),
                "name one, and it is pushed: vox-embed monitor MODEL",
            )
        self.view = View(device, session.labels(), grid=grid)
        self._session = session
        self._console = console
        self._log = log
        self._page = page
        self._next_refresh = 0.0
        self._live: Any = None
        session.sink = self._take

    def _take(self, message: Message) -> None:
        line = self.view.take(message)
        if line is None:
            return
        text = json.dumps(line) + "\n"
        if self._page is not None:
            self._page.write(text)
        if self._log is not None and line["type"] != "features":
            self._log.write(text)
        if self._live is None and line["type"] in ("event", "log", "error"):
            if line["type"] == "event":
                text = f"{line['time']:8.2f} s  {line['kind']:5}  {line['label']}  {line['score']:.1%}"
                self._console.print(text, highlight=False, markup=False)
            else:
                self._console.print(line["text"], highlight=False, markup=False)

    def _refresh(self, now: bool = False) -> None:
        if self._live is not None and (now or time.monotonic() >= self._next_refresh):
            self._next_refresh = time.monotonic() + 1 / REFRESH_HZ
            self._live.update(
                render(self.view, self._session.link.errors, self._session.link.missed), refresh=True
            )

    def play(self, clips: Iterable[NamedClip], *, pause: float = 0.6, duration: float | None = None) -> None:
        """Play clips to the device in real time, as one stream with `pause` seconds of near silence between
        them, for `duration` seconds or until they end."""
        rate = self.view.device.sample_rate
        self._run(self._played(clips, rate, pause), duration)

    def pass_on(self, blocks: Iterator[NDArray[np.int16]], *, duration: float | None = None) -> None:
        """Send sound as it comes, from a microphone of this computer, for `duration` seconds."""
        self._run(blocks, duration)

    def listen(self, *, duration: float | None = None, until: Callable[[], bool] | None = None) -> None:
        """Show what the device's own microphone hears, for `duration` seconds, until `until` is true, or
        until Ctrl-C."""
        if not self.view.device.capabilities & Capability.LISTEN:
            raise VoxError(
                f"{self.view.device.board} has no microphone",
                "play sound to it instead: --wav FILE, or an experiment",
            )
        self._run(None, duration, until)

    def _played(self, clips: Iterable[NamedClip], rate: int, pause: float) -> Iterator[NDArray[np.int16]]:
        rng = np.random.default_rng(0)
        block = rate // 50

        def blocks(samples: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
            for at in range(0, len(samples), block):
                yield samples[at : at + block]

        def quiet() -> NDArray[np.int16]:
            return rng.integers(-2, 3, int(pause * rate)).astype(np.int16)

        yield from blocks(quiet())
        for clip in clips:
            self.view.playing = clip.name
            yield from blocks(clip.samples)
            yield from blocks(quiet())
        window = self.view.device.window_frames * self.view.device.hop
        yield from blocks(rng.integers(-2, 3, window).astype(np.int16))

    def _run(
        self,
        sound: Iterator[NDArray[np.int16]] | None,
        duration: float | None,
        until: Callable[[], bool] | None = None,
    ) -> None:
        from contextlib import ExitStack

        from rich.live import Live as Screen

        session = self._session
        session.settings(statistics_ms=STATISTICS_MS)
        mask = Stream.RESULTS | Stream.EVENTS
        if self._page is not None:
            mask |= Stream.FEATURES
        with ExitStack() as stack:
            if self._console.is_terminal:
                self._live = stack.enter_context(
                    Screen(console=self._console, auto_refresh=False, transient=False)
                )
            try:
                if sound is None:
                    session.stream(mask)
                    self._wait(duration, until)
                    session.stream(Stream(0))
                else:
                    self._stream(sound, mask, duration)
                session.settings()
                self.view.stats = session.stats()
                self._refresh(now=True)
            finally:
                self._live = None
                if self._log is not None:
                    self._log.flush()
        self._summarise()

    def _summarise(self) -> None:
        view, result, link = self.view, self.view.result, self._session.link
        stats = view.stats
        text = f"{view.windows} windows, {view.event_count} events, {link.missed} frames lost"
        if stats is not None:
            text += f", {stats.link_errors + link.errors} CRC errors, {stats.receive_lost} bytes dropped"
        if result is not None:
            text += f"; a window took {view.milliseconds(result.window_ticks):.2f} ms"
        self._console.print(text, highlight=False, markup=False)

    def _wait(self, duration: float | None, until: Callable[[], bool] | None) -> None:
        end = None if duration is None else time.monotonic() + duration
        while (end is None or time.monotonic() < end) and not (until is not None and until()):
            self._session.poll(0.05)
            self._refresh()

    def _stream(self, sound: Iterator[NDArray[np.int16]], mask: Stream, duration: float | None) -> None:
        rate = self.view.device.sample_rate
        live = self._session.live(mask)
        start = time.monotonic()
        for block in sound:
            if self.view.began is None:  # a sample is as old as the block that it came in
                self.view.began = time.monotonic() - len(block) / rate
            if duration is not None and live.samples >= duration * rate:
                break
            live.push(block)
            ahead = live.samples / rate - (time.monotonic() - start)
            self.view.late = max(0.0, -ahead)
            self._refresh()
            deadline = time.monotonic() + ahead
            while (left := deadline - time.monotonic()) > 0:
                self._session.poll(left)
                self._refresh()
        live.end()
