"""The suite on a serial port, as on hardware: the PC program on a pseudo terminal stands for the board."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.mark.xdist_group("native")
@pytest.mark.usefixtures("emulated")
def test_suite_with_port(images: dict[str, Path]) -> None:
    board = subprocess.Popen([images["native"], "--pty"], stdout=subprocess.PIPE, text=True)
    try:
        assert board.stdout is not None
        name = board.stdout.readline().strip()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--port", name),
                *(str(TESTS / "test_boards.py"), str(TESTS / "test_device.py")),
                *(
                    "-k",
                    "features or statistics or kinds or hello or bad_line or bare_network or half_frames",
                ),
            ],
            cwd=TESTS.parent.parent,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "9 passed" in done.stdout
        assert board.poll() is None
    finally:
        board.kill()
        board.wait()
