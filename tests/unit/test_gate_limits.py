"""Small files that ask for much: refused before the work, in a process of at most 2 GiB."""

from __future__ import annotations

import os
import re
import socket
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.confined import confined
from helpers.tiny_model import tiny_model
from vox_embed.data.audio import probe, read_audio
from vox_embed.data.layouts.table import read_table
from vox_embed.device.packs import read_device
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.sources import firmware_root
from vox_embed.experiment.yaml_tree import parse_yaml, read_yaml
from vox_embed.export.inline import inline_source
from vox_embed.gate import limits
from vox_embed.gate.files import check_regular, open_log, read_bytes, read_text
from vox_embed.gate.jsons import parse_json
from vox_embed.program.stored_trees import StoredTree, StoredTrees
from vox_embed.spec.operators import LEAF

EXPERIMENT = """
name: x
data:
  databases: {a: {path: table.csv, split_strategy: random, test_size: 50}}
features: {type: logmel, sample_rate: 16000}
window: {functionals: [mean]}
model: {type: forest, trees: 2}
"""


def wav(path: Path, rate: int, samples: int = 1000) -> Path:
    """A WAV whose header states a rate that no library would write."""
    soundfile.write(path, np.arange(samples, dtype=np.int16), 8000)
    data = bytearray(path.read_bytes())
    data[24:28] = struct.pack("<I", rate & 0xFFFFFFFF)
    path.write_bytes(data)
    return path


def experiment_on(folder: Path, *files: str) -> Path:
    rows = [f"{name},{label}" for name in files for label in ("a", "b")]
    (folder / "table.csv").write_text("\n".join(["file,label", *rows * 2]) + "\n", encoding="utf-8")
    (folder / "exp.yaml").write_text(EXPERIMENT, encoding="utf-8")
    return folder / "exp.yaml"


# ---- YAML ------------------------------------------------------------------------------------------


def merges(levels: int, wide: int = 9) -> str:
    lines = ["a0: &a0 {k: v}"]
    for i in range(1, levels):
        lines.append(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * wide)}]}}")
    return "\n".join(lines)


def test_merge_keys_do_not_multiply() -> None:
    text = merges(9)
    assert len(text) < 540
    tree = parse_yaml(text, "x")
    assert tree.value["a8"] == {"k": "v"}
    wide = "\n".join(["a: &a {" + ", ".join(f"k{i}: 1" for i in range(900)) + "}"] + [
        f"b{i}: {{<<: *a}}" for i in range(900)
    ])  # fmt: skip
    with pytest.raises(VoxError, match="too large when its aliases are written out"):
        parse_yaml(wide, "x")


def test_merges_as_yaml_has_them() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 9}\nd: {<<: *a}\n"
    assert parse_yaml(text, "x").value["c"] == {"x": 9, "y": 2, "z": 4}
    assert parse_yaml(text, "x").value["d"] == {"x": 1, "y": 2}
    for wrong in ("a: {<<: 3}", "a: {<<: [1]}", "a: &a {<<: *a}", "a: {x: 1, x: 2}", "[[1]: 2]"):
        with pytest.raises(VoxError, match="x:1"):
            parse_yaml(wrong, "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: " + "[" * 3000, "nested|not valid"),
        ("a: " + "[" * 41 + "]" * 41, "nested deeper than 40"),
        ("seed: " + "9" * 5000, "a number of 5000 digits"),
        ("seed: 0x" + "f" * 5000, "a number of 5002 digits"),
        ('a: "b\\0c"', "cannot be read"),
        ('a: "b\\ud800c"', "cannot be read|not valid"),
        ('"a\\x1b": 1', "cannot be read"),
        ("a: &a [*a]", "contains itself"),
        ("\n".join(["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]"] + [
            f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]" for i in range(9)
        ]), "too large"),
        ("a: !!python/object/apply:os.system [x]", "not allowed|cannot read"),
    ],
)  # fmt: skip
def test_yaml_that_asks_for_much(text: str, said: str) -> None:
    with pytest.raises(VoxError, match=said):
        parse_yaml(text, "x")


# ---- what is no file -------------------------------------------------------------------------------


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    pipe, folder, link = tmp_path / "pipe", tmp_path / "folder", tmp_path / "link"
    os.mkfifo(pipe)
    folder.mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    link.symlink_to(tmp_path / "file")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for path, kind in (
            (pipe, "named pipe"),
            (folder, "folder"),
            (tmp_path / "socket", "socket"),
            (Path("/dev/zero"), "device"),
            (tmp_path / "a\0b", "no name"),
            (tmp_path / "missing", "No such file"),
        ):
            with pytest.raises(OSError, match=kind):
                check_regular(path)
            with pytest.raises(OSError, match=kind):
                read_bytes(path, 10)
    assert read_text(link, 10) == "x"
    (tmp_path / "file").write_bytes(b"x" * 11)
    with pytest.raises(OSError, match="larger than"):
        read_bytes(link, 10)
    with pytest.raises(OSError, match="larger than"):
        read_bytes("/proc/self/maps", 10)  # says that it has no bytes
    (tmp_path / "file").write_bytes(b"ab\xff")
    with pytest.raises(OSError, match="no valid UTF-8: byte 2"):
        read_text(link, 10)


def test_a_log_into_a_pipe_needs_a_reader(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="nobody reads"):
        open_log(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with open_log(pipe) as log:
        log.write("a\n")
    assert os.read(reader, 9) == b"a\n"
    os.close(reader)
    with pytest.raises(OSError, match="no name"):
        open_log(tmp_path / "a\0b")


def test_a_pipe_in_the_place_of_every_input(tmp_path: Path) -> None:
    """No command waits for it."""
    for name in ("exp.yaml", "x.vxm", "x.tflite", "x.pack", "x.npy", "x.wav", "table.csv"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "sound.vxm").write_bytes(tiny_model())
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "exp.yaml").write_text(
        EXPERIMENT.replace("table.csv", "../table.csv"), encoding="utf-8"
    )
    for command in (
        ["data", "exp.yaml"],
        ["data", "."],
        ["data", "own/exp.yaml"],
        ["size", "x.vxm"],
        ["import-tflite", "x.tflite", "--out", "out"],
        ["boards", "add", "--pack", "x.pack", "--device", "x", "--out", "board"],
    ):
        done = confined(*command, folder=tmp_path)
        assert done.returncode == 1 and "Traceback" not in done.stderr, (command, done.stderr)
    with pytest.raises(VoxError, match="named pipe"):
        probe(tmp_path / "x.wav")
    with pytest.raises(VoxError, match="named pipe"):
        read_yaml(tmp_path / "exp.yaml")


# ---- sound -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [1, 999, 768_001, 0x7FFFFFFF])
def test_rates_that_no_recording_has(tmp_path: Path, rate: int) -> None:
    path = wav(tmp_path / "x.wav", rate)
    for read in (probe, lambda file: read_audio(file, 16000)):
        with pytest.raises(VoxError, match=r"a rate of .* Hz, not 1,000 to 768,000|cannot be read as audio"):
            read(path)


def test_a_small_file_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    with soundfile.SoundFile(path, "w", 16000, 1, "PCM_16") as sound:
        for _ in range(160):
            sound.write(np.zeros(1 << 21, np.int16))
    assert path.stat().st_size < 1 << 21
    with pytest.raises(VoxError, match="no recording is packed that tightly"):
        probe(path)
    done = confined("data", experiment_on(tmp_path, "x.flac"), folder=tmp_path)
    assert done.returncode == 1 and "packed that tightly" in done.stderr


def test_more_sound_than_is_held_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    rng = np.random.default_rng(1)
    with soundfile.SoundFile(path, "w", 16000, 1, "PCM_16") as sound:
        for _ in range(17):
            sound.write(np.resize(rng.integers(-9, 9, 1 << 14).astype(np.int16), 1 << 21))
    with pytest.raises(VoxError, match=r"2,228 s of sound in one piece; at most 2,097 s"):
        read_audio(path, 16000)
    assert len(read_audio(path, 16000, 2000.0, 2001.5)) == 24000
    with pytest.raises(VoxError, match="of sound in one piece"):  # at a high rate there is more of it
        read_audio(path, 48000, 0.0, 1000.0)


@pytest.mark.parametrize(("start", "end"), [(float("inf"), None), (1e300, None), (0.0, -1e300), (5.0, 4.0)])
def test_times_that_make_no_sound(tmp_path: Path, start: float, end: float | None) -> None:
    path = wav(tmp_path / "x.wav", 8000)
    with pytest.raises(VoxError, match="no sound from"):
        read_audio(path, 8000, start, end)
    assert len(read_audio(path, 8000, 0.0, float("inf"))) == 1000


def test_rows_that_repeat_a_long_file(tmp_path: Path) -> None:
    """Each row is small enough; all of them are more than the memory holds, and are read one by one."""
    for i in range(2):
        soundfile.write(tmp_path / f"{i}.wav", np.full(1 << 23, i + 1, np.int16), 16000)
    experiment_on(tmp_path)
    text = EXPERIMENT.replace("random, test_size: 50", "specified, split_column: split")
    (tmp_path / "exp.yaml").write_text(text, encoding="utf-8")
    rows = ["file,label,split"] + [
        f"{i % 2}.wav,{'ab'[i // 2 % 2]},{('train', 'test')[i % 2]}" for i in range(200)
    ]
    (tmp_path / "table.csv").write_text("\n".join(rows), encoding="utf-8")
    done = confined("train", "exp.yaml", folder=tmp_path, limit=3 << 30)
    # All of it was heard, 3.4 GB in a process of 3: nothing can be learned from constant samples.
    assert done.returncode == 1 and "rows to train on are equal" in done.stderr, done.stderr


# ---- tables ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"file,label\n" + b"," * 5_000_000, "5,000,001 separators|bytes in a line"),
        (b"file,label\n" + b"\n" * 2_000_001, "2,000,002 lines"),
        (b"file,label\nx," + b"y" * 1_100_000, "bytes in a line"),
        (b'file,label\nx,"' + b"y\n" * 200_000, "CSV table|quote"),
        (b"file,label\nx," + b"z" * 200_000, "field larger|CSV table|longer"),
        (b"\0" * 100, "binary"),
        (b"\xff\xfe" + b"\xff" * 99, "UTF|byte"),
    ],
)
def test_tables_that_ask_for_much(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(VoxError, match=said):
        read_table(path)


def test_a_table_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with path.open("wb") as file:
        file.truncate(limits.TABLE_BYTES + 1)
    with pytest.raises(VoxError, match="larger than 64 MiB"):
        read_table(path)


# ---- packs, JSON, trees ----------------------------------------------------------------------------


def pack(path: Path, description: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.pdsc", description)
    return path


HEAD = b"<package><vendor>V</vendor><name>N</name><devices><family Dfamily='f' Dvendor='v'>"
TAIL = b"</family></devices></package>"
DEVICE = (
    b"<device Dname='D'><processor Dcore='Cortex-M4'/>"
    b"<memory id='IROM1' start='0' size='0x10000'/>"
    b"<memory id='IRAM1' start='0x20000000' size='0x10000'/></device>"
)


@pytest.mark.parametrize(
    ("description", "said"),
    [
        (HEAD + b"<a/>" * 2_100_000 + TAIL, "too many elements"),
        (HEAD + DEVICE * 60_000 + TAIL, "too many devices"),
        (HEAD + b"<subFamily>" * 100 + b"</subFamily>" * 100 + TAIL, "too many elements"),
        (HEAD + b" " * (65 << 20) + TAIL, "larger than 64 MiB"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><package/>", "DOCTYPE"),
        (HEAD, "not well-formed"),
        (b"\xff\xfe<", "not well-formed"),
        (b"<?xml version='1.0' encoding='nonsense'?><package/>", "not well-formed"),
    ],
)
def test_packs_that_ask_for_much(tmp_path: Path, description: bytes, said: str) -> None:
    path = pack(tmp_path / "x.pack", description)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(VoxError, match=said):
        read_device(path, "D")


def test_large_descriptions_are_read_in_little_memory(tmp_path: Path) -> None:
    """As those in the field are: mostly conditions and components, which are not kept."""
    more = b"<components>" + b"<component Cclass='x'><files><file name='y'/></files></component>" * 400_000
    pack(tmp_path / "x.pack", HEAD + DEVICE + TAIL.replace(b"</package>", more + b"</components></package>"))
    assert read_device(tmp_path / "x.pack", "D").processor["Dcore"] == "Cortex-M4"


def test_archives_that_list_very_many_files(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.pack", HEAD + DEVICE + TAIL)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x05\x06")
    data[at + 12 : at + 16] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(data)
    with pytest.raises(VoxError, match="lists more than 200,000 files"):
        read_device(path, "D")


def test_json_that_asks_for_much() -> None:
    for text, said in (
        ("[" * 100_000, "nested"),
        ("9" * 5000, "digits|int"),
        ("[NaN]", "NaN"),
        ("x" * 99, "longer"),
    ):
        with pytest.raises(ValueError, match=said):
            parse_json(text, 98 if text[0] == "x" else 1 << 20)


def test_trees_whose_nodes_have_two_parents() -> None:
    """They would double level by level where they are written out."""
    depth = 60
    nodes = np.arange(depth, dtype=np.int64)
    below = np.where(nodes + 1 < depth, nodes + 1, LEAF)
    tree = StoredTree(np.zeros(depth, np.int64), nodes, below, below, 0, 0)
    trees = StoredTrees((tree,), 1, 2, (0, 0), (((0, 1),),), True, frozenset())
    with pytest.raises(VoxError, match="two parents"):
        inline_source("x", trees)


def test_limits_are_those_of_the_document() -> None:
    page = (firmware_root() / "docs" / "security.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\| `([A-Z_]+)` \| ([0-9,. to]+)", page, flags=re.MULTILINE))
    known = {
        name: getattr(limits, name) for name in dir(limits) if name.isupper() and name not in ("KIB", "MIB")
    }
    written = {
        name: " to ".join(f"{one:,}" for one in value) if isinstance(value, tuple) else f"{value:,}"
        for name, value in known.items()
    }
    assert {name: text.strip() for name, text in stated.items()} == written
