"""Listening live on the emulated RP2040: share of processor time that is free, latency from a word's end.

VOX_DATA=... python bench/rp2040/live.py [model.vxm] [--words 6] [--image build/rp2040/vox-rp2040.elf]

Words of the Free Spoken Digit Dataset's test (take 0) are played into the ADC, a second of quiet between.
The emulator has no flash wait states, so the chip itself, which runs from flash through a 16 kB cache, is
somewhat slower.
"""

from __future__ import annotations

import argparse
import bisect
import csv
import json
import os
import time
from pathlib import Path

import numpy as np

from vox_embed.core import LinkDecoder, Model
from vox_embed.data.audio import read_audio
from vox_embed.device.boards import find_board, project_folder
from vox_embed.device.emulator import Emulator
from vox_embed.device.link import Link, SocketPort
from vox_embed.device.messages import NumberedEvent, parse
from vox_embed.device.rp2040 import OVERSAMPLING
from vox_embed.device.session import Session
from vox_embed.device.targets import build_image
from vox_embed.device.verify import ensure_model
from vox_embed.spec.link import Stream
from vox_embed.spec.model_format import EventKind

QUIET = 1.0


class Recorder:
    """A port that keeps what the device said."""

    def __init__(self, port: SocketPort) -> None:
        self._port = port
        self.name = port.name
        self.write = port.write
        self.close = port.close
        self.said = bytearray()

    def read(self) -> bytes:
        data = self._port.read()
        self.said += data
        return data


def words(rate: int, count: int) -> tuple[np.ndarray, list[tuple[str, float]]]:  # type: ignore[type-arg]
    """Sound at OVERSAMPLING times `rate` Hz, and label and end (s) of every word in it."""
    root = Path(os.environ["VOX_DATA"]) / "fsdd"
    with (root / "fsdd.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["take"] == "0"]
    fast = OVERSAMPLING * rate
    rng = np.random.default_rng(0)
    parts, ends = [np.zeros(0, np.int16)], []
    for row in rows[:: max(1, len(rows) // count)][:count]:
        parts.append(rng.normal(0, 20, round(QUIET * fast)).astype(np.int16))
        word = read_audio(root / row["file"], fast).astype(float)
        parts.append((word * 16000 / np.abs(word).max()).astype(np.int16))
        ends.append((row["digit"], sum(map(len, parts)) / fast))
    parts.append(rng.normal(0, 20, round(1.5 * fast)).astype(np.int16))
    return np.concatenate(parts), ends


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", default=project_folder() / "models/digits/model.vxm")
    parser.add_argument("--words", type=int, default=6)
    parser.add_argument("--image", type=Path)
    options = parser.parse_args()
    data = options.model.read_bytes()
    model = Model(data)
    sound, ends = words(model.sample_rate, options.words)
    board = find_board("rp2040")
    emulator = Emulator(board, options.image or build_image(board), arguments=["--free"])
    recorder = Recorder(emulator.port)
    with Session(Link(recorder), timeout=3.0, on_close=emulator.close) as session:
        microphone = emulator.microphone
        assert microphone is not None
        ensure_model(session, data)
        microphone.play(sound, OVERSAMPLING * model.sample_rate)
        heard: list[object] = []
        session.sink = heard.append
        session.stream(Stream.RESULTS | Stream.EVENTS)
        while not heard:  # until the first window is full there is less to do
            session.poll(0.1)
        before = microphone.stats()
        while not microphone.ended:
            session.poll(0.2)
        after = microphone.stats()
        stats = session.stats()
        time.sleep(0.5)
        journal = microphone.journal()
    sent = [offset for offset, _ in journal]
    decoder, at, begins = LinkDecoder(), 0, []
    for piece in bytes(recorder.said).split(b"\0"):
        at += len(piece) + 1
        for kind, _, payload in decoder.feed(piece + b"\0"):
            message = parse(kind, payload)
            if isinstance(message, NumberedEvent) and message.event.kind == EventKind.BEGIN:
                nanos = journal[bisect.bisect_left(sent, at)][1]
                begins.append((model.labels[message.event.label], (nanos - microphone.begun) / 1e9))
    latencies = []
    for word, end in ends:
        found = [seconds for label, seconds in begins if label == word and end - 1.0 < seconds < end + 1.4]
        print(
            f"{word}: ends at {end:.3f} s, "
            + (f"event {1000 * (found[0] - end):+.0f} ms" if found else "no event")
        )
        latencies += [1000 * (found[0] - end)] if found else []
    elapsed = after["nanos"] - before["nanos"]
    report = {
        "model": options.model.parent.name,
        "free_share": round((after["idle_nanos"] - before["idle_nanos"]) / elapsed, 4),
        "window_ms": round(1000 * stats.window_ticks / 125e6, 2),
        "frame_ms": round(1000 * stats.frame_ticks / 125e6, 3),
        "samples_lost": stats.audio_lost,
        "stack_used": stats.stack_used,
        "words": len(ends),
        "recognised": len(latencies),
        "latency_ms": {"median": round(float(np.median(latencies))), "max": round(max(latencies))}
        if latencies
        else None,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
