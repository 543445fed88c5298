"""lib/vox_link.py: the host's own session and `verify`, with MicroPython on the other side."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from helpers.micropython_link import served
from helpers.tiny_model import tiny_model
from vox_embed.core import Model
from vox_embed.device.material import NamedClip, random_tensors, synthetic_clips
from vox_embed.device.session import DeviceRefusedError, Session
from vox_embed.device.targets import open_port
from vox_embed.device.verify import verify, verify_network
from vox_embed.spec.link import Capability, ModelOrigin

FUZZ = Path(__file__).resolve().parents[1] / "fuzz" / "corpus" / "model"


@pytest.fixture
def built_in() -> bytes:
    return tiny_model("conv", seed=11)


@pytest.fixture
def address(tmp_path: Path, built_in: bytes) -> Iterator[str]:
    with served(tmp_path, built_in) as address:
        yield address


@pytest.fixture
def board(address: str) -> Iterator[Session]:
    with open_port(address, timeout=2.0) as session:
        yield session


def test_hello_labels_and_statistics(board: Session, built_in: bytes) -> None:
    hello = board.hello()
    model = Model(built_in)
    assert hello.board == "unix"
    assert hello.model_origin is ModelOrigin.BUILT_IN
    assert hello.capabilities == Capability.TAKE_MODEL
    assert (hello.model_crc, hello.model_size) == (model.crc, model.size)
    assert (hello.sample_rate, hello.bands) == (model.sample_rate, model.bands)
    assert board.labels() == list(model.labels)
    assert board.stats().link_errors == 0


def test_verify_computes_the_same_bits(board: Session, built_in: bytes) -> None:
    report = verify(board, built_in, synthetic_clips(Model(built_in), 14, 2))
    assert report.differences.total == 0, report.differences.first
    assert report.compared.windows > 20
    assert report.compared.events > 0


def test_a_pushed_model_takes_over(
    board: Session, digits: bytes, spoken_digits: Callable[[int], list[NDArray[np.int16]]]
) -> None:
    clips = [NamedClip(str(i), clip) for i, clip in enumerate(spoken_digits(6))]
    report = verify(board, digits, clips)
    assert report.differences.total == 0, report.differences.first
    assert board.hello().model_origin is ModelOrigin.PUSHED


def test_a_bare_network_runs_on_tensors(board: Session) -> None:
    data = (FUZZ / "network_conv.vxm").read_bytes()
    report = verify_network(board, data, random_tensors(Model(data), 5, 5))
    assert report.differences.total == 0, report.differences.first
    assert report.compared.clips == 5


def test_a_damaged_model_leaves_the_old_one(board: Session, built_in: bytes) -> None:
    broken = bytearray(tiny_model("dense", seed=1))
    broken[600] ^= 4
    with pytest.raises(DeviceRefusedError):
        board.push_model(bytes(broken))
    assert board.hello().model_crc == Model(built_in).crc
    assert verify(board, built_in, synthetic_clips(Model(built_in), 2, 1)).differences.total == 0


def test_noise_on_the_line_costs_frames_not_the_conversation(board: Session, built_in: bytes) -> None:
    with contextlib.suppress(Exception):
        board.link._port.write(bytes(np.random.default_rng(3).integers(0, 256, 3000, dtype=np.uint8)))
    report = verify(board, built_in, synthetic_clips(Model(built_in), 3, 1))
    assert report.differences.total == 0
    assert board.stats().link_errors > 0


def command(*arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "vox_embed.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_verify_as_a_user_types_it(address: str, tmp_path: Path) -> None:
    said = command("verify", tmp_path / "model.vxm", "--port", address, "--limit", 2)
    assert "unix computes the same bits: 0 differences" in said


def test_monitor_as_a_user_types_it(address: str, tmp_path: Path) -> None:
    rate = Model((tmp_path / "model.vxm").read_bytes()).sample_rate
    wav, log = tmp_path / "noise.wav", tmp_path / "heard.jsonl"
    soundfile.write(wav, np.random.default_rng(0).normal(0, 0.1, 2 * rate), rate)
    command("monitor", tmp_path / "model.vxm", "--port", address, "--wav", wav, "--log", log)
    heard = [json.loads(line) for line in log.read_text().splitlines()]
    assert sum(line["type"] == "result" for line in heard) > 5
