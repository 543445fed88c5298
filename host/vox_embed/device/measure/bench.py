"""Exact counts in emulators: front-end frames, inferences, single operators, whole windows.

QEMU counts instructions, which are not cycles. Cortex-M counts are read from SysTick, so that they are exact
to a tick (ten instructions at 25 MHz and 4 ns each); RISC-V counts from minstret are exact. The RP2040's
emulator counts cycles, exactly but for the wait states of flash, which it has not.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Frontend, Model
from vox_embed.device.measure.compile import compile_program, need_machine, run_program
from vox_embed.device.measure.elf import Elf
from vox_embed.device.measure.layers import Layer, input_type, layers_of
from vox_embed.device.measure.machine import Machine
from vox_embed.experiment.errors import VoxError
from vox_embed.program.cascade import stages_of

_WINDOWS = 2


@dataclass(frozen=True)
class Case:
    """Something to measure. Made by the functions below."""

    kind: str
    data: bytes
    """A FRNT section, or a .vxm."""
    input: NDArray[Any]
    count: int
    """Samples; of a network, rows of input."""
    memory: int
    """Bytes of RAM that it works in."""
    windows: int = 0


def frontend_case(section: bytes, samples: NDArray[np.int16]) -> Case:
    """A front end over int16[n] samples; prints status, frame_ticks, level and feature."""
    return Case("FRONTEND", section, samples.astype(np.int16), len(samples), Frontend(section).memory)


def network_case(model: bytes, inputs: NDArray[np.integer[Any]]) -> Case:
    """A network over rows of its type [runs, values]; prints status, run_ticks, output and op_ticks."""
    return Case("NETWORK", model, inputs, len(inputs), Model(model).arena_size)


def listener_case(model: bytes, samples: NDArray[np.int16], windows: int = _WINDOWS) -> Case:
    """A model that hears, over a repeated sound; prints frame_ticks, window_ticks, gated, posterior."""
    return Case(
        "LISTENER", model, samples.astype(np.int16), len(samples), Model(model).listener_size, windows
    )


def stream_case(model: bytes, runs: int) -> Case:
    """A network that keeps state, over a stream of int8 that it makes itself (`stream.made_stream`).

    runs: a multiple of 16; prints status and 16 times digest_high, digest_low, a CRC-32 of all outputs.
    """
    return Case("STREAM", model, np.zeros(1, np.int8), runs, Model(model).arena_size)


@dataclass(frozen=True)
class Printed:
    """What the cases printed."""

    machine: Machine
    cases: list[dict[str, list[int]]]
    clock: int
    """Ticks that reading the clock takes itself."""
    flash: int
    """Bytes of the image without the cases' inputs."""

    def counts(self, case: int, name: str) -> list[int]:
        """The values of one name, from ticks to instructions or cycles (`machine.unit`)."""
        return [self.machine.counted(max(ticks - self.clock, 0)) for ticks in self.cases[case].get(name, [])]


def run_cases(
    machine: Machine, cases: Sequence[Case], extra: Sequence[str] = (), lists: str | None = None
) -> Printed:
    """One image with all cases, run in the emulator. Raises VoxError where it fails.

    extra: more compiler flags. lists: C text of the kernels and front ends in the image, instead of all.
    """
    need_machine(machine)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "cases.h").write_text(_header(cases))
        built = compile_program(machine, "bench", folder, extra, lists=lists)
        said = run_program(machine, built.elf)
        stored = sum(s.size for s in Elf(built.elf).sections if s.allocated and s.stored)
    printed: list[dict[str, list[int]]] = []
    clock = 0
    for line in said.splitlines():
        name, _, value = line.partition(" ")
        if name == "clock_ticks":
            clock = int(value)
        elif name == "case":
            printed.append({})
        elif printed and value.lstrip("-").isdigit():
            printed[-1].setdefault(name, []).append(int(value))
    if len(printed) != len(cases):
        raise VoxError(f"{machine.name}: the bench program stopped early: {said.strip()[-200:]}")
    return Printed(machine, printed, clock, stored - sum(case.input.nbytes for case in cases))


def _header(cases: Sequence[Case]) -> str:
    arrays: dict[bytes, str] = {}
    text, rows = "", []
    for i, case in enumerate(cases):
        if case.data not in arrays:
            arrays[case.data] = f"data_{i}"
            words = np.frombuffer(case.data + bytes(-len(case.data) % 4), "<u4")
            text += "__attribute__((aligned(8))) " + _array("uint32_t", f"data_{i}", words)
        kind = "int8_t" if case.input.dtype == np.int8 else "int16_t"
        text += _array(kind, f"input_{i}", case.input)
        rows.append(
            f"{{BENCH_{case.kind}, {arrays[case.data]}, {len(case.data)}u, input_{i}, {case.count}u, "
            f"{case.windows}u}}"
        )
    memory = max(8, *(_padded(case.memory) for case in cases))
    listed = ",\n    ".join(rows)
    return (
        f"{text}static const bench_case bench_cases[] = {{\n    {listed},\n}};\n"
        f"#define BENCH_MEMORY_BYTES {memory}u\n"
    )


def _array(kind: str, name: str, values: NDArray[Any]) -> str:
    return f"static const {kind} {name}[{values.size}] = {{{','.join(map(str, values.ravel().tolist()))}}};\n"


def _padded(size: int) -> int:
    return (size + 7) // 8 * 8


def voice(rate: int, count: int) -> NDArray[np.int16]:
    """Something like a vowel in noise, int16[count]."""
    t = np.arange(count) / rate
    noise = np.random.default_rng(1).normal(0.0, 0.01, count)
    sung = sum(np.sin(2 * np.pi * 120 * h * t) / h**1.3 for h in range(1, 40) if 240 * h < rate)
    samples: NDArray[np.int16] = np.round(9000 * (sung / 3 + noise)).astype(np.int16)
    return samples


@dataclass(frozen=True)
class MeasuredLayer:
    """One operator and what it took."""

    layer: Layer
    count: int

    @property
    def per_mac(self) -> float | None:
        """Instructions or cycles a multiply-accumulate; None for operators without weights."""
        return self.count / self.layer.macs if self.layer.macs else None


@dataclass(frozen=True)
class Benchmark:
    """What a model takes on a core, in instructions or cycles (`machine.unit`)."""

    machine: Machine
    per_frame: int | None
    """A feature frame, from samples to bands; None for a bare network."""
    per_inference: int
    """The network alone."""
    per_window: int | None
    """An analysis window: normalisation, network, decision; None for a bare network."""
    layers: tuple[MeasuredLayer, ...]
    same_as_host: bool
    """The network's outputs for random inputs equal the host's."""
    frames_per_window: int = 0
    """Frames from one window to the next."""
    frame_seconds: float = 0.0
    per_run: int = 0
    """Of a network that runs with the stream: normalisation and network for the frames that are new."""
    frames_per_run: int = 0
    wakers: tuple[Benchmark, ...] = ()
    """Of a cascade: the stage that wakes this one, the one that wakes that, ..., each by itself."""

    @property
    def per_second(self) -> float | None:
        """Of a stream that is never held back by the gate, nor asleep; None for a bare network."""
        alone = [stage.per_second_alone for stage in (self, *self.wakers)]
        if self.per_frame is None or alone[0] is None:
            return None
        frames = self.per_frame / self.frame_seconds  # the front end is there once
        return alone[0] + sum(each - frames for each in alone[1:] if each is not None)

    @property
    def per_second_alone(self) -> float | None:
        """Of a stream, without the stages that wake this one."""
        if self.per_frame is None or self.per_window is None:
            return None
        between = self.frames_per_window // self.frames_per_run - 1 if self.frames_per_run else 0
        work = self.per_window + between * self.per_run
        return (self.per_frame + work / self.frames_per_window) / self.frame_seconds

    @property
    def real_time_share(self) -> float | None:
        """A second's count over the board's clock: the share of time, if each instruction took one cycle."""
        each = self.per_second
        return None if each is None else each / (self.machine.clock_mhz * 1e6)


def benchmark(machine: Machine, data: bytes, *, runs: int = 2, extra: Sequence[str] = ()) -> Benchmark:
    """Measure a model; of a cascade each stage by itself, awake. data: a .vxm that opens.

    Raises VoxError where it cannot run on that machine.
    """
    last, *wakers = (_benchmark(machine, stage.data, runs, extra) for stage in stages_of(data))
    return replace(last, wakers=tuple(wakers))


def _benchmark(machine: Machine, data: bytes, runs: int, extra: Sequence[str]) -> Benchmark:
    model = Model(data)
    kind = input_type(data)
    limits = np.iinfo(kind)
    shape = (runs, int(np.prod(model.input_shape)))
    inputs = np.random.default_rng(1).integers(limits.min, limits.max + 1, shape, dtype=kind)
    cases = [network_case(data, inputs)]
    if model.hears:
        cases.append(listener_case(data, voice(model.sample_rate, model.window + 20 * model.hop)))
    printed = run_cases(machine, cases, extra)
    for case in printed.cases:
        status = [*case.get("status", [-1]), *case.get("listener_status", [])]
        if any(status):
            raise VoxError(f"{machine.name}: the device refuses the model (status {min(status)})")
    outputs = np.array(printed.cases[0]["output"]).reshape(runs, -1)
    ops = printed.counts(0, "op_ticks")
    frame = window = None
    inference = max(printed.counts(0, "run_ticks"))
    run = 0
    if model.hears:
        if all(printed.cases[1]["gated"]):
            raise VoxError(
                "the model's gate holds the test sound back, so that no window is run",
                "lower decision.gate_dbfs: it is above the level of loud speech",
            )
        frame, run = _frame_and_run(printed.counts(1, "frame_ticks"), inference, model.run_frames)
        window = max(printed.counts(1, "window_ticks")) - frame
    return Benchmark(
        machine=machine,
        per_frame=frame,
        per_inference=inference,
        per_window=window,
        layers=tuple(MeasuredLayer(*row) for row in zip(layers_of(data), ops, strict=True)),
        same_as_host=bool(np.array_equal(outputs, Model(data).run(inputs))),
        frames_per_window=model.stride_frames if model.hears else 0,
        frame_seconds=model.hop / model.sample_rate if model.hears else 0.0,
        per_run=run,
        frames_per_run=model.run_frames if model.hears else 0,
    )


def _frame_and_run(ticks: Sequence[int], inference: int, every: int) -> tuple[int, int]:
    """What a frame takes, and what a run of a network that runs every so many frames (0: for windows only)
    adds to it. ticks: of frames without a result; those of a network's first window have its runs in them."""
    if every == 0:
        return max(ticks), 0
    without = [one for one in ticks if one < min(ticks) + inference // 2]
    frame = max(without) if every > 1 else max(ticks) - inference
    return frame, max(ticks) - frame
