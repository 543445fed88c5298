"""Damaged programs under sanitizers: refused, or harmless."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from helpers import classic_program, wide_program
from helpers.c_program import SANITIZERS, compile_library_driver
from helpers.random_program import KINDS, chain, single
from vox_embed.program.build import build_network

ROOT = Path(__file__).resolve().parents[2]
VARIANTS = {"plain": (), "split": ("-DVOX_NN_SPLIT_MULTIPLY",), "packed": ("-DVOX_NN_PACKED",)}


@pytest.fixture(scope="session", params=VARIANTS)
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    flags = (*SANITIZERS, *VARIANTS[request.param])
    folder = tmp_path_factory.mktemp("nn")
    return compile_library_driver(Path(__file__).with_name("nn_driver.c"), folder, flags, standard="c99")


@pytest.mark.parametrize("kind", [*KINDS, "chain", *classic_program.KINDS, *wide_program.KINDS, "wide_chain"])
def test_damaged_programs_do_no_harm(driver: Path, tmp_path: Path, kind: str) -> None:
    through = refused = 0
    for seed in range(3):
        if kind in classic_program.KINDS:
            program = classic_program.single(kind, seed)
        elif kind in wide_program.KINDS:
            program = wide_program.single(kind, seed)
        elif kind == "wide_chain":
            program = wide_program.chain(seed)
        else:
            program = chain(seed) if kind == "chain" else single(kind, seed)
        path = tmp_path / "model.vxm"
        path.write_bytes(build_network(program, {}))
        done = subprocess.run(
            [str(driver), str(path), "300", str(seed + 1)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        a, b = map(int, done.stdout.split())
        through, refused = through + a, refused + b
    assert through > 50, "hardly any damaged program was run"
    assert refused > 50, "hardly any damaged program was refused"
