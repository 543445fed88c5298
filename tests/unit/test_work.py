"""Work: what a model takes is known when it is opened, and bounded; a device at work is not deaf."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers import classic_program, random_program, wide_program
from helpers.c_program import ROOT, compile_board_driver
from helpers.tiny_model import FEATURES, tiny_model, tiny_network
from vox_embed.core import CoreError, Model
from vox_embed.device.boards import find_board
from vox_embed.device.measure.bench import Case, benchmark, listener_case, network_case, run_cases, voice
from vox_embed.device.measure.layers import input_type
from vox_embed.device.measure.machine import emulated_cores, machine_of
from vox_embed.device.measure.share import estimated_share
from vox_embed.program.build import build_network
from vox_embed.program.ops import Dense, Tensor
from vox_embed.program.program import Program
from vox_embed.program.vxm import write_container
from vox_embed.spec.model_format import MAX_OP_WORK, MAX_WORK_RATE
from vox_embed.spec.status import Status

MODELS = sorted((ROOT / "models").glob("*/model.vxm"))
MOST = {"m0plus": 16, "m4": 9}
"""Instructions that a unit of work takes at most, in programs and front ends of every kind."""
_CALL = 600
"""Instructions of a call of an operator, before its first row."""


def rate(data: bytes) -> float:
    """Work of a second of sound."""
    model = Model(data)
    return (model.frame_work + model.work / model.stride_frames) * model.sample_rate / model.hop


def status_of(data: bytes) -> int:
    with pytest.raises(CoreError) as caught:
        Model(data)
    return int(caught.value.args[0])


def test_kept_models_are_far_from_the_limit() -> None:
    assert len(MODELS) >= 4
    for path in MODELS:
        assert 0 < rate(path.read_bytes()) < MAX_WORK_RATE / 8, path


def test_more_than_the_limit_a_second_is_refused() -> None:
    heavy = tiny_model("deep", stride=1)
    assert MAX_WORK_RATE / 8 < rate(heavy) <= MAX_WORK_RATE
    at_once = replace(FEATURES, hop=20)
    assert status_of(tiny_model("deep", stride=1, features=at_once)) == Status.ERR_WORK
    assert rate(tiny_model("deep", stride=4, features=at_once)) <= MAX_WORK_RATE
    labels = [f"label {i}" for i in range(96)]
    busy = {"labels": labels, "history": 64, "stride": 1, "features": replace(FEATURES, hop=1)}
    assert status_of(tiny_model("dense", stream="majority", **busy)) == Status.ERR_WORK


def dense(rows: int, positions: int, inputs: int) -> bytes:
    """One DENSE whose few weights are used over and over: a small file, a large amount of work."""
    program = random_program.single("dense", 1)
    op = next(op for op in program.ops if isinstance(op, Dense))
    weights = np.zeros((rows, (inputs + 3) // 4 * 4), np.int8)
    affine = replace(
        op.affine,
        weights=weights,
        bias=np.zeros(rows, np.int32),
        multiplier=np.full(rows, 1 << 30, np.int32),
        shift=np.full(rows, -5, np.int8),
    )
    tensors = (
        Tensor("in", (1, 1, positions, inputs), 0.1, 0),
        Tensor("out", (1, 1, positions, rows), 0.1, 0),
    )
    op = replace(op, affine=affine, inputs_each=inputs, input=0, output=1)
    prog, weights_section = Program(tensors, (op,), 0, 1).sections()
    return write_container({"PROG": prog, "WGHT": weights_section})


def test_one_operator_is_short() -> None:
    rows, inputs = 64, 240
    most = MAX_OP_WORK // (rows * (inputs + 16))
    sound = dense(rows, most, inputs)
    assert len(sound) < 20_000
    assert MAX_OP_WORK <= Model(sound).work <= MAX_OP_WORK + 64
    assert status_of(dense(rows, most + 1, inputs)) == Status.ERR_WORK


@pytest.mark.parametrize("core", MOST)
def test_work_bounds_instructions(core: str) -> None:
    """What open says is what cores do: programs of every operator, windows and frames of every kind."""
    machine = emulated_cores()[core]
    for program in (f"{machine.compiler}gcc", machine.emulator):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    networks, listeners = _networks(), [tiny_model("conv"), tiny_model("every_op", stream="majority")]
    listeners += [path.read_bytes() for path in MODELS if path.parent.name in {"digits", "emodb"}]
    heard = [Model(data) for data in listeners]
    cases: list[Case] = list(networks)
    cases += [
        listener_case(data, voice(m.sample_rate, m.window + 20 * m.hop), 1)
        for data, m in zip(listeners, heard, strict=True)
    ]
    printed = run_cases(machine, cases)
    for i, case in enumerate(networks):
        work = Model(case.data).work
        assert printed.counts(i, "run_ticks")[0] <= MOST[core] * work + _CALL, (core, i)
    for i, model in enumerate(heard, len(networks)):
        assert max(printed.counts(i, "frame_ticks")) <= MOST[core] * model.frame_work
        assert printed.counts(i, "window_ticks")[0] <= MOST[core] * (model.work + model.frame_work)


@pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="QEMU is not installed")
@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="no compiler for Arm")
@pytest.mark.parametrize("board", ["qemu-m0", "qemu-m4"])
def test_the_share_of_real_time_is_known_beforehand(board: str) -> None:
    data = (ROOT / "models" / "digits" / "model.vxm").read_bytes()
    counted = benchmark(machine_of(board), data, runs=1).real_time_share
    said = estimated_share(Model(data), find_board(board))
    assert counted is not None
    assert said is not None
    assert counted / 2 < said.awake < counted * 2
    assert said.asleep is None
    assert estimated_share(Model(tiny_network()), find_board(board)) is None


def _networks() -> list[Case]:
    cases = []
    sources = (random_program, classic_program, wide_program)
    for source, kind in [(each, kind) for each in sources for kind in each.KINDS]:
        for seed in (1, 2):
            data = build_network(source.single(kind, seed), {})
            lowest, highest = np.iinfo(input_type(data)).min, np.iinfo(input_type(data)).max
            shape = (1, int(np.prod(Model(data).input_shape)))
            inputs = np.random.default_rng(seed).integers(lowest, highest + 1, shape, dtype=input_type(data))
            cases.append(network_case(data, inputs))
    return cases


def test_a_device_at_work_answers(tmp_path: Path) -> None:
    driver = compile_board_driver(Path(__file__).with_name("app_work_driver.c"), tmp_path)
    path = tmp_path / "model.vxm"
    path.write_bytes(tiny_model("every_op", stride=1, gate_level=0))
    done = subprocess.run([driver, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["places"] > 100
