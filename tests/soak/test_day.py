"""A simulated day of the device program: sound over a bad line, other models, failures of power.

See day.c. Half an hour each for some seeds; `--full` runs 24 hours. By hand, with what came of it:
python -m pytest -s --full tests/soak/test_day.py
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from helpers.c_program import compile_board_driver
from helpers.tiny_model import tiny_model
from vox_embed.features.logmel import LogMel

HERE = Path(__file__).resolve().parent
SANITIZERS = ("-g", "-O2", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-I{HERE}")
SHORT, DAY = 1800, 24 * 3600
HAPPENS = (
    *("taken", "lost", "given_up", "frames", "windows", "events", "verdicts", "live", "microphone", "clips"),
    *("runs", "pushes", "pushes_cut", "resets", "power_cuts", "cuts_in_writes", "resent", "harmed_down"),
    *("harmed_up", "missed", "statistics", "stalls", "overruns", "offset_wraps", "number_wraps"),
)
"""What no half hour does without."""
RARE = ("forgotten", "broken_windows", "clock_wraps")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    beside = [HERE / "line.c", HERE / "reference.c"]
    return compile_board_driver(HERE / "day.c", tmp_path_factory.mktemp("soak"), SANITIZERS, beside=beside)


def models() -> tuple[bytes, bytes]:
    """Two that hear events in noise and tones, with other front ends, networks and decisions."""
    first = LogMel(sample_rate=8000, window=256, hop=256, fft_size=256, bands=8, fmin=60.0, fmax=3800.0)
    second = LogMel(sample_rate=8000, window=400, hop=400, fft_size=512, bands=8, fmin=60.0, fmax=3800.0)
    on: dict[str, Any] = {"threshold_on": 0.36, "threshold_off": 0.34, "gate_level": 5000}
    return (
        tiny_model("dense", features=first, seed=3, stride=5, **on),
        tiny_model("conv", features=second, seed=4, stride=3, stream="majority", **on),
    )


def live(driver: Path, folder: Path, seed: int, seconds: int) -> dict[str, int]:
    paths = []
    for i, data in enumerate(models()):
        paths.append(folder / f"{i}.vxm")
        paths[-1].write_bytes(data)
    done = subprocess.run(
        [driver, str(seed), str(seconds), *paths], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found: dict[str, int] = json.loads(done.stdout)
    print("\n" + done.stdout)
    assert found["sent"] >= 8000 * seconds
    assert found["sent"] == found["taken"] + found["lost"] + found["given_up"]
    assert found["taken"] > 0.98 * found["sent"]
    assert [key for key in HAPPENS if found[key] == 0] == []
    assert found["heap"] == 0
    return found


def test_hours_of_sound(driver: Path, tmp_path: Path, full: bool) -> None:
    if full:
        found = live(driver, tmp_path, 1, DAY)
        assert all(found[key] > 0 for key in RARE)
        return
    days = [live(driver, tmp_path, seed, SHORT) for seed in (1, 2)]
    assert sum(day["broken_windows"] for day in days) > 0
