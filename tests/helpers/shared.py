"""What several tests need and one process makes: a build, a training."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of this test session that `make` has filled: once, however many processes of pytest-xdist ask.

    Tests read it and write elsewhere.
    """
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = base / "shared" / name, base / "shared" / f"{name}.done"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(done.with_suffix(".lock")):
        if not done.exists():
            make(folder)
            done.touch()
    return folder
