"""Classic models and autoencoders on emulated cores: the same scores and posteriors as on the host."""

from __future__ import annotations

import importlib.util
import shutil

import numpy as np
import pytest

from helpers.autoencoder import NETWORKS, random_detector, random_inputs
from helpers.classic_data import toy
from helpers.classic_program import KINDS, rows_of, single
from vox_embed.core import Model
from vox_embed.device.measure.bench import network_case, run_cases
from vox_embed.device.measure.machine import machine_of
from vox_embed.models.classic import ANOMALY, CLASSIC, NORMAL
from vox_embed.program.build import build_network
from vox_embed.program.classic import lower
from vox_embed.program.classic.tags import side_by_side
from vox_embed.program.program import Program

CORES = {
    "qemu-m0": "arm-none-eabi-gcc",
    "qemu-m4": "arm-none-eabi-gcc",
    "qemu-rv32": "riscv64-unknown-elf-gcc",
}
SMALL: dict[str, dict[str, object]] = {
    "forest": {"trees": 8},
    "extra_trees": {"trees": 8},
    "gradient_boosting": {"rounds": 4},
    "mlp": {"hidden": (13, 6), "epochs": 2},
}


@pytest.fixture(scope="module")
def cases() -> dict[str, tuple[Program, np.ndarray]]:
    """A program for every model of the list, and for every operator, with inputs."""
    rows = toy(4)
    X, y = rows.train[:300], rows.train_y[:300]
    found = {}
    for name, kind in CLASSIC.items():
        if name == "xgboost" and importlib.util.find_spec("xgboost") is None:
            continue
        estimator = kind(**SMALL.get(name, {}))  # type: ignore[arg-type]
        target = np.where(y == 3, ANOMALY, NORMAL) if kind.task == "anomaly" else y
        extremes = np.array([[-32768] * X.shape[1], [32767] * X.shape[1]], np.int16)
        inputs = np.concatenate([rows.test[:6], extremes])
        found[name] = (lower(estimator.fit(X, target), X), inputs)
    for kind_name in KINDS:
        for seed in range(4):
            program = single(kind_name, seed)
            found[f"{kind_name} {seed}"] = (program, rows_of(program, 4, seed))
    for name in ("forest", "svm"):
        kind = CLASSIC[name]
        parts = [kind(**SMALL.get(name, {})).fit(X, (y > place).astype(int)) for place in (0, 1, 2)]  # type: ignore[arg-type]
        tags = side_by_side([lower(part, X) for part in parts])
        found[f"tags {name}"] = (tags, np.concatenate([rows.test[:6], rows.train[:2]]))
    for network in NETWORKS:
        found[f"autoencoder {network}"] = (random_detector(network), random_inputs(6))
    return found


@pytest.mark.parametrize("core", CORES)
def test_device_computes_what_the_host_does(core: str, cases: dict[str, tuple[Program, np.ndarray]]) -> None:
    if shutil.which(CORES[core]) is None:
        pytest.skip(f"{CORES[core]} is missing")
    machine = machine_of(core)
    if shutil.which(machine.emulator) is None:
        pytest.skip(f"{machine.emulator} is missing")
    models = {name: build_network(program, {}) for name, (program, _) in cases.items()}
    printed = run_cases(machine, [network_case(models[name], rows) for name, (_, rows) in cases.items()])
    for i, (name, (_, rows)) in enumerate(cases.items()):
        values = printed.cases[i]
        assert values["status"] == [0], name
        expected = Model(models[name]).run(rows)
        np.testing.assert_array_equal(
            np.array(values["output"]).reshape(expected.shape), expected, err_msg=f"{core}: {name}"
        )
