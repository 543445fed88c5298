"""Models changed by one who knows the format: no finding, and every core says the same.

And messages to the device program.

`--full` tries five million models; `make fuzz` many more. By hand: tests/fuzz/build.sh build/fuzz;
python tests/fuzz/bases.py build/fuzz/bases; build/fuzz/structured 1 1000000 build/fuzz/bases/*.vxm
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fuzz.bases import bases
from helpers.shared import made_once
from vox_embed.core import Listener, Model
from vox_embed.device.measure.bench import Case, Printed, listener_case, network_case, run_cases, voice
from vox_embed.device.measure.layers import input_type
from vox_embed.device.measure.machine import emulated_cores
from vox_embed.spec.model_format import MAX_STAGES, FrontendKind, OpCode

HERE = Path(__file__).resolve().parent
CORES = ("m0plus", "m4", "rv32")


@pytest.fixture(scope="module")
def fuzzers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("clang") is None:
        pytest.skip("clang is not installed; `make setup` installs it")
    return made_once(tmp_path_factory, "structured", _build)


def _build(out: Path) -> None:
    subprocess.run([HERE / "build.sh", out, "structured", "structured_msan", "app"], check=True)
    (out / "bases").mkdir()
    for name, data in bases().items():
        (out / "bases" / name).write_bytes(data)


@pytest.fixture(scope="module")
def models(fuzzers: Path) -> list[Path]:
    return sorted((fuzzers / "bases").iterdir())


def fuzz(program: Path, *arguments: object) -> dict[str, Any]:
    done = subprocess.run(
        [program, *map(str, arguments)], cwd=program.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_no_model_breaks_it(fuzzers: Path, models: list[Path], full: bool) -> None:
    count = 5_000_000 if full else 100_000
    found = fuzz(fuzzers / "structured", 11, count, *models)
    assert found["mutants"] == count == found["accepted"] + sum(found["refused"].values())
    assert found["ran"] > count / 10
    assert {int(code) for code in found["ops"]} == {code.value for code in OpCode}
    assert {int(kind) for kind in found["kinds"]} == {kind.value for kind in FrontendKind}
    assert len(found["refused"]) >= 8
    assert {int(stages) for stages in found["stages"]} == set(range(1, MAX_STAGES + 1))
    assert min(found["stages"].values()) > count / 200
    assert min(found["woken"], found["asleep"]) > count / 50


def test_nothing_is_read_that_was_not_written(fuzzers: Path, models: list[Path], full: bool) -> None:
    found = fuzz(fuzzers / "structured_msan", 12, 1_000_000 if full else 10_000, *models)
    assert found["ran"] > 1000


def test_every_core_says_the_same(fuzzers: Path, models: list[Path], tmp_path: Path, full: bool) -> None:
    for turn in range(8 if full else 1):
        folder = tmp_path / str(turn)
        folder.mkdir()
        fuzz(fuzzers / "structured", 20 + turn, 20_000, "-k", folder, 100, *models)
        kept = [path.read_bytes() for path in sorted(folder.iterdir())]
        assert len(kept) == 100
        cases = [_case(data) for data in kept]
        for core in CORES:
            machine = emulated_cores()[core]
            for program in (f"{machine.compiler}gcc", machine.emulator):
                if shutil.which(program) is None:
                    pytest.skip(f"{program} is not installed")
            printed = run_cases(machine, cases)
            for i, (data, case) in enumerate(zip(kept, cases, strict=True)):
                assert _said(printed, i) == _host(data, case), (core, turn, i)


def _case(data: bytes) -> Case:
    model = Model(data)
    if model.hears:
        return listener_case(data, voice(model.sample_rate, 2048), 1)
    lowest, highest = np.iinfo(input_type(data)).min, np.iinfo(input_type(data)).max
    shape = (1, int(np.prod(model.input_shape)))
    inputs = np.random.default_rng(1).integers(lowest, highest + 1, shape, dtype=input_type(data))
    return network_case(data, inputs)


def _said(printed: Printed, case: int) -> list[int]:
    found = printed.cases[case]
    assert not any([*found["status"], *found.get("listener_status", [])])
    return [*found.get("gated", []), *found.get("posterior", []), *found.get("output", [])]


def _host(data: bytes, case: Case) -> list[int]:
    model = Model(data)
    if not model.hears:
        return [int(value) for value in model.run(case.input).ravel()]
    listener = Listener(model)
    while True:
        heard = listener.push(case.input)
        if len(heard.gated):
            return [int(heard.gated[0]), *map(int, heard.posteriors[0])]


def test_no_message_breaks_the_device_program(fuzzers: Path, models: list[Path], full: bool) -> None:
    found = fuzz(fuzzers / "app", 13, 2_000_000 if full else 40_000, *models)
    assert found["messages"] >= (2_000_000 if full else 40_000)
    assert found["pushed"] > 50
    assert found["results"] > 100
    assert found["outputs"] > 50
