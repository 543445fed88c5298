"""`vox-embed import-tflite`, as a user types it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tflite")

from helpers.typed import typed
from vox_embed.core import Model
from vox_embed.program.tflite import lower_tflite

NETWORKS = Path(__file__).resolve().parents[1] / "reference" / "data"


def vox_embed(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return typed(*arguments, cwd=cwd)


@pytest.mark.parametrize("name", ["cnn", "dscnn", "residual", "temporal"])
def test_import(tmp_path: Path, name: str) -> None:
    source = NETWORKS / f"{name}.tflite"
    done = vox_embed("import-tflite", source, "--out", "new/folder", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    data = (tmp_path / said["model"]).read_bytes()
    assert (tmp_path / "new" / "folder" / f"{name}.vxm").read_bytes() == data
    model, program = Model(data), lower_tflite(source)
    assert not model.hears
    assert (said["bytes"], said["crc32"], said["arena"]) == (len(data), f"{model.crc:08x}", model.arena_size)
    assert said["macs"] == program.macs == sum(row["macs"] for row in said["layers"])
    assert [row["op"] for row in said["layers"]] == [row.kind for row in program.describe()]
    assert tuple(said["input"]["shape"]) == model.input_shape
    assert json.loads(model.meta)["source"] == source.name
    rows = np.random.default_rng(0).integers(-128, 128, (4, int(np.prod(model.input_shape))), dtype=np.int8)
    assert len(np.unique(model.run(rows), axis=0)) > 1
    again = vox_embed("import-tflite", source, "--out", "again", cwd=tmp_path)
    assert again.returncode == 0
    assert f"{program.macs:,} MACs" in again.stdout
    assert (tmp_path / "again" / f"{name}.vxm").read_bytes() == data


def test_an_unsupported_operator_is_named_with_its_place(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    from helpers.tflite_writer import Network

    net = Network()
    first, second, third = (net.tensor((1, 4), 0.1) for _ in range(3))
    net.op("RELU", [first], second)
    net.op("FLOOR", [second], third)
    path = tmp_path / "odd.tflite"
    path.write_bytes(net.bytes(first, third))
    done = vox_embed("import-tflite", path, "--out", "out", cwd=tmp_path)
    assert done.returncode == 1
    assert "odd.tflite: op 1 `FLOOR` at tensor `t2` is not supported" in done.stderr
    assert "supported are" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\0\0\0\0TFL3" + bytes(40), b"RIFF" * 30])
def test_what_is_no_network(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tflite").write_bytes(content)
    done = vox_embed("import-tflite", "x.tflite", "--out", "out", cwd=tmp_path)
    assert done.returncode == 1
    assert "x.tflite" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_no_such_file_and_no_such_folder(tmp_path: Path) -> None:
    done = vox_embed("import-tflite", "x.tflite", "--out", "out", cwd=tmp_path)
    assert (done.returncode, "x.tflite" in done.stderr) == (1, True)
    (tmp_path / "out").write_text("a file")
    done = vox_embed("import-tflite", NETWORKS / "cnn.tflite", "--out", "out", cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "out" in done.stderr


def test_the_command_says_where_they_lie(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    from helpers.tflite_writer import Network

    net = Network()
    sources = [net.tensor((1, size), 0.1) for size in (3, 5)]
    results = [net.tensor((1, size), 0.1) for size in (3, 5)]
    for source, result in zip(sources, results, strict=True):
        net.op("RELU", [source], result)
    (tmp_path / "net.tflite").write_bytes(net.bytes(sources, results))
    done = vox_embed("import-tflite", "net.tflite", "--json", cwd=tmp_path)
    said = json.loads(done.stdout)
    assert [part["first"] for part in said["inputs"]] == [part["first"] for part in said["outputs"]] == [0, 3]
    assert said["inputs"][1]["shape"] == [1, 5]
    meta = json.loads(Model((tmp_path / "net.vxm").read_bytes()).meta)
    assert (meta["inputs"], meta["outputs"]) == (said["inputs"], said["outputs"])
    assert "inputs t0" in vox_embed("import-tflite", "net.tflite", cwd=tmp_path).stdout
