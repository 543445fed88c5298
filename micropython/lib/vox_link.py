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

_QUERY, _SETTINGS, _STREAM, _CLIP_BEGIN, _CLIP_AUDIO, _CLIP_END = 1, 2, 3, 4, 5, 6
_MODEL_BEGIN, _MODEL_DATA, _MODEL_COMMIT, _RESET = 7, 8, 9, 10
_RUN_BEGIN, _RUN_INPUT, _RUN, _RUN_OUTPUT, _RUN_CHUNK = 11, 12, 13, 0x4B, 232
_ACK, _HELLO, _LABEL, _RESULT, _EVENT, _FEATURES = 0x40, 0x41, 0x42, 0x43, 0x44, 0x45
_AUDIO, _CLIP, _STATS, _ERROR = 0x46, 0x47, 0x48, 0x4A
_RESULTS, _EVENTS, _FRAMES, _SOUND = 1, 2, 4, 8  # of the mask
_ARGUMENT, _TRUNCATED, _CRC, _UNSUPPORTED, _MEMORY, _STATE, _STORAGE = -1, -5, -6, -11, -12, -14, -16
_LIVE, _OFFSETS = 0xFFFFFFFF, 0x7FFFFFFF
_CLIP_CHUNK, _BANDS = 118, 116
_LONGEST = 248  # bytes of a frame without the zero behind it
_RECEIVE = 512  # bytes that may be under way to the board
_TICKS = 1000000


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
        self._origin = 0
        self.model = self.listener = None
        self._status = _STATE
        self._source = None  # "clip", "live", "done" or "microphone"
        self._transfer = None
        self._input = self._output = None  # of the network alone
        self._mask = self._taken = self._samples = self._event = 0
        self._interval = self._due = 0
        self._frames = self._windows = self._events = self._repeats = self._unsent = 0
        self._window_ticks = self._frame_ticks = self._before = 0
        if model is not None:
            self._use(model, 1)

    def _use(self, data, origin):
        try:
            model = data if isinstance(data, vox.Model) else vox.Model(data)
            listener = vox.Listener(model) if model.hears else None
        except MemoryError:
            raise _Refused(_MEMORY)
        except ValueError:
            raise _Refused(_ARGUMENT)
        self._stop()
        self.model, self.listener, self._origin = model, listener, origin
        self._status = 0 if listener else _STATE

    def _send(self, kind, payload):
        self._stream.write(_encode(kind, self._sequence, payload))
        self._sequence = (self._sequence + 1) & 255

    # --- reports

    def _hello(self):
        m = self.model
        hears = self._status == 0
        can = (1 if self._microphone else 0) | (2 if self._slot else 0)
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
        hello = struct.pack("<BBBBBBH", 1, major, minor, patch, can, self._origin, _CLIP_CHUNK)
        hello += struct.pack("<IIIIIiII", _RECEIVE, _TICKS, free, used, self._slot, self._status, crc, size)
        hello += struct.pack("<IHHHHHH", *numbers)
        self._send(_HELLO, hello + _text(self._board.encode()[:48]) + _text(name))

    def _labels(self):
        for index, label in enumerate(self.model.labels if self._status == 0 else ()):
            self._send(_LABEL, bytes([index]) + label.encode())

    def _statistics(self):
        d = self._decoder
        lost = getattr(self._microphone, "lost", 0)
        numbers = [time.ticks_ms(), self._frames, self._windows, self._events, d.frames, d.errors, 0]
        numbers += [self._unsent, lost, self._repeats, self._window_ticks, self._frame_ticks, 0, 0]
        self._send(_STATS, struct.pack("<14I", *[n & 0xFFFFFFFF for n in numbers]))

    def _heard(self, flags):
        now = time.ticks_us()
        ticks = time.ticks_diff(now, self._before)
        listener = self.listener
        self._frames += 1
        if self._mask & _FRAMES:
            features = listener.features
            for first in range(0, len(features), _BANDS):
                head = struct.pack("<IhH", listener.frames - 1, listener.level, first)
                self._send(_FEATURES, head + bytes(features[first : first + _BANDS]))
        if flags & 2:
            self._windows += 1
            self._window_ticks = ticks
            if self._mask & _RESULTS:
                head = struct.pack(
                    "<IIhHh",
                    listener.frames,
                    listener.windows - 1,
                    listener.index,
                    listener.score,
                    listener.level,
                )
                head += struct.pack("<BBII", 1 if listener.gated else 0, 0, ticks, self._frame_ticks)
                self._send(_RESULT, head + bytes(listener.scores))
        else:
            self._frame_ticks = ticks
        self._before = time.ticks_us()

    def _tell(self, events):
        for e in events:
            self._events += 1
            if self._mask & _EVENTS:
                kind = 1 if e.begins else 2
                self._send(_EVENT, struct.pack("<IIhHB", self._event, e.frame, e.index, e.score, kind))
            self._event += 1

    def _clip(self):
        label = self.listener.clip()
        head = struct.pack("<IIII", self._taken, self.listener.frames, self.listener.windows, self._event)
        self._send(_CLIP, head + struct.pack("<hH", label[3], label[1]) + bytes(label[2]))

    # --- sound

    def _begin(self, source, samples, mask):
        self._stop()
        self.listener.reset()
        self._source, self._samples, self._mask = source, samples, mask
        self._taken = self._event = self._frame_ticks = 0

    def _hear(self, samples):
        if self._mask & _SOUND:
            for first in range(0, len(samples), 2 * _CLIP_CHUNK):
                offset = (self._taken + first // 2) & _OFFSETS
                self._send(
                    _AUDIO, struct.pack("<I", offset) + bytes(samples[first : first + 2 * _CLIP_CHUNK])
                )
        self._before = time.ticks_us()
        self._tell(self.listener.push(samples, self._heard))
        self._taken = (self._taken + len(samples) // 2) & _OFFSETS

    def _stop(self):
        if self._source == "microphone":
            self._microphone.stop()
        self._source = self._input = None

    # --- requests

    def _carry_out(self, kind, payload):
        size = len(payload)
        if kind == _SETTINGS:
            _need(size == 5)
            self._interval = struct.unpack("<I", payload[:4])[0]
            self._due = time.ticks_add(time.ticks_ms(), self._interval & 0x1FFFFFFF)
        elif kind == _STREAM:
            _need(size == 2)
            self._start_stream(struct.unpack("<H", payload)[0] & 15)
        elif kind == _CLIP_BEGIN:
            _need(size == 6)
            self._need_model()
            samples, mask = struct.unpack("<IH", payload)
            _need(samples == _LIVE or samples <= _OFFSETS)
            self._begin("live" if samples == _LIVE else "clip", samples, mask & 15)
        elif kind == _CLIP_END:
            if self._source != "live" and (self._source != "clip" or self._taken != self._samples):
                raise _Refused(_STATE)
            if self._source == "clip":
                self._before = time.ticks_us()
                self._tell(self.listener.finish(self._heard))
            self._source = "done"
            self._clip()
        elif kind == _MODEL_BEGIN:
            _need(size == 8)
            length, crc = struct.unpack("<II", payload)
            self._transfer = None
            if not 0 < length <= self._slot:
                raise _Refused(_STORAGE)
            gc.collect()
            try:
                self._transfer = [bytearray(length), crc, 0]
            except MemoryError:
                raise _Refused(_STORAGE)
        elif kind == _MODEL_COMMIT:
            self._commit()
        elif kind == _RUN_BEGIN:
            self._begin_run()
        elif kind == _RUN:
            self._run()
        elif kind == _RESET:
            _need(size == 1)
            self._stop()
            self._transfer = None
            if payload[0] > 1:
                raise _Refused(_UNSUPPORTED)
            if payload[0] == 1 and self._origin != 1 and self._built_in is not None:
                self._use(self._built_in, 1)
        else:
            raise _Refused(_UNSUPPORTED)
        return 0

    def _begin_run(self):
        if self.model is None:
            raise _Refused(self._status)
        if self.model.hears:
            raise _Refused(_UNSUPPORTED)  # predict() takes features there, not the tensor
        self._stop()
        self._input, self._output = bytearray(), None

    def _run(self):
        if self._input is None:
            raise _Refused(_STATE)
        before = time.ticks_us()
        try:
            output = self.model.predict(self._input)
        except ValueError:
            raise _Refused(_TRUNCATED)
        self._output = time.ticks_diff(time.ticks_us(), before), bytes(output)
        self._input = None
        self._send_output()

    def _send_output(self):
        ticks, data = self._output
        for first in range(0, len(data), _RUN_CHUNK):
            head = struct.pack("<II", first, ticks)
            self._send(_RUN_OUTPUT, head + data[first : first + _RUN_CHUNK])

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
            raise _Refused(_UNSUPPORTED)
        if self._source == "microphone":
            self._mask = mask
            return
        self._begin("microphone", _LIVE, mask)
        self._microphone.start(self.model.rate)

    def _commit(self):
        if self._transfer is None:
            raise _Refused(_STATE)
        data, crc, received = self._transfer
        if received != len(data):
            raise _Refused(_TRUNCATED)
        self._transfer = None
        if _crc32(data) != crc:
            raise _Refused(_CRC)
        if not self._fits(data):
            # The old model's memory is needed: let go of it, and take it back where the new one does not open.
            old, origin = self.model, self._origin
            self._stop()
            self.listener = None
            gc.collect()
            try:
                self._use(data, 2)
            except _Refused:
                self.model, self._origin = old, origin
                self.listener = vox.Listener(old) if old and old.hears else None
                raise
            return
        self._use(data, 2)

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
            raise _Refused(_ARGUMENT)
        offset = struct.unpack("<I", payload[:4])[0]
        if kind == _CLIP_AUDIO:
            if self._source not in ("clip", "live"):
                raise _Refused(_STATE)
            _need(len(payload) >= 6 and len(payload) % 2 == 0)
            if offset != self._taken:
                self._repeats += 1
            else:
                count = (len(payload) - 4) // 2
                _need(self._source == "live" or count <= self._samples - self._taken)
                self._hear(memoryview(payload)[4:])
            return self._taken
        if kind == _RUN_INPUT:
            if self._input is None:
                raise _Refused(_STATE)
            if offset != len(self._input):
                self._repeats += 1
            else:
                _need(len(self._input) + len(payload) - 4 <= self.model.memory())
                self._input += memoryview(payload)[4:]
            return len(self._input)
        if self._transfer is None:
            raise _Refused(_STATE)
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
            if kind == _QUERY:
                _need(len(payload) == 1)
                what = payload[0]
                status = 0
                if what == 0:
                    self._last = None
                    self._hello()
                elif what == 1:
                    self._labels()
                    status = self._status
                elif what == 2:
                    self._statistics()
                else:
                    status = _UNSUPPORTED
            elif kind in (_CLIP_AUDIO, _MODEL_DATA, _RUN_INPUT):
                status = self._data(kind, payload)
            elif self._last is not None and self._last[:2] == (kind, sequence):
                self._repeats += 1
                status = self._last[2]
                if kind == _CLIP_END and status == 0 and self._source == "done":
                    self._clip()
                if kind == _RUN and status == 0 and self._output:
                    self._send_output()
            else:
                try:
                    status = self._carry_out(kind, payload)
                except _Refused as refused:
                    status = refused.status
                self._last = (kind, sequence, status)
        except _Refused as refused:
            status = refused.status
        self._send(_ACK, struct.pack("<BBi", kind, sequence, status))

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
    body = bytes([1, kind, sequence]) + payload
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
    if len(raw) < 7 or raw[0] != 1 or struct.unpack("<I", raw[-4:])[0] != _crc32(memoryview(raw)[:-4]):
        return None
    return raw


def _need(true):
    if not true:
        raise _Refused(_ARGUMENT)


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
    return value[: min(ends)].encode()[:48] if ends else b""


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
