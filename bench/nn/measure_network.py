"""Networks on emulated Cortex-M cores: instructions (exact), image size, outputs.

Needs arm-none-eabi-gcc and qemu-system-arm. "Instructions" are what they say, not cycles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.device.boards import project_folder
from vox_embed.device.measure.bench import network_case, run_cases
from vox_embed.device.measure.machine import Machine, emulated_cores
from vox_embed.export.c_sources import kernels_unit, library_sources
from vox_embed.program.build import build_network
from vox_embed.program.on_demand import op_codes
from vox_embed.program.program import Program

CORES = emulated_cores()


@dataclass(frozen=True)
class Measured:
    open: int
    """Instructions of vox_model_open."""
    runs: list[int]
    """Of each inference."""
    ops: list[int]
    """Of each op of one inference."""
    outputs: NDArray[np.int8]
    image: int
    """Bytes of flash: what an export of these networks links, all models, startup; without the inputs."""


def lists_of(models: Sequence[bytes]) -> str:
    """C text that lists the kernels of these models, as an export does; bare networks have no front end."""
    codes = frozenset[int]().union(*map(op_codes, models))
    sources = library_sources(project_folder(), codes, '#include "vox/nn.h"')
    return kernels_unit(sources.kernels, sources.frontends)


def measure(
    core: Machine, cases: Sequence[tuple[Program, NDArray[np.int8]]], extra: Sequence[str] = ()
) -> list[Measured]:
    """One image around all programs, run in QEMU. Each case: a program and its inputs, int8[runs, values].

    extra: more compiler flags, for the library and the bench alike.
    """
    models = [build_network(program, {}) for program, _ in cases]
    printed = run_cases(
        core,
        [network_case(model, inputs) for model, (_, inputs) in zip(models, cases, strict=True)],
        extra,
        lists_of(models),
    )
    results = []
    for i, (values, (_, inputs)) in enumerate(zip(printed.cases, cases, strict=True)):
        if values["status"] != [0]:
            raise RuntimeError(f"the device refused the model: {values['status']}")
        results.append(
            Measured(
                open=printed.counts(i, "open_ticks")[0],
                runs=printed.counts(i, "run_ticks"),
                ops=printed.counts(i, "op_ticks"),
                outputs=np.array(values["output"], np.int64).reshape(len(inputs), -1),
                image=printed.flash,
            )
        )
    return results
