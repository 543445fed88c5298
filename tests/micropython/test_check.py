"""vox_check: what is wrong with the board's vox.mpy, as a sentence."""

from __future__ import annotations

import pytest

from helpers.micropython import MODULES, UNIX, run_script

SCRIPT = """
import vox_check
try:
    print(vox_check.load().version)
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("armv6m", "vox.mpy is for armv6m, this board needs x64; export again"),
        ("abi", "vox.mpy has ABI 6.2, of MicroPython 1.23 and later; this one has 6.3"),
        ("damaged", "vox.mpy is damaged: copy it again"),
        ("missing", "there is no vox.mpy on this board: copy it with `mpremote cp`"),
        ("x64", "0."),
    ],
)
def test_a_sentence(name: str, said: str) -> None:
    lacking = UNIX.missing()
    if lacking is not None:
        pytest.skip(f"MicroPython for unix cannot be built: {lacking}")
    files = {"vox_check.mpy": (MODULES / "vox_check.mpy").read_bytes()}
    right = (MODULES / "vox-x64.mpy").read_bytes()
    if name == "abi":
        files["vox.mpy"] = right[:2] + bytes([right[2] & ~3 | 2]) + right[3:]
    elif name == "damaged":
        files["vox.mpy"] = b"X" + right[1:]
    elif name != "missing":
        files["vox.mpy"] = (MODULES / f"vox-{name}.mpy").read_bytes()
    assert run_script(UNIX, SCRIPT, files).startswith(said)
