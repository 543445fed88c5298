"""Typed requests to a device: each is repeated until it is answered, and carried out once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import ClipRun, Heard, crc32
from vox_embed.device.believed import check_clip, check_hello, check_message, most_frames
from vox_embed.device.link import Frame, Link
from vox_embed.device.messages import (
    Ack,
    Clip,
    DeviceError,
    Features,
    Hello,
    Label,
    Log,
    MalformedError,
    Message,
    NumberedEvent,
    OtherProtocolError,
    Output,
    Result,
    Stats,
    read_message,
)
from vox_embed.device.refusals import refusal
from vox_embed.experiment.errors import VoxError
from vox_embed.spec.link import (
    CLIP_CHUNK,
    CLIP_LIVE,
    LINK_VERSION,
    LINK_WIRE,
    MODEL_CHUNK,
    OFFSET_MASK,
    RUN_CHUNK,
    ClipAudioPayload,
    ClipBeginPayload,
    ModelBeginPayload,
    ModelOrigin,
    Query,
    QueryPayload,
    Request,
    Reset,
    ResetPayload,
    SettingsPayload,
    Stream,
    StreamPayload,
)
from vox_embed.spec.status import Status

if TYPE_CHECKING:
    from vox_embed.device.rp2040 import Microphone

MALFORMED_IN_ROW = 64
"""Messages without sense, one after the other, that end a session."""
REFUSALS = 8
"""Pieces of data, for each attempt, that a device may say it has not got without taking any."""

Sink = Callable[[Message], None]
Progress = Callable[[int, int], None]
"""done, total"""


class DeviceRefusedError(VoxError):
    """The device answered a request with an error."""

    def __init__(self, name: str, request: Request, status: int, hint: str | None = None) -> None:
        what = request.name.lower().replace("_", " ")
        super().__init__(f"{name}: the device refused '{what}': {refusal(request, status)} ({status})", hint)
        self.status = status


class DeviceRestartedError(VoxError):
    """The board started anew in the middle of something. The session goes on with the next request."""

    def __init__(self, name: str, hello: Hello) -> None:
        model = {ModelOrigin.NONE: "no model", ModelOrigin.BUILT_IN: "its built-in model"}.get(
            hello.model_origin, "the model that it kept"
        )
        super().__init__(
            f"{name}: the board restarted; it runs {model} now and has forgotten what it was doing",
            "if nobody pressed its reset button, look at its power supply; then try again",
        )


def _ignore(_: Message) -> None:
    return


class Session:
    """A conversation with one device. Use as a context manager or call close().

    timeout: seconds to wait for an answer before a request is repeated. attempts: how often it is sent in
    all; then VoxError. on_close: called when the session ends, e.g. to stop an emulator. explain: asked when
    a device is gone or silent, for a reason that is better than "no answer".
    """

    def __init__(
        self,
        link: Link,
        *,
        timeout: float = 0.5,
        attempts: int = 8,
        on_close: Callable[[], None] | None = None,
        explain: Callable[[], str | None] | None = None,
    ) -> None:
        self.link = link
        self.resent = 0
        """Requests sent again because no answer came."""
        self.microphone: Microphone | None = None
        """Of an emulated board that hears recordings through its own converter."""
        self._timeout = timeout
        self._attempts = attempts
        self._on_close = on_close
        self._explain = explain
        # Anywhere: an answer to an earlier host that still lies in a buffer shall not fit a request of ours.
        self._sequence = secrets.randbelow(256)
        self._commanded: tuple[Request, int] | None = None
        self._window = 1
        self._hello: Hello | None = None
        self._asking = False
        self.malformed = 0
        """Messages with a sound checksum that no such device sends."""
        self._malformed_in_row = 0
        self._complaint: str | None = None
        self._heard: int | None = None  # the device's last sequence
        self.sink: Sink = _ignore
        """Gets every message that answers no request: results, events, statistics, logs."""

    # --- requests

    def _silent(self, request: Request) -> VoxError:
        reason = self._explain() if self._explain else None
        if reason:
            return VoxError(f"{self.link.name}: {reason}")
        if self._complaint is not None:
            return self._senseless()
        return VoxError(
            f"{self.link.name}: the device does not answer ({request.name.lower().replace('_', ' ')}, sent "
            f"{self._attempts} times)",
            "does it run the vox-embed device program, and is it the right port? Try resetting the board",
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """A lost connection with the reason, where one is known."""
        try:
            yield
        except VoxError as error:
            reason = self._explain() if self._explain else None
            raise (VoxError(f"{self.link.name}: {reason}") if reason else error) from error

    def _send(self, request: Request, sequence: int, payload: bytes) -> None:
        with self._explained():
            self.link.send(request, sequence, payload)

    def _next(self) -> int:
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

    def _next_for(self, request: Request) -> int:
        """The next one that does not make the request look like the command before, sent once more."""
        if (request, self._next()) == self._commanded:
            self._next()
        if request is not Request.QUERY:
            self._commanded = (request, self._sequence)
        return self._sequence

    def _receive(self, timeout: float) -> Message | None:
        with self._explained():
            frame = self.link.receive(timeout)
        if frame is None:
            return None
        before, self._heard = self._heard, frame.sequence
        message = self._believed(frame)
        if isinstance(message, Hello):
            # Unasked, and numbered as the first frame of all: the board says that it has started.
            restarted = not self._asking and frame.sequence == 0 and before not in (None, 0xFF)
            if self._asking or restarted or self._hello is None:
                self._hello = message
            if restarted:
                raise DeviceRestartedError(self.link.name, message)
        return message

    def _believed(self, frame: Frame) -> Message | None:
        """A message that such a device can send; None for any other, which is counted.

        Raises VoxError for a device of another protocol, and for one that says nothing else any more.
        """
        try:
            message = read_message(frame.type, frame.payload)
            if isinstance(message, Hello):
                check_hello(message)
            elif message is not None and self._hello is not None:
                check_message(message, self._hello)
            elif not isinstance(message, Ack | Stats | Log | DeviceError):
                return None  # of whom?
        except OtherProtocolError as error:
            raise VoxError(
                f"{self.link.name}: the device speaks version {error.version} of the link's protocol, this "
                f"computer {LINK_VERSION}",
                "bring both to the same release: flash the board, or update this package",
            ) from None
        except MalformedError as error:
            self._count_malformed(str(error))
            return None
        self._malformed_in_row = 0
        return message

    def _count_malformed(self, complaint: str) -> None:
        self.malformed += 1
        self._malformed_in_row += 1
        self._complaint = complaint
        if self._malformed_in_row >= MALFORMED_IN_ROW:
            raise self._senseless()

    def _senseless(self) -> VoxError:
        return VoxError(
            f"{self.link.name}: what the device says makes no sense: {self._complaint} "
            f"({self.malformed} such messages)",
            "is it the vox-embed device program of this release? Flash it again, or reset the board",
        )

    def _request(self, request: Request, payload: bytes, sink: Sink, *, again: bool = False) -> int:
        sequence = self._sequence if again else self._next_for(request)
        patience = time.monotonic() + 4 * self._timeout
        for attempt in range(self._attempts):
            self.resent += attempt > 0
            self._send(request, sequence, payload)
            deadline = time.monotonic() + self._timeout
            while (left := deadline - time.monotonic()) > 0:
                message = self._receive(left)
                if isinstance(message, Ack):
                    if message.type == request and message.sequence == sequence:
                        return message.status
                elif message is not None:
                    sink(message)
                    # It is at work; but reports of a microphone tell nothing about the request.
                    deadline = max(deadline, min(time.monotonic(), patience) + self._timeout)
        raise self._silent(request)

    def _tries(self) -> Iterator[int]:
        """Attempts to get an answer that was not in it, as long as a single request may take."""
        end = time.monotonic() + 12 * self._timeout
        for attempt in range(self._attempts):
            if attempt and time.monotonic() > end:
                return
            yield attempt

    def _command(
        self,
        request: Request,
        payload: bytes = b"",
        sink: Sink | None = None,
        hint: str | None = None,
        *,
        again: bool = False,
    ) -> None:
        """again: the last request once more, which the device answers without carrying it out again."""
        status = self._request(request, payload, sink or self.sink, again=again)
        if status < 0:
            raise self._refused(request, status, hint)

    def _refused(self, request: Request, status: int, hint: str | None = None) -> DeviceRefusedError:
        if status == Status.ERR_STATE and request not in (
            Request.CLIP_BEGIN,
            Request.STREAM,
            Request.RUN_BEGIN,
            Request.RUN_NEXT,
        ):
            hint = "it may have restarted, or serve another program too: begin again"
        return DeviceRefusedError(self.link.name, request, status, hint)

    def hello(self) -> Hello:
        """Ask who is there. Opens the session; raises VoxError within a few seconds where nobody answers."""
        self._asking = True
        try:
            for _ in self._tries():
                self._hello = None
                self._command(Request.QUERY, QueryPayload(Query.HELLO).pack())
                if self._hello is not None:
                    self._window = max(1, min(8, self._hello.receive_buffer // LINK_WIRE))
                    return self._hello
        finally:
            self._asking = False
        raise self._silent(Request.QUERY)

    @property
    def device(self) -> Hello:
        """The last HELLO; asks for one the first time."""
        return self._hello if self._hello is not None else self.hello()

    def labels(self) -> list[str]:
        """The names of the classes of the model in use."""
        names: dict[int, str] = {}
        count = self.device.label_count

        def take(message: Message) -> None:
            if isinstance(message, Label):
                names[message.index] = message.text
            else:
                self.sink(message)

        for _ in self._tries():
            self._command(Request.QUERY, QueryPayload(Query.LABELS).pack(), take)
            if len(names) == count:
                return [names[i] for i in range(len(names))]
        raise self._silent(Request.QUERY)

    def stats(self) -> Stats:
        """The device's counters."""
        found: list[Stats] = []

        def take(message: Message) -> None:
            if isinstance(message, Stats):
                found.append(message)
            self.sink(message)

        for _ in self._tries():
            self._command(Request.QUERY, QueryPayload(Query.STATS).pack(), take)
            if found:
                return found[-1]
        raise self._silent(Request.QUERY)

    def settings(self, *, statistics_ms: int = 0, log_level: int = 1) -> None:
        """Statistics every so many ms (0: when asked for); how much is logged: 0 nothing .. 2 all."""
        self._command(Request.SETTINGS, SettingsPayload(statistics_ms, log_level).pack())

    def stream(self, mask: Stream) -> None:
        """Start the device's own microphone, change what it reports, or stop it (Stream(0))."""
        self._command(Request.STREAM, StreamPayload(mask).pack())

    def reset(self, what: Reset = Reset.STREAMS) -> None:
        """Stop clips and streams; Reset.MODEL also goes back to the built-in model."""
        self._command(Request.RESET, ResetPayload(what).pack())
        if what is Reset.MODEL:
            self._hello = None

    def poll(self, timeout: float) -> bool:
        """Hand messages that come in within `timeout` seconds to the sink. True if there was one."""
        message = self._receive(timeout)
        if message is not None and not isinstance(message, Ack):
            self.sink(message)
        return message is not None

    # --- data

    def _send_data(  # noqa: PLR0917
        self,
        request: Request,
        data: bytes,
        unit: int,
        chunk: int,
        sink: Sink,
        start: int = 0,
        progress: Progress | None = None,
    ) -> None:
        """Data in pieces of `chunk` units of `unit` bytes, several under way, from offset `start`.

        The device says which offset it wants next. Where a piece was lost, sending goes on from there.
        """
        total = len(data) // unit
        taken = sent = furthest = strikes = refusals = 0
        under_way: dict[int, int] = {}  # sequence -> offset behind the piece
        deadline = time.monotonic() + self._timeout
        while taken < total:
            while sent < total and len(under_way) < self._window:
                piece = data[sent * unit : (sent + chunk) * unit]
                sequence = self._next()
                head = ClipAudioPayload((start + sent) & OFFSET_MASK)  # as of the other data
                self._send(request, sequence, head.pack() + piece)
                sent += len(piece) // unit
                furthest = max(furthest, sent)
                under_way[sequence] = sent
            message = self._receive(max(0.0, deadline - time.monotonic()))
            if message is None and time.monotonic() >= deadline:
                deadline = time.monotonic() + self._timeout
                strikes += 1
                if strikes >= self._attempts:
                    raise self._silent(request)
                self.resent += 1
                under_way.clear()
                sent = taken
            elif message is None:
                continue
            elif not isinstance(message, Ack):
                sink(message)
            elif message.type == request and message.sequence in under_way:
                deadline = time.monotonic() + self._timeout
                end = under_way.pop(message.sequence)
                if message.status < 0:
                    raise self._refused(request, message.status)
                wanted = (message.status - start) & OFFSET_MASK
                if taken < wanted <= furthest:
                    taken, strikes, refusals = wanted, 0, 0
                    under_way = {s: e for s, e in under_way.items() if e > taken}
                    if progress:
                        progress(taken, total)
                if wanted < end:
                    refusals += 1
                    if refusals > REFUSALS * self._attempts:
                        raise self._silent(request)
                    self.resent += 1
                    under_way.clear()
                    sent = taken

    def push_model(self, data: bytes, progress: Progress | None = None) -> Hello:
        """Replace the device's model. It keeps the old one unless this one arrives whole and opens.

        progress: called with bytes done and in all. Raises DeviceRefusedError where the device refuses it.
        """
        device = self.device
        if len(data) > device.model_slot:
            raise VoxError(
                f"{self.link.name}: the model has {len(data)} bytes, the device takes {device.model_slot}",
                "choose a smaller model, or build it into the image (cmake -DVOX_MODEL=...)",
            )
        self._command(Request.MODEL_BEGIN, ModelBeginPayload(len(data), crc32(data)).pack())
        self._send_data(Request.MODEL_DATA, data, 1, MODEL_CHUNK, self.sink, progress=progress)
        self._command(
            Request.MODEL_COMMIT,
            hint="it keeps its old model; if this one opens here, the image on the device is older or newer "
            "than this package: rebuild both (make setup; cmake --build --preset ...)",
        )
        device = self.hello()
        if device.model_origin is not ModelOrigin.PUSHED:
            raise DeviceRestartedError(self.link.name, device)  # between the two
        return device

    def run_clip(self, samples: NDArray[np.int16]) -> ClipRun:
        """One clip, int16[n] PCM mono at the model's rate, as `vox_embed.core.run_clip` gives it.

        Reports lost on the way are asked for again by running the clip again: the device has to say the same.
        """
        data = np.ascontiguousarray(samples, dtype="<i2").tobytes()
        found = _ClipReports(len(samples), self.device)
        mask = Stream.RESULTS | Stream.EVENTS | Stream.FEATURES

        def take(message: Message) -> None:
            try:
                if not found.take(message):
                    self.sink(message)
            except MalformedError as error:
                self._count_malformed(str(error))

        for _ in range(self._attempts):
            self._command(Request.CLIP_BEGIN, ClipBeginPayload(len(samples), mask).pack(), take)
            self._send_data(Request.CLIP_AUDIO, data, 2, CLIP_CHUNK, take)
            self._command(Request.CLIP_END, b"", take)
            run = found.complete()
            if run is not None:
                return run
        if self._complaint is not None:
            raise self._senseless()
        raise VoxError(
            f"{self.link.name}: {found.missing} reports of a clip were lost, {self._attempts} times in a row",
            "the line loses too much: try another cable or USB port",
        )

    def run_network(
        self,
        inputs: NDArray[Any],
        outputs: int,
        kind: type[np.signedinteger[Any]] = np.int8,
        *,
        follows: bool = False,
    ) -> NDArray[Any]:
        """The network of the model in use alone: int8 or int16 [n], its input tensor, to `kind` [outputs].

        follows: a network with state goes on from the run before; otherwise it begins anew. Ends clips and
        streams; a bare network can do nothing else. Raises DeviceRefusedError where the device has no
        network, or one with another input.
        """
        data = np.ascontiguousarray(inputs).astype(inputs.dtype.newbyteorder("<")).tobytes()
        size = outputs * np.dtype(kind).itemsize
        values = np.zeros(size, np.int8)
        known = np.zeros(size, bool)

        def take(message: Message) -> None:
            if not isinstance(message, Output):
                self.sink(message)
            elif message.offset + len(message.values) <= size:
                piece = slice(message.offset, message.offset + len(message.values))
                values[piece], known[piece] = message.values, True

        self._command(Request.RUN_NEXT if follows else Request.RUN_BEGIN)
        self._send_data(Request.RUN_INPUT, data, 1, RUN_CHUNK, self.sink)
        for attempt in range(self._attempts):  # what is lost of the answer is sent again
            self._command(Request.RUN, sink=take, again=attempt > 0)
            if known.all():
                return values.view(np.dtype(kind).newbyteorder("<")).astype(kind)
        raise VoxError(
            f"{self.link.name}: the network's output did not arrive whole, {self._attempts} times in a row",
            "if the line is good, the device runs another network than this computer",
        )

    def live(self, mask: Stream = Stream.RESULTS | Stream.EVENTS) -> Live:
        """Start a live stream of sound from this computer to the device; its reports go to the sink."""
        self._command(Request.CLIP_BEGIN, ClipBeginPayload(CLIP_LIVE, mask).pack())
        return Live(self)

    # --- end

    def close(self) -> None:
        """End the session, and the emulator where one was started for it."""
        self.link.close()
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Live:
    """Sound without a set end. Made by Session.live."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.samples = 0
        """Samples sent so far."""

    def push(self, samples: NDArray[np.int16]) -> None:
        """Send int16[n]; returns when the device has heard it."""
        data = np.ascontiguousarray(samples, dtype="<i2").tobytes()
        session = self._session
        session._send_data(Request.CLIP_AUDIO, data, 2, CLIP_CHUNK, session.sink, self.samples)
        self.samples += len(samples)

    def end(self) -> Clip | None:
        """Stop; the verdict over everything heard, or None where its report was lost."""
        found: list[Clip] = []

        def take(message: Message) -> None:
            if isinstance(message, Clip):
                found.append(message)
            else:
                self._session.sink(message)

        self._session._command(Request.CLIP_END, b"", take)
        return found[-1] if found else None


@dataclass
class _ClipReports:
    """What a device said about one clip, gathered over as many runs as it takes."""

    samples: int
    device: Hello
    features: dict[tuple[int, int], Features] = field(default_factory=dict)
    results: dict[int, Result] = field(default_factory=dict)
    events: dict[int, NumberedEvent] = field(default_factory=dict)
    clip: Clip | None = None
    missing: int = 0

    def take(self, message: Message) -> bool:
        """False for what is no report of a clip. MalformedError for one that this clip cannot have: each is
        kept, and room is made for as many as the device says there are."""
        most = most_frames(self.samples, self.device)
        match message:
            case Features() if message.frame >= most:
                raise MalformedError(f"FEATURES: frame {message.frame} of a clip of at most {most}")
            case Result() if message.window > most:
                raise MalformedError(f"RESULT: window {message.window} of a clip of at most {most}")
            case NumberedEvent() if message.number > 2 * most * self.device.label_count:
                raise MalformedError(f"EVENT: number {message.number} of a clip of at most {most} frames")
            case Features():
                self.features[message.frame, message.first_band] = message
            case Result():
                self.results[message.window] = message
            case NumberedEvent():
                self.events[message.number] = message
            case Clip():
                check_clip(message, self.samples, self.device)
                self.clip = message
            case _:
                return False
        return True

    def complete(self) -> ClipRun | None:
        """Everything as one value, or None where something is still missing."""
        clip, device = self.clip, self.device
        if clip is None:
            self.missing = 1
            return None
        features = np.zeros((clip.frames, device.bands), np.int16)
        levels = np.zeros(clip.frames, np.int16)
        heard = np.zeros((clip.frames, device.bands), bool)
        for (frame, band), message in self.features.items():
            if frame < clip.frames and band + len(message.values) <= device.bands:
                features[frame, band : band + len(message.values)] = message.values
                heard[frame, band : band + len(message.values)] = True
                levels[frame] = message.level
        self.missing = (
            int(np.sum(~heard.all(axis=1)))
            + sum(i not in self.results for i in range(clip.windows))
            + sum(i not in self.events for i in range(clip.events))
        )
        if self.missing:
            return None
        results = [self.results[i] for i in range(clip.windows)]
        posteriors = [r.posteriors for r in results]
        return ClipRun(
            Heard(
                features,
                levels,
                np.array([r.frame for r in results], np.uint32),
                np.stack(posteriors) if posteriors else np.zeros((0, device.label_count), np.uint16),
                np.array([r.label for r in results], np.int16),
                np.array([r.score for r in results], np.uint16),
                np.array([r.gated for r in results], np.uint8),
                tuple(self.events[i].event for i in range(clip.events)),
            ),
            clip.label,
            clip.score,
            clip.scores,
        )
