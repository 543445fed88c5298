"""What the host reads of strangers, one function a format: any bytes give a value or the promised error.

`make fuzz` gives each of them VOX_FUZZ_EXAMPLES inputs; test_host_parsers.py a few hundred.
"""

from __future__ import annotations

import contextlib
import io
import random
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hostile_inputs import (
    EXPERIMENT,
    corpus,
    damaged,
    damaged_model,
    damaged_network,
    damaged_pack,
    mutant_of_table,
    mutant_of_yaml,
    scrambled,
    sounds,
)

from vox_embed.core import LinkDecoder
from vox_embed.data.audio import probe, read_audio
from vox_embed.data.layouts.audformat_header import read_header
from vox_embed.data.layouts.table import read_table
from vox_embed.data.layouts.tracks import apart, read_track
from vox_embed.device.believed import check_message
from vox_embed.device.messages import Hello, MalformedError, parse, read_message
from vox_embed.device.packs import board_files, read_device
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.loader import load_experiment
from vox_embed.experiment.name_pattern import read_pattern
from vox_embed.experiment.sources import firmware_root
from vox_embed.experiment.yaml_tree import parse_yaml
from vox_embed.gate.arrays import parse_npy, parse_npz, seal, unseal
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import META_BYTES
from vox_embed.gate.tables import csv_rows, csv_text
from vox_embed.program.opened import open_any
from vox_embed.program.tflite import lower_tflite

Fuzz = Callable[[random.Random, Path], None]


def pdsc(draw: random.Random, folder: Path) -> None:
    path = folder / "x.pack"
    path.write_bytes(damaged_pack(draw))
    with contextlib.suppress(VoxError):
        device = read_device(path, draw.choice(("D1", "d1", "")))
        like = (firmware_root() / "boards" / "ld" / "cortex-m.ld").read_text(encoding="utf-8")
        text, script = board_files(device, "x", like)
        assert sum(line.startswith("cpu_flags:") for line in text.splitlines()) == 1
        assert script.count("/*") == script.count("*/")


def tflite(draw: random.Random, folder: Path) -> None:
    del folder
    with contextlib.suppress(VoxError):
        lower_tflite(damaged_network(draw), "x")


def vxm(draw: random.Random, folder: Path) -> None:
    del folder
    with contextlib.suppress(VoxError):
        model = open_any(damaged_model(draw), "x")
        assert all(label.isprintable() for label in model.labels)


def messages(draw: random.Random, folder: Path) -> None:
    del folder
    from helpers.boards import hello

    device = parse(0x41, hello())
    assert isinstance(device, Hello)
    raw = draw.randbytes(draw.choice((0, 1, 6, 24, 56, 240)))
    if draw.random() < 0.3:
        raw = damaged(draw, hello())
    with contextlib.suppress(MalformedError):
        message = read_message(draw.randrange(0x40, 0x4D), raw)
        if message is not None:
            check_message(message, device)
    for frame in LinkDecoder().feed(damaged(draw, bytes(draw.randbytes(300)))):
        parse(frame[0], frame[2])


def wav_metadata(draw: random.Random, folder: Path) -> None:
    """Chunks of every kind, with sizes that lie."""
    kind, data = draw.choice(sorted(sounds().items()))
    if kind == "wav" and draw.random() < 0.7:
        tag = draw.choice((b"LIST", b"bext", b"cue ", b"smpl", b"fact", b"id3 ", b"junk", b"data", b"fmt "))
        size = draw.choice((0, 1, 7, 100, 2**16, 2**31 - 1, 2**32 - 1))
        chunk = tag + struct.pack("<I", size) + draw.randbytes(min(size, 120))
        at = draw.choice((12, 36, len(data)))
        data = data[:at] + chunk + data[at:]
    path = folder / f"x.{kind}"
    path.write_bytes(damaged(draw, data))
    with contextlib.suppress(VoxError):
        probe(path)
    with contextlib.suppress(VoxError):
        heard = read_audio(
            path, draw.choice((8000, 16000)), draw.choice((0.0, 0.1)), draw.choice((None, 0.2))
        )
        assert heard.dtype == np.int16 and len(heard)


def yaml_files(draw: random.Random, folder: Path) -> None:
    path = folder / "exp.yaml"
    path.write_bytes((mutant_of_yaml if draw.random() < 0.6 else scrambled)(draw, EXPERIMENT))
    with contextlib.suppress(VoxError):
        load_experiment(path)
    with contextlib.suppress(VoxError):
        parse_yaml(scrambled(draw, EXPERIMENT).decode("utf-8", "replace"), "x")


def tables(draw: random.Random, folder: Path) -> None:
    path = folder / "table.csv"
    text = corpus()["table.csv"].decode()
    path.write_bytes((mutant_of_table if draw.random() < 0.6 else scrambled)(draw, text))
    with contextlib.suppress(VoxError):
        table, places = read_table(path)
        assert len(table) == len(places)
    written = csv_text(["a", "b"], [["=1", "x"], ["'y", "2"]])
    with contextlib.suppress(ValueError):
        csv_rows(damaged(draw, written.encode()).decode("utf-8", "replace"))


AUDFORMAT = """\
name: x
schemes:
  emotion: {dtype: str, labels: [anger, neutral]}
  level: {dtype: float, minimum: 0, maximum: 1}
  speaker: {dtype: int, labels: {3: {gender: male, age: 31}, 8: &b {gender: female}}}
splits: {train: {type: train}}
tables:
  emotion:
    type: filewise
    split_id: train
    columns: {emotion: {scheme_id: emotion}, level: {scheme_id: level}}
misc_tables: {people: {levels: {person: int}, columns: {city: {}}}}
"""
TRACK = "0.1\t0.5\tyes\n\\\t200.0\t4000.0\n0.5\t0.9\tno\n\n1.2\t2.01\tyes\n"


def labels(draw: random.Random, folder: Path) -> None:
    """Headers of audformat databases, label tracks, patterns of file names."""
    path = folder / "db.yaml"
    path.write_bytes((mutant_of_yaml if draw.random() < 0.6 else scrambled)(draw, AUDFORMAT))
    with contextlib.suppress(VoxError):
        read_header(path)
    track = folder / "x.txt"
    track.write_bytes(scrambled(draw, TRACK))
    with contextlib.suppress(VoxError):
        apart(read_track(track))
    parts = ("{a}", "{b:2}", "{", "}", "-", "/", "{_}", "{c:9}", ".wav", "(", "*", "{:3}", "{a", "\\")
    with contextlib.suppress(ValueError):
        pattern = read_pattern("".join(draw.choice(parts) for _ in range(draw.randrange(1, 7))))
        pattern.read(draw.choice(("a-b.wav", "x/y/z", "", "..", "a" * 50)))


def arrays(draw: random.Random, folder: Path) -> None:
    del folder
    sample = np.arange(40, dtype=np.int16).reshape(8, 5)
    one, many = io.BytesIO(), io.BytesIO()
    np.save(one, sample)
    np.savez(many, a=sample, b=np.ones(3))
    with contextlib.suppress(ValueError):
        parse_npy(damaged(draw, one.getvalue()))
    with contextlib.suppress(ValueError):
        parse_npz(damaged(draw, many.getvalue()), 1 << 20)
    sealed = seal({"a": sample}, "key")
    broken = damaged(draw, sealed)
    if broken != sealed:
        try:
            unseal(broken, "key")
        except ValueError:
            return
        raise AssertionError("a damaged entry was believed")


def json_texts(draw: random.Random, folder: Path) -> None:
    del folder
    text = b'{"name": "x", "a": [1, 2, {"b": null}], "c": 1.5e3, "d": "\\u00e9"}'
    with contextlib.suppress(ValueError):
        parse_json(damaged(draw, text), META_BYTES)


FORMATS: dict[str, Fuzz] = {
    "pdsc": pdsc,
    "tflite": tflite,
    "vxm": vxm,
    "messages": messages,
    "wav_metadata": wav_metadata,
    "yaml": yaml_files,
    "tables": tables,
    "labels": labels,
    "arrays": arrays,
    "json": json_texts,
}


def fuzz(name: str, first: int, count: int) -> int:
    """Gives a format `count` inputs from seed `first` on, and says how many it gave; AssertionError with the
    seed of one that fails."""
    given = 0
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        for seed in range(first, first + count):
            try:
                FORMATS[name](random.Random(f"{name} {seed}"), Path(place))
            except Exception as error:
                raise AssertionError(f"{name}, seed {seed}: {type(error).__name__}: {error}") from error
            given += 1
    return given
