"""Kernels of 16-bit activations against the specification in Python integers, here and on emulated cores."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.wide_program import KINDS, chain, inputs_of, run_slowly, single
from vox_embed.core import Model
from vox_embed.program.build import build_network

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "nn"))
import measure_network


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(30))
def test_kernel_computes_the_specification(kind: str, seed: int) -> None:
    program = single(kind, seed)
    inputs = inputs_of(program, 4, seed)
    got = Model(build_network(program, {})).run(inputs)
    np.testing.assert_array_equal(got, run_slowly(program, inputs))


@pytest.mark.parametrize("seed", range(40))
def test_chain_computes_the_specification(seed: int) -> None:
    """The memory plan lays tensors over each other: nothing may be overwritten that is still needed."""
    program = chain(seed)
    inputs = inputs_of(program, 3, seed)
    got = Model(build_network(program, {})).run(inputs)
    np.testing.assert_array_equal(got, run_slowly(program, inputs))


@pytest.mark.parametrize(
    ("core", "flags"),
    [("m4", ()), ("m4", ("-Os",)), ("rv32", ()), ("m0plus", ()), ("m0plus", ("-Os",)), ("m55", ())],
    ids=lambda value: value if isinstance(value, str) else " ".join(value) or "-O2",
)
def test_device_computes_what_the_host_does(core: str, flags: tuple[str, ...]) -> None:
    machine = measure_network.CORES[core]
    for tool in (f"{machine.compiler}gcc", machine.emulator):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing")
    programs = [single(kind, seed) for kind in KINDS for seed in range(8)] + [
        chain(seed) for seed in range(8)
    ]
    inputs = [inputs_of(p, 2, i) for i, p in enumerate(programs)]
    measured = measure_network.measure(machine, list(zip(programs, inputs, strict=True)), flags)
    for i, (program, rows) in enumerate(zip(programs, inputs, strict=True)):
        expected = Model(build_network(program, {})).run(rows)
        np.testing.assert_array_equal(measured[i].outputs, expected, err_msg=f"program {i}")
