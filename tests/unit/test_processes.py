"""Work in processes: a script without a guarded main, a process that is ended from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vox_embed.data.processes import in_processes
from vox_embed.experiment.errors import VoxError

SCRIPT = """\
from vox_embed.experiment.schema import Wakeword
from vox_embed.runs.detector import make_detector

settings = Wakeword(name="x", phrases=("hello there",), voices=4, spoken=4).quick()
make_detector(settings, jobs=2)
"""


def doubled(number: int) -> int:
    return 2 * number


def ended(number: int) -> int:
    if number == 3:
        os._exit(9)
    return number


def test_results_come_in_the_order_of_the_tasks() -> None:
    assert list(in_processes(doubled, range(20), 2, together=3)) == list(range(0, 40, 2))


def test_a_process_that_is_ended_is_told() -> None:
    with pytest.raises(VoxError) as error:
        list(in_processes(ended, range(8), 2))
    assert "ended before its work was done" in error.value.message


def test_a_script_that_its_own_processes_import_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={**os.environ, "VOX_CACHE": str(tmp_path / "cache" / "f"), "VOX_RESULTS": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode != 0
    assert "if __name__ == '__main__'" in done.stderr
    assert not (tmp_path / "x").exists()
