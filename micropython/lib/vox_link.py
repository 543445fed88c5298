"""The serial link (docs/link-protocol.md) of a MicroPython board, for `vox-embed monitor` and `verify`.

    import vox_link
    vox_link.serve(vox_link.Usb(), open("model.vxm", "rb").read())

The stream is any object with read(n) -> bytes or None and write(bytes). The module
vox does the rest.
"""

import binascii
import gc
import struct
import time

import vox
from micropython import const

# spec: constants
_OK = const(0)
_ERR_ARGUMENT = const(-1)
_ERR_ALIGNMENT = const(-2)
_ERR_MAGIC = const(-3)
_ERR_VERSION = const(-4)
_ERR_TRUNCATED = const(-5)
_ERR_CRC = const(-6)
_ERR_SECTION = const(-7)
_ERR_FRONTEND = const(-8)
_ERR_TENSOR = const(-9)
_ERR_OP = const(-10)
_ERR_UNSUPPORTED = const(-11)
_ERR_MEMORY = const(-12)
_ERR_DECISION = const(-13)
_ERR_STATE = const(-14)
_ERR_FRAME = const(-15)
_ERR_STORAGE = const(-16)
_ERR_BARE = const(-17)
_ERR_SIGNATURE = const(-18)
_ERR_REVISION = const(-19)
_ERR_WORK = const(-20)
_EVENT_BEGIN = const(1)
_EVENT_END = const(2)
_HEARD_FRAME = const(1)
_HEARD_RESULT = const(2)
_HEARD_EVENT = const(4)
_HEARD_DUE = const(8)
_LINK_VERSION = const(1)
_LINK_PAYLOAD = const(240)
_LINK_HEAD = const(3)
_LINK_TAIL = const(4)
_LINK_RAW = const(247)
_LINK_WIRE = const(249)
_MSG_QUERY = const(0x01)
_QUERY_LAYOUT = const("<B")
_QUERY_SIZE = const(1)
_MSG_SETTINGS = const(0x02)
_SETTINGS_LAYOUT = const("<IB")
_SETTINGS_SIZE = const(5)
_MSG_STREAM = const(0x03)
_STREAM_LAYOUT = const("<H")
_STREAM_SIZE = const(2)
_MSG_CLIP_BEGIN = const(0x04)
_CLIP_BEGIN_LAYOUT = const("<IH")
_CLIP_BEGIN_SIZE = const(6)
_MSG_CLIP_AUDIO = const(0x05)
_CLIP_AUDIO_LAYOUT = const("<I")
_CLIP_AUDIO_SIZE = const(4)
_MSG_CLIP_END = const(0x06)
_MSG_MODEL_BEGIN = const(0x07)
_MODEL_BEGIN_LAYOUT = const("<II")
_MODEL_BEGIN_SIZE = const(8)
_MSG_MODEL_DATA = const(0x08)
_MODEL_DATA_LAYOUT = const("<I")
_MODEL_DATA_SIZE = const(4)
_MSG_MODEL_COMMIT = const(0x09)
_MSG_RESET = const(0x0A)
_RESET_LAYOUT = const("<B")
_RESET_SIZE = const(1)
_MSG_RUN_BEGIN = const(0x0B)
_MSG_RUN_NEXT = const(0x0E)
_MSG_RUN_INPUT = const(0x0C)
_RUN_INPUT_LAYOUT = const("<I")
_RUN_INPUT_SIZE = const(4)
_MSG_RUN = const(0x0D)
_QUERY_HELLO = const(0)
_QUERY_LABELS = const(1)
_QUERY_STATS = const(2)
_RESET_STREAMS = const(0)
_RESET_MODEL = const(1)
_STREAM_RESULTS = const(1)
_STREAM_EVENTS = const(2)
_STREAM_FEATURES = const(4)
_STREAM_AUDIO = const(8)
_CLIP_LIVE = const(4294967295)
_OFFSET_MASK = const(2147483647)
_CLIP_CHUNK = const(118)
_MODEL_CHUNK = const(236)
_RUN_CHUNK = const(232)
_FEATURES_CHUNK = const(116)
_MSG_ACK = const(0x40)
_ACK_LAYOUT = const("<BBi")
_ACK_SIZE = const(6)
_MSG_HELLO = const(0x41)
_HELLO_LAYOUT = const("<BBBBBBHIIIIIiIIIHHHHHH")
_HELLO_SIZE = const(56)
_MSG_LABEL = const(0x42)
_LABEL_LAYOUT = const("<B")
_LABEL_SIZE = const(1)
_MSG_RESULT = const(0x43)
_RESULT_LAYOUT = const("<IIhHhBBII")
_RESULT_SIZE = const(24)
_MSG_EVENT = const(0x44)
_EVENT_LAYOUT = const("<IIhHB")
_EVENT_SIZE = const(13)
_MSG_FEATURES = const(0x45)
_FEATURES_LAYOUT = const("<IhH")
_FEATURES_SIZE = const(8)
_MSG_AUDIO = const(0x46)
_AUDIO_LAYOUT = const("<I")
_AUDIO_SIZE = const(4)
_MSG_CLIP = const(0x47)
_CLIP_LAYOUT = const("<IIIIhH")
_CLIP_SIZE = const(20)
_MSG_STATS = const(0x48)
_STATS_LAYOUT = const("<IIIIIIIIIIIIII")
_STATS_SIZE = const(56)
_MSG_LOG = const(0x49)
_LOG_LAYOUT = const("<B")
_LOG_SIZE = const(1)
_MSG_ERROR = const(0x4A)
_ERROR_LAYOUT = const("<i")
_ERROR_SIZE = const(4)
_MSG_RUN_OUTPUT = const(0x4B)
_RUN_OUTPUT_LAYOUT = const("<II")
_RUN_OUTPUT_SIZE = const(8)
_RESULT_GATED = const(1)
_LOG_NONE = const(0)
_LOG_ERROR = const(1)
_LOG_INFO = const(2)
_CAN_LISTEN = const(1)
_CAN_TAKE_MODEL = const(2)
_CAN_KEEP_MODEL = const(4)
_CAN_CHECK_SIGNATURE = const(8)
_MODEL_NONE = const(0)
_MODEL_BUILT_IN = const(1)
_MODEL_PUSHED = const(2)
_MAX_NAME = const(48)
_MAX_TEXT = const(96)
# end of spec

_LONGEST = const(_LINK_RAW + 1)  # bytes of a frame without the zero behind it
_RECEIVE = const(512)  # bytes that may be under way to the board
_TICKS = const(1000000)
_ALL = const(_STREAM_RESULTS | _STREAM_EVENTS | _STREAM_FEATURES | _STREAM_AUDIO)


class _Refused(Exception):
    def __init__(self, status):
        self.status = status


class Link:
    """One conversation. model: a vox.Model, bytes of a .vxm, or None. microphone: as vox_audio's, or None.
    board: name for the host. slot: largest model that may be pushed, in bytes; 0 takes none.
    """

    def __init__(self, stream, model=None, microphone=None, board="micropython", slot=65536):
        self._stream = stream
        self._microphone = microphone
        self._board = board
        self._slot = slot
        self._decoder = _Decoder()
        self._sequence = 0
        self._last = None
        self._built_in = model
        self._origin = _MODEL_NONE
        self.model = self.listener = None
        self._status = _ERR_STATE
        self._source = None  # "clip", "live", "done" or "microphone"
        self._transfer = None
        self._input = self._output = None  # of the network alone
        self._mask = self._taken = self._samples = self._event = 0
        self._interval = self._due = 0
        self._frames = self._windows = self._events = self._repeats = self._unsent = 0
        self._window_ticks = self._frame_ticks = self._before = 0
        if model is not None:
            self._use(model, _MODEL_BUILT_IN)

    def _use(self, data, origin):
        try:
            model = data if isinstance(data, vox.Model) else vox.Model(data)
            listener = vox.Listener(model) if model.hears else None
        except MemoryError:
            raise _Refused(_ERR_MEMORY)
        except ValueError as error:
            raise _Refused(_status_of(str(error)))
        self._stop()
        self.model, self.listener, self._origin = model, listener, origin
        self._status = 0 if listener else _ERR_BARE

    def _send(self, kind, payload):
        self._stream.write(_encode(kind, self._sequence, payload))
        self._sequence = (self._sequence + 1) & 255

    # --- reports

    def _hello(self):
        m = self.model
        hears = self._status == 0
        can = (_CAN_LISTEN if self._microphone else 0) | (_CAN_TAKE_MODEL if self._slot else 0)
        gc.collect()
        used = m.memory() if m else 0
        name = _name(m.meta) if m else b""
        numbers = (
            (m.rate, m.window, m.hop, m.bands, m.window_frames, m.stride_frames, len(m.labels))
            if hears
            else [0] * 7
        )
        major, minor, patch = _version()
        free = used + gc.mem_free()
        crc, size = (m.crc, m.size) if m else (0, 0)
        device = (_LINK_VERSION, major, minor, patch, can, self._origin, _CLIP_CHUNK, _RECEIVE, _TICKS)
        memory = (free, used, self._slot, self._status, crc, size)
        hello = struct.pack(_HELLO_LAYOUT, *(device + memory + tuple(numbers)))
        self._send(_MSG_HELLO, hello + _text(self._board.encode()[:_MAX_NAME]) + _text(name))

    def _labels(self):
        for index, label in enumerate(self.model.labels if self._status == 0 else ()):
            self._send(_MSG_LABEL, bytes([index]) + label.encode())

    def _statistics(self):
        d = self._decoder
        lost = getattr(self._microphone, "lost", 0)
        numbers = [time.ticks_ms(), self._frames, self._windows, self._events, d.frames, d.errors, 0]
        numbers += [self._unsent, lost, self._repeats, self._window_ticks, self._frame_ticks, 0, 0]
        self._send(_MSG_STATS, struct.pack(_STATS_LAYOUT, *[n & 0xFFFFFFFF for n in numbers]))

    def _heard(self, flags):
        now = time.ticks_us()
        ticks = time.ticks_diff(now, self._before)
        listener = self.listener
        self._frames += 1
        if self._mask & _STREAM_FEATURES:
            features = listener.features
            for first in range(0, len(features), _FEATURES_CHUNK):
                head = struct.pack(_FEATURES_LAYOUT, listener.frames - 1, listener.level, first)
                self._send(_MSG_FEATURES, head + bytes(features[first : first + _FEATURES_CHUNK]))
        if flags & _HEARD_RESULT:
            self._windows += 1
            self._window_ticks = ticks
            if self._mask & _STREAM_RESULTS:
                head = struct.pack(
                    _RESULT_LAYOUT,
                    listener.frames,
                    listener.windows - 1,
                    listener.index,
                    listener.score,
                    listener.level,
                    _RESULT_GATED if listener.gated else 0,
                    0,
                    ticks,
                    self._frame_ticks,
                )
                self._send(_MSG_RESULT, head + bytes(listener.scores))
        else:
            self._frame_ticks = ticks
        self._before = time.ticks_us()

    def _tell(self, events):
        for e in events:
            self._events += 1
            if self._mask & _STREAM_EVENTS:
                kind = _EVENT_BEGIN if e.begins else _EVENT_END
                self._send(
                    _MSG_EVENT, struct.pack(_EVENT_LAYOUT, self._event, e.frame, e.index, e.score, kind)
                )
            self._event += 1

    def _clip(self):
        listener = self.listener
        _, score, scores, index = listener.clip()
        head = struct.pack(
            _CLIP_LAYOUT, self._taken, listener.frames, listener.windows, self._event, index, score
        )
        self._send(_MSG_CLIP, head + bytes(scores))

    # --- sound

    def _begin(self, source, samples, mask):
        self._stop()
        self.listener.reset()
        self._source, self._samples, self._mask = source, samples, mask
        self._taken = self._event = self._frame_ticks = 0

    def _hear(self, samples):
        if self._mask & _STREAM_AUDIO:
            for first in range(0, len(samples), 2 * _CLIP_CHUNK):
                offset = (self._taken + first // 2) & _OFFSET_MASK
                self._send(
                    _MSG_AUDIO,
                    struct.pack(_AUDIO_LAYOUT, offset) + bytes(samples[first : first + 2 * _CLIP_CHUNK]),
                )
        self._before = time.ticks_us()
        self._tell(self.listener.push(samples, self._heard))
        self._taken = (self._taken + len(samples) // 2) & _OFFSET_MASK

    def _stop(self):
        if self._source == "microphone":
            self._microphone.stop()
        self._source = self._input = None

    # --- requests

    def _carry_out(self, kind, payload):
        size = len(payload)
        if kind == _MSG_SETTINGS:
            _need(size == _SETTINGS_SIZE)
            self._interval = struct.unpack(_SETTINGS_LAYOUT, payload)[0]
            self._due = time.ticks_add(time.ticks_ms(), self._interval & 0x1FFFFFFF)
        elif kind == _MSG_STREAM:
            _need(size == _STREAM_SIZE)
            self._start_stream(struct.unpack(_STREAM_LAYOUT, payload)[0] & _ALL)
        elif kind == _MSG_CLIP_BEGIN:
            _need(size == _CLIP_BEGIN_SIZE)
            self._need_model()
            samples, mask = struct.unpack(_CLIP_BEGIN_LAYOUT, payload)
            _need(samples == _CLIP_LIVE or samples <= _OFFSET_MASK)
            self._begin("live" if samples == _CLIP_LIVE else "clip", samples, mask & _ALL)
        elif kind == _MSG_CLIP_END:
            if self._source != "live" and (self._source != "clip" or self._taken != self._samples):
                raise _Refused(_ERR_STATE)
            if self._source == "clip":
                self._before = time.ticks_us()
                self._tell(self.listener.finish(self._heard))
            self._source = "done"
            self._clip()
        elif kind == _MSG_MODEL_BEGIN:
            _need(size == _MODEL_BEGIN_SIZE)
            length, crc = struct.unpack(_MODEL_BEGIN_LAYOUT, payload)
            self._transfer = None
            if not 0 < length <= self._slot:
                raise _Refused(_ERR_STORAGE)
            gc.collect()
            try:
                self._transfer = [bytearray(length), crc, 0]
            except MemoryError:
                raise _Refused(_ERR_STORAGE)
        elif kind == _MSG_MODEL_COMMIT:
            self._commit()
        elif kind in (_MSG_RUN_BEGIN, _MSG_RUN_NEXT):
            self._begin_run(kind == _MSG_RUN_NEXT)
        elif kind == _MSG_RUN:
            self._run()
        elif kind == _MSG_RESET:
            _need(size == _RESET_SIZE)
            self._stop()
            self._transfer = None
            if payload[0] not in (_RESET_STREAMS, _RESET_MODEL):
                raise _Refused(_ERR_UNSUPPORTED)
            if payload[0] == _RESET_MODEL and self._origin != _MODEL_BUILT_IN and self._built_in is not None:
                self._use(self._built_in, _MODEL_BUILT_IN)
        else:
            raise _Refused(_ERR_UNSUPPORTED)
        return 0

    def _begin_run(self, follows):
        if self.model is None:
            raise _Refused(self._status)
        if self.model.hears:
            raise _Refused(_ERR_UNSUPPORTED)  # predict() takes features there, not the tensor
        if follows and self._output is None:
            raise _Refused(_ERR_STATE)
        if not follows:
            self._stop()
            self.model.reset()
        self._input, self._output = bytearray(), None

    def _run(self):
        if self._input is None:
            raise _Refused(_ERR_STATE)
        before = time.ticks_us()
        try:
            output = self.model.predict(self._input)
        except ValueError:
            raise _Refused(_ERR_TRUNCATED)
        self._output = time.ticks_diff(time.ticks_us(), before), bytes(output)
        self._input = None
        self._send_output()

    def _send_output(self):
        ticks, data = self._output
        for first in range(0, len(data), _RUN_CHUNK):
            head = struct.pack(_RUN_OUTPUT_LAYOUT, first, ticks)
            self._send(_MSG_RUN_OUTPUT, head + data[first : first + _RUN_CHUNK])

    def _need_model(self):
        if self._status:
            raise _Refused(self._status)

    def _start_stream(self, mask):
        if not mask:
            if self._source == "microphone":
                self._stop()
            return
        self._need_model()
        if self._microphone is None:
            raise _Refused(_ERR_UNSUPPORTED)
        if self._source == "microphone":
            self._mask = mask
            return
        self._begin("microphone", _CLIP_LIVE, mask)
        self._microphone.start(self.model.rate)

    def _commit(self):
        if self._transfer is None:
            raise _Refused(_ERR_STATE)
        data, crc, received = self._transfer
        if received != len(data):
            raise _Refused(_ERR_TRUNCATED)
        self._transfer = None
        if _crc32(data) != crc:
            raise _Refused(_ERR_CRC)
        if not self._fits(data):
            # The old model's memory is needed: let go of it, and take it back where the new one does not open.
            old, origin = self.model, self._origin
            self._stop()
            self.listener = None
            gc.collect()
            try:
                self._use(data, _MODEL_PUSHED)
            except _Refused:
                self.model, self._origin = old, origin
                self.listener = vox.Listener(old) if old and old.hears else None
                raise
            return
        self._use(data, _MODEL_PUSHED)

    def _fits(self, data):
        gc.collect()
        try:
            model = vox.Model(data)
            return not model.hears or bool(bytearray(model.memory()))
        except (MemoryError, ValueError):
            return False

    def _data(self, kind, payload):
        """CLIP_AUDIO, MODEL_DATA, RUN_INPUT: taken where the offset is the next one; the answer is the next offset."""
        if len(payload) < 5:
            raise _Refused(_ERR_ARGUMENT)
        offset = struct.unpack(_CLIP_AUDIO_LAYOUT, payload[:_CLIP_AUDIO_SIZE])[0]  # of all three
        if kind == _MSG_CLIP_AUDIO:
            if self._source not in ("clip", "live"):
                raise _Refused(_ERR_STATE)
            _need(len(payload) >= 6 and len(payload) % 2 == 0)
            if offset != self._taken:
                self._repeats += 1
            else:
                count = (len(payload) - 4) // 2
                _need(self._source == "live" or count <= self._samples - self._taken)
                self._hear(memoryview(payload)[4:])
            return self._taken
        if kind == _MSG_RUN_INPUT:
            if self._input is None:
                raise _Refused(_ERR_STATE)
            if offset != len(self._input):
                self._repeats += 1
            else:
                _need(len(self._input) + len(payload) - 4 <= self.model.memory())
                self._input += memoryview(payload)[4:]
            return len(self._input)
        if self._transfer is None:
            raise _Refused(_ERR_STATE)
        data, _, received = self._transfer
        if offset != received:
            self._repeats += 1
            return received
        end = received + len(payload) - 4
        _need(end <= len(data))
        data[received:end] = memoryview(payload)[4:]
        self._transfer[2] = end
        return end

    def _handle(self, kind, sequence, payload):
        try:
            if kind == _MSG_QUERY:
                _need(len(payload) == _QUERY_SIZE)
                what = payload[0]
                status = 0
                if what == _QUERY_HELLO:
                    self._last = None
                    self._hello()
                elif what == _QUERY_LABELS:
                    self._labels()
                    status = self._status
                elif what == _QUERY_STATS:
                    self._statistics()
                else:
                    status = _ERR_UNSUPPORTED
            elif kind in (_MSG_CLIP_AUDIO, _MSG_MODEL_DATA, _MSG_RUN_INPUT):
                status = self._data(kind, payload)
            elif self._last is not None and self._last[:2] == (kind, sequence):
                self._repeats += 1
                status = self._last[2]
                if kind == _MSG_CLIP_END and status == 0 and self._source == "done":
                    self._clip()
                if kind == _MSG_RUN and status == 0 and self._output:
                    self._send_output()
            else:
                try:
                    status = self._carry_out(kind, payload)
                except _Refused as refused:
                    status = refused.status
                self._last = (kind, sequence, status)
        except _Refused as refused:
            status = refused.status
        self._send(_MSG_ACK, struct.pack(_ACK_LAYOUT, kind, sequence, status))

    def poll(self):
        """Takes what has come, and a piece of sound where the microphone runs. True if there was any."""
        data = self._stream.read(_RECEIVE)
        if data:
            for kind, sequence, payload in self._decoder.push(data):
                self._handle(kind, sequence, payload)
        sound = self._microphone.read() if self._source == "microphone" else None
        if sound:
            self._hear(
                memoryview(sound) if isinstance(sound, (bytes, bytearray)) else memoryview(bytes(sound))
            )
        if self._interval and time.ticks_diff(time.ticks_ms(), self._due) >= 0:
            self._due = time.ticks_add(self._due, self._interval & 0x1FFFFFFF)
            self._statistics()
        return bool(data or sound)


def _encode(kind, sequence, payload):
    """A frame on the wire: COBS, ended by a zero."""
    body = bytes([_LINK_VERSION, kind, sequence]) + payload
    blocks = (body + struct.pack("<I", _crc32(body))).split(b"\0")
    return b"".join([bytes([len(block) + 1]) + block for block in blocks]) + b"\0"


class _Decoder:
    """push(data) gives the good frames that end in it, as (type, sequence, payload)."""

    def __init__(self):
        self.frames = self.errors = 0
        self._held = b""

    def push(self, data):
        blocks = (self._held + data).split(b"\0")
        self._held = blocks.pop()
        if len(self._held) > 2 * _LONGEST:
            self._held = self._held[: _LONGEST + 1]  # too long by then: it will be dropped
        good = []
        for block in blocks:
            frame = _unstuff(block) if 0 < len(block) <= _LONGEST else None
            if frame:
                self.frames += 1
                good.append((frame[1], frame[2], bytes(frame[3:-4])))
            elif block:
                self.errors += 1
        return good


def _unstuff(block):
    raw = bytearray()
    at = 0
    while at < len(block):
        end = at + block[at]
        if end > len(block):
            return None
        raw += block[at + 1 : end]
        if end < len(block):
            raw.append(0)
        at = end
    if (
        len(raw) < _LINK_HEAD + _LINK_TAIL
        or raw[0] != _LINK_VERSION
        or struct.unpack("<I", raw[-4:])[0] != _crc32(memoryview(raw)[:-4])
    ):
        return None
    return raw


def _status_of(text):
    """The vox_status that vox.Model told in words."""
    told = (
        ("do not begin", _ERR_MAGIC),
        (".vxm version", _ERR_VERSION),
        ("cut off", _ERR_TRUNCATED),
        ("damaged", _ERR_CRC),
        ("lacks", _ERR_UNSUPPORTED),
    )
    for words, status in told:
        if words in text:
            return status
    at = text.find("vox_status ")
    return int(text[at + 11 : text.find(")", at)]) if at >= 0 else _ERR_ARGUMENT


def _need(true):
    if not true:
        raise _Refused(_ERR_ARGUMENT)


def _text(data):
    return bytes([len(data)]) + data


def _version():
    return tuple(int(part) for part in vox.version.split(".")[:3])


def _name(meta):
    at = meta.find('"name":"')
    if at < 0:
        return b""
    value = meta[at + 8 :]
    ends = [end for end in (value.find('"'), value.find("\\")) if end >= 0]
    return value[: min(ends)].encode()[:_MAX_NAME] if ends else b""


def _crc32(data):
    return binascii.crc32(data) & 0xFFFFFFFF


class Uart:
    """machine.UART as a stream: read gives what is there."""

    def __init__(self, uart):
        self._uart = uart

    def read(self, limit):
        waiting = self._uart.any()
        return self._uart.read(min(waiting, limit)) if waiting else None

    def write(self, data):
        self._uart.write(data)


class Usb:
    """The board's USB serial port, which MicroPython keeps for its prompt: Ctrl-C is passed on as a byte."""

    def __init__(self):
        import micropython
        import select
        import sys

        micropython.kbd_intr(-1)
        self._in, self._out = sys.stdin.buffer, sys.stdout.buffer
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._byte = bytearray(1)

    def read(self, limit):
        data = bytearray()
        while len(data) < limit and self._poll.poll(0):
            self._in.readinto(self._byte)
            data.append(self._byte[0])
        return data

    def write(self, data):
        self._out.write(data)


def serve(stream, model=None, microphone=None, board="micropython", slot=65536):
    """Answers a host until it is interrupted."""
    link = Link(stream, model, microphone, board, slot)
    try:
        while True:
            link.poll()
    finally:
        link._stop()
