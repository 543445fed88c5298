"""A command of vox-embed in a process that may have so much memory; what it took.

    python bench/scale/run.py --gb 4 train FOLDER/exp-classic.yaml

The limit is the system's own (RLIMIT_AS, every address that the process has, or with --data RLIMIT_DATA, all
that it writes to). Told are its largest resident size, the time, and hours of sound a second.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--gb", type=float, default=4.0)
    parser.add_argument("--data", action="store_true")
    parser.add_argument("--hours", type=float, default=100.0)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    kind = resource.RLIMIT_DATA if asked.data else resource.RLIMIT_AS
    most = round(asked.gb * 1e9)
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "vox_embed", *asked.command],
        preexec_fn=lambda: resource.setrlimit(kind, (most, most)),
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        check=False,
    )
    spent = time.monotonic() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"limit {asked.gb:g} GB; largest resident size {used.ru_maxrss * 1024 / 1e9:.2f} GB; {spent:.0f} s, "
        f"{used.ru_utime + used.ru_stime:.0f} s of processor; {asked.hours / spent:.3f} hours a second"
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
