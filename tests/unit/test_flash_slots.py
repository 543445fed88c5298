"""Pushed models in flash, the power failing at every write: each family's code on a simulated NOR flash."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HAL, NOR = ROOT / "firmware" / "hal", ROOT / "tests" / "helpers" / "nor"
WARNINGS = "-Wall -Wextra -Wconversion -Wno-clobbered -Werror"
OPTIONS = f"-O2 -g {WARNINGS} -fsanitize=address,undefined -fno-sanitize-recover"
FAMILIES = {  # flags, bytes of the chip, the fewest cuts that must have been tried, and of those in starts
    "rp2040": ([f"-I{NOR}/rp2040", "-DVOX_SLOT_BYTES=8192u", "-DVOX_FLASH_BYTES=24576u"], 24576, (1000, 20)),
    "microbit": (["-include", f"{NOR}/microbit/registers.h", "-DVOX_SLOT_BYTES=2048u"], 6144, (4000, 20)),
}


def test_every_family_with_flash_slots_is_here() -> None:
    assert {path.parent.name for path in HAL.glob("*/flash.c")} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_power_fails_at_every_write(family: str, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    flags, size, least = FAMILIES[family]
    driver, chip = tmp_path / "driver", tmp_path / "nor.o"
    compiler = ["gcc", "-std=c11", *OPTIONS.split(), f"-DNOR_BYTES={size}", f"-I{NOR}"]
    folders = [HAL / family, HAL, ROOT / "firmware/app", ROOT / "firmware/vox/include"]
    sources = [ROOT / "tests/unit/flash_slots_driver.c", ROOT / "firmware/vox/src/format/crc32.c"]
    for command in (
        [*compiler, "-c", f"{NOR}/nor.c", "-o", str(chip)],
        [*compiler, *(f"-I{f}" for f in folders), *flags, *map(str, sources), str(chip), "-o", str(driver)],
    ):
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr
    done = subprocess.run([driver], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    tried = json.loads(done.stdout)
    assert (tried["cuts"] >= least[0], tried["start_cuts"] >= least[1]) == (True, True), tried
