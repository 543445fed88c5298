"""Counters that wrap, 497 days into a stream: nothing but the numbers changes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from helpers.c_program import compile_board_driver, compile_library_driver
from helpers.tiny_model import DESCRIPTORS, tiny_model
from vox_embed.features.logmel import LogMel

SMALL = LogMel(sample_rate=8000, window=64, hop=32, fft_size=64, bands=4, fmin=300.0, fmax=3800.0)
MODELS = {
    "log-mel": {"kind": "conv"},
    "descriptors": {"kind": "dense", "features": DESCRIPTORS},
    "majority": {"kind": "dense", "features": SMALL, "stream": "majority", "stride": 7},
    "exponential": {"kind": "dense", "features": SMALL, "stream": "exponential"},
    "functionals": {"features": SMALL, "functionals": ("mean", "p80", "slope"), "window": 17, "stride": 3},
    "long functionals": {"features": SMALL, "functionals": ("std", "segments"), "window": 100, "stride": 34},
    "one at a time": {"features": SMALL, "functionals": ("mean", "max"), "window": 50, "stride": 50},
}


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_library_driver(Path(__file__).with_name("wrap_driver.c"), tmp_path_factory.mktemp("wrap"))


def test_a_stream_goes_on_across_every_wrap(driver: Path, tmp_path: Path) -> None:
    events = 0
    for name, arguments in MODELS.items():
        path = tmp_path / "model.vxm"
        path.write_bytes(tiny_model(**arguments, threshold_on=0.36, threshold_off=0.34))
        done = subprocess.run([driver, path, "7"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        events += sum(json.loads(line)["events"] for line in done.stdout.splitlines())
    assert events > 50


def test_the_device_program_goes_on_across_every_wrap(tmp_path: Path) -> None:
    driver = compile_board_driver(Path(__file__).with_name("app_wrap_driver.c"), tmp_path)
    path = tmp_path / "model.vxm"
    path.write_bytes(tiny_model("dense"))
    done = subprocess.run([driver, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
