"""vox_check: what is wrong with the board's vox.mpy, as a sentence."""

from __future__ import annotations

import pytest

from helpers.micropython import MODULES, UNIX, run_script
from vox_embed.device.boards import project_folder

SCRIPT = """
import vox_check
try:
    print(vox_check.load().version)
except ImportError as error:
    print(error)
"""


HERE = """
import os, sys
os.chdir(FOLDER)
sys.path[:] = ["", ".frozen", "/lib"]
import vox_check
print(vox_check.explain())
"""


def test_the_current_folder_comes_first() -> None:
    """An empty entry of sys.path, as boards have it, is the current folder and not the root."""
    lacking = UNIX.missing()
    if lacking is not None:
        pytest.skip(f"MicroPython for unix cannot be built: {lacking}")
    source = (project_folder() / "micropython" / "lib" / "vox_check.py").read_bytes()
    right = (MODULES / "vox-x64.mpy").read_bytes()
    assert run_script(UNIX, HERE, {"vox_check.py": source, "vox.mpy": right}).split() == ["None"]
    said = run_script(UNIX, HERE, {"vox_check.py": source, "vox.mpy": b"X" + right[1:]})
    assert said.startswith("vox.mpy is damaged")


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
