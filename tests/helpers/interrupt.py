"""Programs that Ctrl-C reaches, wherever the tests themselves run.

A shell starts background jobs with SIGINT ignored, and Python children of such a job would ignore it too.
"""

from __future__ import annotations

import sys

VOX_EMBED_WITH_CTRL_C = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from vox_embed.cli.main import run; run()",
]
"""`vox-embed`, as if started from a terminal; append its arguments."""
