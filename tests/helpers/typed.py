"""The command line, as typed, in this process: quicker by what it takes to start one and to import all."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
from pathlib import Path
from unittest import mock

from vox_embed.cli.main import main


def typed(*arguments: str | Path, cwd: Path, **around: str) -> subprocess.CompletedProcess[str]:
    """`vox-embed` with these arguments, from a folder. around: of the environment."""
    words = list(map(str, arguments))
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.dict(os.environ, around),
    ):
        status = main(words)
    return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())
