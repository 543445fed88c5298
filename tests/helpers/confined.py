"""Code in a process of its own, of bounded memory: what takes more ends in a MemoryError there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LIMIT = 2 << 30
"""Bytes that a process may have."""
SECONDS = 60
"""After which a process hangs; far above what anything here takes, even on a busy machine."""

_PRELUDE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
from vox_embed.cli.main import run
sys.argv = ["vox-embed", *sys.argv[1:]]
run()
"""


def confined(
    *arguments: object, folder: Path, limit: int = LIMIT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`vox-embed` with these arguments, in a folder; TimeoutExpired where it hangs."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    places = {"VOX_RESULTS": str(folder / "results"), "VOX_CACHE": str(folder / "cache")}
    return subprocess.run(
        [sys.executable, "-c", _PRELUDE.format(limit=limit), *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **threads, **places, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS,
        check=False,
    )
