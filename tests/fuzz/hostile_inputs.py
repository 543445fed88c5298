"""Broken inputs for every command, made by seed: the same number is the same case."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax import saxutils

import numpy as np
import soundfile
import yaml
from numpy.typing import NDArray

from helpers.tiny_model import tiny_model, tiny_network
from vox_embed.experiment.sources import firmware_root

NOWHERE = "/dev/vox-embed-nowhere"
JOBS = ("--jobs", "1")
NASTY = (
    "\x1b]0;x\x07",
    "[/]",
    "[red]",
    "a\nb",
    "\u202e",
    "\ud800",
    "../../x",
    "",
    " ",
    "=cmd",
    "*/",
    "9" * 5000,
    "inf",
    "nan",
    "-1",
    "1e999",
    "null",
    "x" * 5000,
    "%s%n",
    "${HOME}",
    "~",
    "con",
    "0x" + "f" * 99,
    "{a: b}",
    "[",
    "- ",
    "\t",
    "a: b",
    "'",
    '"',
)
VALUES: tuple[object, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    7,
    0.5,
    -0.5,
    1e-9,
    1e9,
    1e300,
    2**31,
    2**63,
    10**30,
    65536,
    16000,
    "",
    "x",
    "low",
    "1",
    "inf",
    [],
    [1],
    [0, 1],
    [[1]],
    ["a", "a"],
    {},
    {"a": 1},
    {"a": {"b": []}},
    "a" * 300,
    "=1",
    "../x",
    "con",
    "[/]",
    "é" * 40,
    "/dev/zero",
    "~/x",
    "${NOT_SET_ANYWHERE}",
    ["low"],
    ["low", "high"],
    ["high", "low", "other"],
    "mean",
    ["mean", "slope"],
    [1e9, -1e9],
    [0, 100000],
)
KEYS = (
    "labels",
    "bins",
    "target",
    "mapping",
    "filter",
    "colnames",
    "test",
    "dev",
    "split_column",
    "keep_splits",
    "limit_samples",
    "seed",
    "type",
    "path",
    "audio_path",
    "stride_ms",
    "length_ms",
    "bands",
    "fmin",
    "fmax",
    "hop_ms",
    "window_ms",
    "delta_span",
    "gate_dbfs",
    "refractory_ms",
    "background",
    "unknown_threshold",
    "alpha",
    "history",
    "stream",
    "clip",
    "min_duration_of_sample",
    "max_duration_of_sample",
    "trim_zeros",
    "skip_bad_files",
    "split_seed",
    "test_size",
    "dev_size",
    "speaker_disjoint",
    "rename_speakers",
    "names",
    "limit_samples_per_speaker",
    "root_folders",
    "noise_path",
    "depth",
    "trees",
    "task",
    "augment",
    "export",
    "sample_rate",
    "fft_size",
    "noise_reduction",
    "pcan",
    "functionals",
    "normalise",
    "group",
)
CELLS = (
    "inf",
    "-inf",
    "nan",
    "1e300",
    "-1",
    "0",
    "0.1",
    "1e-300",
    "0.39",
    "00:00:00.1",
    "9" * 400,
    "1,5",
    "",
    " ",
    "x",
    "a\nb",
    "\x1b[2J",
    "=cmd",
    "[/]",
    "*/",
    "é" * 30,
    "/dev/zero",
    ".",
    "..",
    "0.wav",
    "/etc/passwd",
    "x" * 70000,
    "\ud800",
    "0 days 99999999999:00:00",
    "1e5 days",
    "file",
    "label",
    "speaker",
    "duration",
    "split",
    "start",
    "unknown",
    "silence",
    "1",
    "2.5",
)
EXPERIMENT = """name: tones
seed: 3
data:
  databases:
    tones: {path: table.csv, split_strategy: speaker_split, test_size: 34}
features: {type: logmel, sample_rate: 8000, window_ms: 25, hop_ms: 20, bands: 8}
window: {length_ms: 200, stride_ms: 100, normalise: none, functionals: [mean, std]}
model: {type: tree, depth: 3}
decision: {threshold_on: 0.6}
"""
NETWORK = EXPERIMENT.replace(", functionals: [mean, std]", "").replace(
    "{type: tree, depth: 3}", "{type: dscnn, epochs: 1}"
)
PDSC = (
    "<package><vendor>V</vendor><name>N</name><releases><release version='1.0.0'/></releases><devices>"
    "<family Dfamily='f' Dvendor='STM:13'><processor Dcore='Cortex-M4' Dfpu='SP_FPU' Dclock='80000000'/>"
    "<device Dname='D1'><memory id='IROM1' start='0x08000000' size='0x80000' default='1'/>"
    "<memory name='R' access='rwx' start='0x20000000' size='0x20000' default='1'/></device>"
    "</family></devices></package>"
)
PEM = (
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----"
)


@dataclass
class Case:
    """A folder's files, then a command in it."""

    name: str
    command: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    special: dict[str, str] = field(default_factory=dict)
    """Path -> pipe, folder, loop, dangling, device."""
    environment: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[int, bytes]] | None = None
    """What a board on --port sends, whatever it is asked."""
    honest: bool = False
    """It acknowledges too."""

    def write(self, folder: Path) -> None:
        """Make the folder."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for name, kind in self.special.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            if kind == "pipe":
                os.mkfifo(path)
            elif kind == "folder":
                path.mkdir()
            else:
                path.symlink_to({"loop": path.name, "dangling": "nothing", "device": "/dev/zero"}[kind])


# ---- sound ones --------------------------------------------------------------------------------------


def audio(samples: NDArray[np.int16], kind: str = "WAV", rate: int = 8000) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=kind)
    return out.getvalue()


@lru_cache(1)
def corpus() -> dict[str, bytes]:
    """A table of 12 clips of 6 speakers."""
    files = {}
    rows = ["file,label,speaker,start,end"]
    for i in range(12):
        pitch, samples = (300, 1200)[i % 2] + 7 * i, np.arange(3200 + 40 * i)
        sound = (8000 * np.sin(2 * np.pi * pitch * samples / 8000)).astype(np.int16)
        files[f"{i}.wav"] = audio(sound)
        rows.append(f"{i}.wav,{('low', 'high')[i % 2]},s{i // 2},,")
    files["table.csv"] = ("\n".join(rows) + "\n").encode()
    files["exp.yaml"] = EXPERIMENT.encode()
    return files


def sine(samples: int) -> NDArray[np.int16]:
    return (9000 * np.sin(np.arange(samples) / 5)).astype(np.int16)


@lru_cache(1)
def sounds() -> dict[str, bytes]:
    kinds = ("WAV", "FLAC", "OGG", "AIFF", "AU", "CAF", "W64", "RF64")
    return {kind.lower(): audio(sine(4000), kind) for kind in kinds}


@lru_cache(1)
def models() -> list[bytes]:
    two = ("high", "low")
    return [
        *(tiny_model(kind) for kind in ("dense", "conv", "every_op")),
        tiny_network(),
        tiny_model(functionals=("mean", "std"), labels=two),
        tiny_model("conv", labels=two),
    ]


@lru_cache(1)
def networks() -> list[bytes]:
    from helpers.tflite_writer import Network

    found = []
    for kinds in (("RELU",), ("RELU", "TANH"), ("RELU6", "LOGISTIC")):
        net = Network()
        tensors = [net.tensor((1, 4), 0.1)]
        for kind in kinds:
            tensors.append(net.tensor((1, 4), 0.1))
            net.op(kind, [tensors[-2]], tensors[-1])
        found.append(net.bytes(tensors[0], tensors[-1]))
    return found


def pack(description: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("V.N.pdsc", description)
    return out.getvalue()


# ---- how they are broken -----------------------------------------------------------------------------


def utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def damaged(draw: random.Random, data: bytes) -> bytes:
    """Bytes flipped, cut, doubled, put in or replaced."""
    raw = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        if not raw:
            break
        at = draw.randrange(len(raw))
        way = draw.randrange(7)
        if way == 0:
            raw[at] ^= 1 << draw.randrange(8)
        elif way == 1:
            raw[at] = draw.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))
        elif way == 2:
            del raw[at : at + draw.choice((1, 2, 4, 100))]
        elif way == 3:
            raw[at:at] = bytes(draw.randrange(256) for _ in range(draw.choice((1, 4, 30))))
        elif way == 4:
            raw[at : at + 4] = struct.pack("<I", draw.choice((0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**16, 7)))
        elif way == 5:
            del raw[at:]
        else:
            raw[at:at] = raw[max(0, at - 40) : at]
    return bytes(raw)


def scrambled(draw: random.Random, text: str) -> bytes:
    """A text with its words replaced, lines doubled, moved or gone; sometimes bytes too."""
    lines = text.splitlines()
    for _ in range(draw.choice((1, 1, 2, 3))):
        at = draw.randrange(len(lines))
        way = draw.randrange(6)
        if way == 0:
            lines.insert(at, draw.choice(lines))
        elif way == 1 and len(lines) > 1:
            del lines[at]
        elif way == 2:
            lines[at] = "  " * draw.randrange(9) + lines[at]
        else:
            words = lines[at].replace(",", " , ").replace("{", "{ ").replace("}", " }").split(" ")
            words[draw.randrange(len(words))] = draw.choice(NASTY)
            lines[at] = " ".join(words)
    data = utf8("\n".join(lines))
    return damaged(draw, data) if draw.random() < 0.2 else data


def mutant_of_yaml(draw: random.Random, text: str) -> bytes:
    """Sound YAML with other values, keys that are gone, and keys of other places."""
    tree = yaml.safe_load(text)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        tree = tree or {"name": "x"}
        places = list(_places(tree))
        parent, key = draw.choice(places)
        way = draw.randrange(8)
        if way == 0:
            del parent[key]
        elif way == 1 and isinstance(parent, dict):
            parent[str(draw.choice(places)[1])] = deepcopy(draw.choice(VALUES))
        elif way == 2 and isinstance(parent, dict):
            parent[draw.choice(KEYS)] = deepcopy(draw.choice(VALUES))
        elif way == 3 and isinstance(parent[key], int | float):
            parent[key] *= draw.choice((-1, 0, 2, 10, 1000, 10**6, 0.1))
        else:
            parent[key] = deepcopy(draw.choice(VALUES))
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode()


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from _places(tree[key])


def mutant_of_table(draw: random.Random, text: str) -> bytes:
    """A sound CSV with other cells, or other heads."""
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(draw.choice((1, 1, 2, 4))):
        row = draw.choice(rows)
        row[draw.randrange(len(row))] = draw.choice(CELLS)
    if draw.random() < 0.15:
        rows += [list(draw.choice(rows)) for _ in range(draw.choice((1, 20)))]
    out = io.StringIO()
    csv.writer(out, delimiter=draw.choice((",", ",", ",", ";", "\t"))).writerows(rows)
    return utf8(out.getvalue())


def damaged_model(draw: random.Random) -> bytes:
    """A .vxm whose checksum is right again, mostly; three in four keep their layout too."""
    raw = bytearray(draw.choice(models()))
    if draw.random() < 0.25:
        raw = bytearray(damaged(draw, bytes(raw)))
        if len(raw) > 32 and draw.random() < 0.7:
            struct.pack_into("<I", raw, 8, len(raw) - len(raw) % 8)
            struct.pack_into("<I", raw, 12, zlib.crc32(bytes(raw[16 : len(raw) - len(raw) % 8])))
        return bytes(raw)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        at = draw.randrange(16, len(raw) - 4)
        way = draw.randrange(4)
        if way == 0:
            raw[at] ^= 1 << draw.randrange(8)
        elif way == 1:
            raw[at] = draw.choice((0, 1, 2, 0x7F, 0x80, 0xFF, 0x1B, 0x0A))
        elif way == 2:
            struct.pack_into(
                "<H", raw, at & ~1, draw.choice((0, 1, 2, 3, 255, 256, 1024, 16384, 32767, 65535))
            )
        else:
            struct.pack_into(
                "<I", raw, at & ~3, draw.choice((0, 1, 16, 4096, 2**24, 2**31 - 1, 2**31, 2**32 - 1))
            )
    struct.pack_into("<I", raw, 12, zlib.crc32(bytes(raw[16:])))
    return bytes(raw)


def damaged_network(draw: random.Random) -> bytes:
    raw = bytearray(draw.choice(networks()))
    if draw.random() < 0.25:
        return damaged(draw, bytes(raw))
    for _ in range(draw.choice((1, 1, 2, 4))):
        raw[draw.randrange(8, len(raw))] = draw.choice((0, 1, 2, 3, 4, 5, 9, 17, 64, 127, 128, 200, 254, 255))
    return bytes(raw)


def damaged_pack(draw: random.Random) -> bytes:
    way = draw.random()
    if way < 0.3:
        return damaged(draw, pack(PDSC.encode()))
    if way < 0.6:
        return pack(scrambled(draw, PDSC.replace("><", ">\n<")))
    text = PDSC
    for _ in range(draw.choice((1, 2))):
        old = draw.choice(
            (
                ">V<",
                ">N<",
                "1.0.0",
                "STM:13",
                "Cortex-M4",
                "SP_FPU",
                "80000000",
                "D1",
                "IROM1",
                "0x08000000",
                "0x80000",
                "rwx",
                "0x20000",
                "<device ",
                "processor",
                "memory",
            )
        )
        value = saxutils.escape(str(draw.choice((*VALUES, *CELLS)))).replace("'", "")
        edge = ("", "") if old[0] not in "><" else (old[0], old[-1] if old[-1] == "<" else " ")
        text = text.replace(old, edge[0] + value + edge[1], draw.choice((1, 9)))
    return pack(utf8(text))


# ---- cases -------------------------------------------------------------------------------------------

Make = Callable[[random.Random], Case]


def of_experiment(draw: random.Random) -> Case:
    text = draw.choice((EXPERIMENT, EXPERIMENT, NETWORK))
    command = draw.choice(
        (
            ["data", "exp.yaml"],
            ["data", ".", "--json"],
            ["train", "exp.yaml"],
            ["evaluate", "exp.yaml"],
            ["cross-validate", "exp.yaml", "--folds", "2"],
            ["export", "exp.yaml"],
            ["size", "."],
            ["verify", ".", "--port", NOWHERE],
            ["monitor", "exp.yaml", "--port", NOWHERE],
            ["field", ".", "--negatives", "table.csv"],
        )
    )
    broken = (mutant_of_yaml if draw.random() < 0.75 else scrambled)(draw, text)
    if b"cnn" in broken and command[0] in ("train", "cross-validate"):
        command = ["data", "exp.yaml"]  # networks take their time
    return Case("experiment", command, {**corpus(), "exp.yaml": broken})


def of_table(draw: random.Random) -> Case:
    both = ["--positives", "table.csv", "--negatives", "table.csv", "--miss-rate", "0.2", *JOBS]
    command = draw.choice(
        (
            ["data", "exp.yaml"],
            ["train", "exp.yaml"],
            ["cross-validate", "exp.yaml", "--by", "label", "--folds", "2"],
            ["cross-validate", "exp.yaml", "--folds", "2"],
            ["field", "m.vxm", "--negatives", "table.csv", "--plain", *JOBS],
            ["calibrate", "m.vxm", *both],
        )
    )
    broken = (mutant_of_table if draw.random() < 0.75 else scrambled)(draw, corpus()["table.csv"].decode())
    return Case("table", command, {**corpus(), "m.vxm": models()[5], "table.csv": broken})


def of_sound(draw: random.Random) -> Case:
    kind, data = draw.choice(sorted(sounds().items()))
    broken, name = damaged(draw, data), f"x.{kind}"
    rows = f"file,label,speaker\n{name},low,a\n" + "".join(
        f"{i}.wav,{('low', 'high')[i % 2]},s{i // 2}\n" for i in range(12)
    )
    command = draw.choice(
        (
            ["data", "exp.yaml"],
            ["data", "exp.yaml", "--skip-bad-files"],
            ["train", "exp.yaml", "--skip-bad-files"],
            ["field", "m.vxm", "--negatives", "long", "--plain", *JOBS],
            ["monitor", "m.vxm", "--port", "board", "--wav", name, "--duration", "0.1"],
        )
    )
    files = {
        **corpus(),
        name: broken,
        f"long/{name}": broken,
        "table.csv": rows.encode(),
        "m.vxm": models()[0],
    }
    return Case("sound", command, files, answers=[] if "board" in command else None, honest=True)


def of_model(draw: random.Random) -> Case:
    export = ["export", "m.vxm", "--out", "o"]
    command = draw.choice(
        (
            ["size", "m.vxm", "--target", "nowhere"],
            ["bench", "m.vxm", "--target", "nowhere"],
            [*export, "--target", "c99"],
            [*export, "--target", "vxm"],
            [*export, "--target", "arduino"],
            [*export, "--style", "inline"],
            [*export, "--format", "mpy", "--target", "rp2040"],
            [*export, "--format", "emlearn"],
            ["evaluate", "m.vxm", "--experiment", "exp.yaml"],
            ["verify", "m.vxm", "--port", NOWHERE],
            ["monitor", "m.vxm", "--port", NOWHERE],
            ["emulate", "m.vxm", "--target", "nowhere"],
            ["keys", "check", "m.vxm", "k.pem"],
            ["field", "m.vxm", "--negatives", "table.csv", "--plain", *JOBS],
            [
                "calibrate",
                "m.vxm",
                "--positives",
                "table.csv",
                "--negatives",
                "table.csv",
                "--miss-rate",
                "0.2",
                *JOBS,
            ],
        )
    )
    files = {**corpus(), "m.vxm": damaged_model(draw), "k.pem": b"-----BEGIN PUBLIC KEY-----\n"}
    return Case("model", command, files)


def of_network(draw: random.Random) -> Case:
    command = draw.choice(
        (["import-tflite", "x.tflite", "--out", "o"], ["verify", "x.tflite", "--port", NOWHERE])
    )
    return Case("tflite", command, {"x.tflite": damaged_network(draw)})


def of_pack(draw: random.Random) -> Case:
    device = draw.choice(("D1", "D1", "D1", "d1", "D2", *NASTY)).replace("\ud800", "x")
    command = ["boards", "add", "--pack", "x.pack", "--device", device, "--out", "project"]
    return Case("pack", command, {"x.pack": damaged_pack(draw)})


def of_results(draw: random.Random) -> Case:
    metrics = json.dumps({"float": {"accuracy": 1.0}, "float_details": {"labels": ["high", "low"]}})
    out = io.BytesIO()
    np.savez(out, estimator_x=np.ones(3), rows_y=np.zeros(2))
    base = {
        "results/tones/experiment.resolved.yaml": EXPERIMENT.replace("table.csv", "../../table.csv").encode(),
        "results/tones/metrics.json": metrics.encode(),
        "results/tones/model.float.npz": out.getvalue(),
        "results/tones/model.vxm": models()[draw.choice((4, 5))],
        "results/last": b"tones\n",
        "results/tones/predictions.csv": b"file,label\nx,low\n",
    }
    hit = draw.choice(sorted(base))
    base[hit] = damaged(draw, base[hit]) if draw.random() < 0.7 else utf8(draw.choice(NASTY))
    if draw.random() < 0.2:
        del base["results/tones/model.vxm"]
    command = draw.choice(
        (
            ["evaluate"],
            ["evaluate", "tones"],
            ["evaluate", "results/tones", "--out", "e"],
            ["data"],
            ["export", "--target", "vxm"],
            ["size", "--target", "nowhere"],
            ["train", "exp.yaml", "--resume"],
            ["verify", "--port", NOWHERE],
        )
    )
    return Case("results", command, {**corpus(), **base})


def of_board(draw: random.Random) -> Case:
    root = firmware_root()
    board = (root / "boards" / "qemu-m4.yaml").read_text(encoding="utf-8").replace("qemu-m4", "x")
    files = {
        "p/boards/x.yaml": (mutant_of_yaml if draw.random() < 0.7 else scrambled)(draw, board),
        "p/boards/keys.txt": (root / "boards" / "keys.txt").read_bytes(),
        "m.vxm": models()[0],
        "p/firmware/vox/include/vox/vox.h": b"/* */\n",
        "p/platformio.ini": b"",
        "p/CMakePresets.json": b"{}",
        "p/CMakeLists.txt": b"",
        "p/LICENSE": b"",
    }
    command = draw.choice(
        (
            ["boards"],
            ["boards", "--json"],
            ["export", "m.vxm", "--target", "x"],
            ["size", "m.vxm", "--target", "x"],
            ["bench", "m.vxm", "--target", "x"],
            ["verify", "m.vxm", "--target", "x", "--image", "m.vxm"],
        )
    )
    return Case("board", command, files, environment={"VOX_PROJECT": "p"})


def of_tensors(draw: random.Random) -> Case:
    out = io.BytesIO()
    np.save(out, np.zeros((2, 384), np.int8))
    command = ["verify", "n.vxm", "--inputs", "x.npy", "--port", NOWHERE]
    return Case("npy", command, {"n.vxm": models()[3], "x.npy": damaged(draw, out.getvalue())})


def of_manifest(draw: random.Random) -> Case:
    manifest = json.dumps({"target": "vxm", "sha256": {"m.vxm": "0" * 64, "README.md": "1" * 64}}, indent=1)
    files = {"m.vxm": models()[0], "o/vox-export.json": scrambled(draw, manifest), "o/m.vxm": b"x"}
    return Case("manifest", ["export", "m.vxm", "--target", "vxm", "--out", "o"], files)


def of_track(draw: random.Random) -> Case:
    track = "0.5\t1.0\tyes\n2.0\t2.5\tno\n3.0\t3.2\tyes"
    files = {"m.vxm": models()[0], "r/a.wav": audio(sine(40000)), "r/a.txt": scrambled(draw, track)}
    command = draw.choice(
        (
            ["field", "m.vxm", "--positives", "r", "--plain", *JOBS],
            [
                "calibrate",
                "m.vxm",
                "--positives",
                "r",
                "--negatives",
                "r",
                "--miss-rate",
                "0.2",
                *JOBS,
                "--out",
                "n.vxm",
            ],
        )
    )
    return Case("track", command, files)


def of_key(draw: random.Random) -> Case:
    command = draw.choice(
        (
            ["export", "m.vxm", "--target", "vxm", "--sign", "k.pem", "--out", "o"],
            ["keys", "check", "m.vxm", "k.pem"],
        )
    )
    return Case("key", command, {"m.vxm": models()[0], "k.pem": scrambled(draw, PEM)})


def of_arguments(draw: random.Random) -> Case:
    few = ["--per-word", "1", "--voices", "2"]
    verbs = (
        ["data"],
        ["train"],
        ["evaluate"],
        ["cross-validate", "exp.yaml", "--by"],
        ["boards"],
        ["keys", "new"],
        ["cross-validate", "exp.yaml", "--folds"],
        ["export", "m.vxm", "--target"],
        ["export", "m.vxm", "--arch"],
        ["export", "m.vxm", "--format", "mpy", "--target"],
        ["size", "m.vxm", "--target"],
        ["import-tflite"],
        ["bench", "m.vxm", "--target"],
        ["verify", "m.vxm", "--port"],
        ["verify", "m.vxm", "--target"],
        ["monitor", "m.vxm", "--port"],
        ["emulate", "--target"],
        ["boards", "add", "--pack"],
        ["field", "m.vxm", "--negatives"],
        ["calibrate", "m.vxm", "--negatives"],
        ["keys", "check", "m.vxm"],
        ["wakeword", "--experiment"],
        ["wakeword", "--quick", "--negatives", "nowhere", "--language"],
        ["synth", "--out", "o", *few, "--words"],
        ["synth", "--words", "a,b", "--out", "o", "--per-word"],
        ["synth", "--words", "a,b", "--out", "o", *few, "--seconds"],
    )
    words = (*NASTY, "exp.yaml", "m.vxm", ".", "--json", "--", "1", "0", "-5", "9" * 20, "nowhere")
    said = [draw.choice(words).replace("\ud800", "?") for _ in range(draw.choice((1, 1, 2)))]
    return Case("arguments", [*draw.choice(verbs), *said], {**corpus(), "m.vxm": models()[0]})


def of_special(draw: random.Random) -> Case:
    name, command = draw.choice(
        (
            ("exp.yaml", ["data", "exp.yaml"]),
            ("exp.yaml", ["train", "."]),
            ("table.csv", ["data", "exp.yaml"]),
            ("0.wav", ["data", "exp.yaml"]),
            ("0.wav", ["train", "exp.yaml", "--skip-bad-files"]),
            ("m.vxm", ["size", "m.vxm"]),
            ("m.vxm", ["export", "m.vxm"]),
            ("m.vxm", ["evaluate", "m.vxm"]),
            ("x.tflite", ["import-tflite", "x.tflite", "--out", "o"]),
            ("results", ["train", "exp.yaml"]),
            ("x.pack", ["boards", "add", "--pack", "x.pack", "--device", "x", "--out", "p"]),
            ("results/tones", ["train", "exp.yaml"]),
            ("results/.tones.lock", ["train", "exp.yaml"]),
            ("results/last", ["data"]),
            ("results/tones.folds", ["cross-validate", "exp.yaml"]),
            ("cache", ["train", "exp.yaml"]),
            ("o", ["import-tflite", "n.tflite", "--out", "o"]),
            ("l.jsonl", ["monitor", "m.vxm", "--port", "board", "--log", "l.jsonl", "--duration", "0.05"]),
            ("o", ["export", "m.vxm", "--target", "vxm", "--out", "o"]),
        )
    )
    kind = draw.choice(("pipe", "folder", "loop", "dangling", "device"))
    files = {**corpus(), "m.vxm": models()[0], "n.tflite": networks()[0]}
    files.pop(name, None)
    answers: list[tuple[int, bytes]] | None = [] if "board" in command else None
    return Case("special", list(command), files, {name: kind}, answers=answers, honest=True)


def of_stream(draw: random.Random) -> Case:
    def answer() -> tuple[int, bytes]:
        size = draw.choice((0, 1, 6, 24, 56, 80, 240))
        kind = draw.choice((*range(0x40, 0x4C), draw.randrange(256)))
        return kind, bytes(draw.randrange(256) for _ in range(size))

    command = draw.choice(
        (
            ["verify", "m.vxm", "--port", "board", "--synthetic", "1"],
            ["monitor", "--port", "board", "--duration", "0.1"],
            ["monitor", "m.vxm", "--port", "board", "--wav", "0.wav", "--duration", "0.1"],
            ["verify", "n.vxm", "--port", "board", "--synthetic", "1"],
        )
    )
    files = {"m.vxm": models()[0], "n.vxm": models()[3], "0.wav": corpus()["0.wav"]}
    answers = [answer() for _ in range(draw.randrange(5))]
    return Case("stream", command, files, answers=answers, honest=draw.random() < 0.6)


KINDS: tuple[tuple[int, Make], ...] = (
    (14, of_experiment),
    (9, of_table),
    (10, of_sound),
    (16, of_model),
    (9, of_network),
    (7, of_pack),
    (7, of_results),
    (5, of_board),
    (3, of_tensors),
    (2, of_manifest),
    (3, of_track),
    (2, of_key),
    (10, of_arguments),
    (6, of_special),
    (8, of_stream),
)
_ORDER = [make for weight, make in KINDS for _ in range(weight)]
ROUND = len(_ORDER)
_STEP = 50  # has no divisor in common with ROUND: a round meets every place


def case(number: int) -> Case:
    """The case of this number; all kinds come round every ROUND numbers."""
    made = _ORDER[number * _STEP % ROUND](random.Random(number))
    made.name = f"{number} {made.name}"
    return made
