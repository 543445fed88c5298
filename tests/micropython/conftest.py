"""MicroPython's ports, one parametrised suite over every architecture's native module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from helpers.micropython import M7, MODULES, PORTS, RV32, UNIX, Port, Run, run_script
from vox_embed.core import Model
from vox_embed.device.boards import project_folder

SAMPLED = (
    (UNIX, "x64"),
    (M7, "armv6m"),
    (M7, "armv6m-lite"),
    (M7, "armv7m"),
    (M7, "armv7emsp"),
    (M7, "armv7emdp"),
    (RV32, "rv32imc"),
)
"""The M7 loads every Arm module; --full adds the ports of their own cores."""
PAIRS = [(port, architecture) for port in PORTS for architecture in port.architectures]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "module" in metafunc.fixturenames:
        pairs = PAIRS if metafunc.config.getoption("--full") else SAMPLED
        metafunc.parametrize(
            "module",
            [
                pytest.param(
                    pair, id=f"{pair[0].name}-{pair[1]}", marks=pytest.mark.xdist_group(pair[0].name)
                )
                for pair in pairs
            ],
            indirect=True,
        )


@pytest.fixture
def module(request: pytest.FixtureRequest) -> Run:
    """Runs a script where `import vox` finds the module under test."""
    port: Port
    port, architecture = request.param
    lacking = port.missing()
    if lacking is not None:
        pytest.skip(f"MicroPython for {port.name} cannot be built and run: {lacking}")
    vox = (MODULES / f"vox-{architecture}.mpy").read_bytes()

    def run(script: str, files: Mapping[str, bytes]) -> str:
        return run_script(port, script, {"vox.mpy": vox, **files})

    return run


@pytest.fixture(scope="session")
def digits() -> bytes:
    return (project_folder() / "models" / "digits" / "model.vxm").read_bytes()


@pytest.fixture(scope="session")
def spoken_digits(vox_data: Path, digits: bytes) -> Callable[[int], list[NDArray[np.int16]]]:
    """A function that reads so many recordings, spread over speakers and words."""
    files = sorted((vox_data / "fsdd").rglob("*.flac"))
    assert files
    rate = Model(digits).sample_rate

    def read(count: int) -> list[NDArray[np.int16]]:
        clips = []
        for i in range(count):
            samples, found = soundfile.read(files[i * len(files) // count], dtype="int16")
            assert found == rate
            clips.append(samples)
        return clips

    return read
