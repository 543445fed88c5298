"""The inputs of named_cases.py are refused, and say why."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from named_cases import named

HERE = Path(__file__).resolve().parent


def test_named_cases_are_refused() -> None:
    """In a process of its own, which forks: one that runs threads must not."""
    done = subprocess.run(
        [sys.executable, HERE / "named_cases.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": status 1, ") == len(named()) >= 15
