"""How commands that hold a device end."""

from __future__ import annotations

import signal
import sys


def end_on_sigterm() -> None:
    """Let SIGTERM (`timeout 30 vox-embed ...`) end the program in order, so that no emulator stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
