"""`vox-embed size` and `vox-embed bench`, as a user types them."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.tiny_model import FEATURES, LABELS, tiny_model, tiny_network, tiny_program
from helpers.typed import typed
from vox_embed.core import Model
from vox_embed.device.boards import find_board
from vox_embed.features import LogMel
from vox_embed.program.build import build_classifier
from vox_embed.program.ops import MaxPool, Window
from vox_embed.program.program import Program
from vox_embed.program.vxm import Decision, Normaliser

needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("arm-none-eabi-gcc", "qemu-system-arm", "cmake", "ninja"))),
    reason="arm-none-eabi-gcc, qemu-system-arm, cmake or ninja is missing",
)


def vox_embed(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return typed(*arguments, cwd=cwd)


def said(*arguments: str | Path, cwd: Path) -> dict[str, Any]:
    done = vox_embed(*arguments, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.vxm"
    path.write_bytes(tiny_model())
    return path


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "net.vxm"
    path.write_bytes(tiny_network())
    return path


@pytest.mark.parametrize("command", ["size", "bench", "import-tflite"])
def test_help_shows_an_example(tmp_path: Path, command: str) -> None:
    done = vox_embed(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert f"Example: vox-embed {command}" in done.stdout


@needs_tools
def test_size(tmp_path: Path, model: Path) -> None:
    found = said("size", "--target", "qemu-m4", "--model", model, cwd=tmp_path)
    core = Model(model.read_bytes())
    flash, ram = found["flash"], found["ram"]
    assert flash["model"] == core.size
    assert flash["code"] + flash["model"] == flash["total"]
    assert (ram["arena"], ram["listener"]) == (core.arena_size, core.listener_size)
    assert 500 < ram["stack"] < 1024 * 8
    assert 0 < ram["static"] < 8192
    assert said("size", model, cwd=tmp_path) == found

    shown = vox_embed("size", model, "--target", "qemu-m4", cwd=tmp_path)
    assert shown.returncode == 0
    for word in (f"{flash['total']:,} of 4,194,304 B", f"{ram['stack']:,} B", "constants", "deepest: "):
        assert word in shown.stdout
    share = found["estimated_real_time_share"]
    assert 0 < share < 1
    assert f"takes about {100 * share:.0f} % of real time on qemu-m4" in shown.stdout


def longest_window() -> bytes:
    """A model whose feature frames alone fill 256 kB of RAM."""
    frames, bands = 1024, 128
    features = LogMel(16000, 480, 160, 1024, bands, 20, 8000)
    small = tiny_program("dense", frames=8, bands=2)
    pool = MaxPool(0, 1, Window((frames // 8, bands // 2), (frames // 8, bands // 2)), (-128, 127))
    ops = [dataclasses.replace(op, input=op.input + 1, output=op.output + 1) for op in small.ops]
    wide = dataclasses.replace(small.input_tensor, shape=(1, frames, bands, 1))
    program = Program((wide, *small.tensors), (pool, *ops), 0, small.output + 1)
    flat = np.zeros(bands)
    return build_classifier(
        features=features,
        normaliser=Normaliser.from_statistics("mean", flat, flat + 900, wide.scale, wide.zero_point),
        program=program,
        labels=LABELS,
        decision=Decision(window=frames, stride=frames, labels=len(LABELS)),
        meta={"name": "long"},
    )


def test_size_refuses_what_does_not_fit(tmp_path: Path) -> None:
    model = longest_window()
    (tmp_path / "long.vxm").write_bytes(model)
    done = vox_embed("size", "long.vxm", "--target", "qemu-m4", "--json", cwd=tmp_path)
    more = Model(model).listener_size - 1024 * find_board("qemu-m4").arena_kb
    assert more > 0
    assert (done.returncode, done.stdout) == (1, "")
    assert f"long does not fit qemu-m4: running it takes {Model(model).listener_size:,} bytes" in done.stderr
    assert f"{more:,} more than" in done.stderr


@needs_tools
def test_bench(tmp_path: Path) -> None:
    model = tmp_path / "deep.vxm"
    model.write_bytes(tiny_model("deep", stride=1))
    found = said("bench", model, "--target", "qemu-m4", cwd=tmp_path)
    assert (found["target"], found["unit"], found["same_as_host"]) == ("qemu-m4", "instructions", True)
    assert [row["op"] for row in found["layers"]] == [
        *("conv_2d", "conv_2d", "conv_2d", "conv_2d", "average_pool", "dense", "softmax")
    ]
    for row in found["layers"]:
        assert row["instructions"] > 0
        assert row["per_mac"] is None or row["per_mac"] == pytest.approx(
            row["instructions"] / row["macs"], abs=1e-3
        )
    core = Model(model.read_bytes())
    each = found["per_frame"] + found["per_window"] / core.stride_frames
    share = each * FEATURES.sample_rate / FEATURES.hop / (found["clock_mhz"] * 1e6)
    assert found["real_time_share"] == pytest.approx(share, abs=1e-6)
    assert share > 1

    shown = vox_embed("bench", "--model", model, cwd=tmp_path)
    assert shown.returncode == 0
    assert f"{found['per_inference']:,}" in shown.stdout
    assert "not cycles" in shown.stdout
    assert shown.stderr == (
        f"takes {100 * share:.0f} % of real time on qemu-m4: more than there is; sound will be lost, "
        "and counted\n"
    )


@needs_tools
def test_bare_networks(tmp_path: Path, network: Path) -> None:
    bench = said("bench", network, "--target", "qemu-m4", cwd=tmp_path)
    assert (bench["per_frame"], bench["real_time_share"]) == (None, None)
    assert bench["per_inference"] > 0
    size = said("size", network, "--target", "qemu-m4", cwd=tmp_path)
    assert size["flash"]["model"] == len(network.read_bytes())
    assert size["ram"]["arena"] == Model(network.read_bytes()).arena_size


@pytest.mark.parametrize("command", ["size", "bench"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tiny.vxm", "--target", "qemu_m4"), "did you mean"),
        (("tiny.vxm", "--model", "tiny.vxm"), "two models are named"),
        (("cut.vxm",), "cut.vxm"),
        (("missing.vxm",), "no such model"),
        ((), "nothing has been trained"),
    ],
)
def test_mistakes(
    tmp_path: Path, model: Path, command: str, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "cut.vxm").write_bytes(model.read_bytes()[:99])
    done = vox_embed(command, *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_bench_needs_a_board_that_counts(tmp_path: Path, model: Path) -> None:
    done = vox_embed("bench", model, "--target", "native", cwd=tmp_path)
    assert done.returncode == 1
    assert "does not run in QEMU" in done.stderr
