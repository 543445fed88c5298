"""Every command on broken inputs: a sample here, all with --full, by hand with hostile_runs.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hostile_inputs import case

HERE = Path(__file__).resolve().parent
SAMPLE, ALL = 56, 1332


def test_the_same_number_is_the_same_case() -> None:
    """Whatever was made before it."""
    first = [case(number) for number in range(SAMPLE)]
    again = [case(number) for number in reversed(range(SAMPLE))][::-1]
    assert first == again
    assert len({one.name.split()[1] for one in first}) >= 10


def test_no_traceback_no_hang_no_hunger(full: bool) -> None:
    """In a process of its own, which forks: one that runs threads must not."""
    first, last = (0, ALL) if full else (ALL, ALL + SAMPLE)
    done = subprocess.run(
        [sys.executable, HERE / "hostile_runs.py", str(first), str(last)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{last - first} cases, faults {{}}" in done.stdout
