"""Networks that run with the stream: the bits of whole windows, and what cannot."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.stream_network import HEADS, LAYERS, Grower, network
from vox_embed.core import Model
from vox_embed.device.measure.bench import run_cases, stream_case
from vox_embed.device.measure.stream import digests, made_stream, printed_digests
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.ops import Conv2D, Window
from vox_embed.program.program import Program
from vox_embed.program.schedule import stream_program
from vox_embed.spec.model_format import OpCode

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "nn"))
import measure_network

RUNS = 60


def stream_of(
    program: Program, step: int, seed: int, runs: int = RUNS
) -> tuple[Program, NDArray[np.int8], NDArray[np.int8]]:
    """The stream program, its inputs, and the windows [n, frames * bands] at the end of its last n runs."""
    frames = program.input_tensor.shape[1]
    bands = program.input_tensor.elements // frames
    lead = -frames % step  # so that a run ends with the first window
    count = frames + runs * step
    sound = np.random.default_rng(seed).integers(-128, 128, (lead + count, bands), dtype=np.int8)
    sound[lead + count // 3 : lead + count // 2] = -128
    ends = range(lead + frames, len(sound) + 1, step)
    windows = np.stack([sound[end - frames : end].ravel() for end in ends])
    return stream_program(program, step), sound.reshape(-1, step * bands), windows


def both(program: Program, step: int, seed: int) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """What the stream program gives from the first whole window on, and the windows' own results."""
    made, sound, windows = stream_of(program, step, seed)
    streamed = Model(build_network(made, {})).run(sound)
    return streamed[-len(windows) :], Model(build_network(program, {})).run(windows)


def assert_equal_bits(program: Program, step: int, seed: int) -> None:
    streamed, windows = both(program, step, seed)
    np.testing.assert_array_equal(streamed, windows)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("seed", range(4))
def test_every_layer_gives_the_bits_of_whole_windows(kind: str, seed: int) -> None:
    rng = np.random.default_rng([seed, LAYERS.index(kind)])
    grower = Grower(rng, (int(rng.integers(20, 40)), int(rng.integers(1, 5)), int(rng.integers(1, 4))))
    grower.layer("conv")
    grower.layer(kind)
    through = len(grower.ops)
    grower.head("mean")
    program = grower.program()
    assert_equal_bits(program, grower.stride * int(rng.integers(1, 3)), seed)
    made = stream_program(program, grower.stride)
    needs_all = {op.output for op in made.ops if made.tensors[op.output].name.endswith("/whole")}
    assert not needs_all
    assert through == 1 or OpCode.WINDOW_MEAN in {op.code for op in made.ops}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("seed", range(6))
def test_every_end_gives_the_bits_of_whole_windows(head: str, seed: int) -> None:
    program, stride = network(seed, 1, head)
    assert_equal_bits(program, stride, seed)


@pytest.mark.parametrize("seed", range(150))
def test_random_networks_give_the_bits_of_whole_windows(seed: int) -> None:
    program, stride = network(seed)
    rng = np.random.default_rng(seed)
    most = max(1, program.input_tensor.shape[1] // stride)
    assert_equal_bits(program, stride * int(rng.integers(1, min(3, most) + 1)), seed)


def test_results_are_not_all_the_same() -> None:
    """Else equal bits would prove nothing."""
    varied = 0
    for seed in range(20):
        program, stride = network(seed)
        varied += len(np.unique(both(program, stride, seed)[0], axis=0)) > 5
    assert varied >= 10


def grown(kernel: int, stride: int) -> Grower:
    grower = Grower(np.random.default_rng(1), (20, 3, 1))
    window = Window((kernel, 3), (stride, 1), (0, 1))
    grower.slide("conv", window, ((20 - kernel) // stride + 1, 3))
    return grower


def test_work_and_memory_shrink() -> None:
    grower = grown(5, 2)
    grower.layer("depthwise")
    grower.head("average")
    program = grower.program()
    made = stream_program(program, 2)
    assert made.macs * 4 < program.macs
    assert made.input_tensor.shape == (1, 2, 3, 1)


def test_layers_that_pad_in_time_are_refused_by_name() -> None:
    grower = grown(3, 1)
    conv = grower.ops[0]
    assert isinstance(conv, Conv2D)
    ahead = replace(conv, window=replace(conv.window, pad=(1, 1)))
    with pytest.raises(VoxError, match=r"conv_2d `t1` is padded in time"):
        stream_program(replace(grower.program(), ops=(ahead,)), 1)


def test_strides_that_do_not_fit_are_refused_by_name() -> None:
    grower = grown(5, 2)
    grower.head("mean")
    with pytest.raises(VoxError, match=r"conv_2d `t1` has a stride of 2 in time, and 3 rows arrive"):
        stream_program(grower.program(), 3)


def test_networks_that_need_the_whole_window_at_once_are_refused() -> None:
    grower = Grower(np.random.default_rng(1), (20, 3, 1))
    grower.head("dense")
    with pytest.raises(VoxError, match=r"no layer can run .*: dense `t1` needs the whole window"):
        stream_program(grower.program(), 1)
    with pytest.raises(VoxError, match="keeps state already"):
        stream_program(stream_program(network(1)[0], network(1)[1]), 1)


@pytest.mark.parametrize("core", ["m0plus", "m4", "m55", "rv32"])
def test_devices_run_with_the_stream_as_the_host_does(core: str) -> None:
    machine = measure_network.CORES[core]
    for tool in (f"{machine.compiler}gcc", machine.emulator):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing")
    cases, windows = [], []
    for seed in range(len(HEADS)):
        program, stride = network(seed)
        made, sound, last = stream_of(program, stride, seed, 15)
        cases.append((made, sound))
        windows.append(Model(build_network(program, {})).run(last))
    measured = measure_network.measure(machine, cases, ())
    for seed, (one, expected) in enumerate(zip(measured, windows, strict=True)):
        got = np.asarray(one.outputs)[-len(expected) :]
        np.testing.assert_array_equal(got, expected, err_msg=f"network {seed}")


def long_programs() -> list[tuple[str, Program, int]]:
    """Every layer and every end."""
    made = []
    for kind in LAYERS:
        grower = Grower(np.random.default_rng(LAYERS.index(kind)), (24, 3, 2))
        grower.layer("conv")
        grower.layer(kind)
        grower.head("mean")
        made.append((kind, grower.program(), grower.stride))
    return made + [(head, *network(seed, 1, head)) for seed, head in enumerate(HEADS)]


@pytest.mark.parametrize("core", ["m0plus", "m4", "m55", "rv32"])
def test_long_streams_give_the_bits_of_whole_windows_everywhere(core: str, full: bool) -> None:
    """The host's stream against windows, the device's against the host's; --full: 10^5 runs of each."""
    machine = measure_network.CORES[core]
    for tool in (f"{machine.compiler}gcc", machine.emulator):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing")
    programs = long_programs()
    runs = 100_000 if full else 160
    streams = [build_network(stream_program(program, step), {}) for _, program, step in programs]
    printed = run_cases(machine, [stream_case(data, runs) for data in streams])
    for (name, program, step), data, said in zip(programs, streams, printed.cases, strict=True):
        assert said["status"] == [0]
        assert printed_digests(said) == digests(Model(data), runs), name
        if core == "m4":
            _assert_windows_alike(program, step, data, runs)


def _assert_windows_alike(program: Program, step: int, data: bytes, runs: int) -> None:
    frames = program.input_tensor.shape[1]
    bands = program.input_tensor.elements // frames
    sound = made_stream(runs, step * bands)
    streamed = Model(data).run(sound)
    windows = np.lib.stride_tricks.sliding_window_view(sound.ravel(), frames * bands)
    lead = -frames % step  # the first window ends with a run
    first = (lead + frames) // step - 1
    whole = Model(build_network(program, {}))
    for start in range(first, runs, 4096):
        ends = np.arange(start, min(start + 4096, runs))
        chosen = windows[((ends + 1) * step - frames) * bands]
        np.testing.assert_array_equal(streamed[ends], whole.run(np.ascontiguousarray(chosen)))
