"""The session in the README as a picture: runs its commands in an empty folder, draws what a terminal shows.

python tools/record_session.py           # docs/images/session.svg
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

OUT = Path(__file__).parents[1] / "docs" / "images" / "session.svg"
WIDTH = 100
SESSION = (
    ("vox-embed example", 4),
    ("vox-embed train example/exp.yaml", 25),
    ("vox-embed verify results/example --target qemu-m4 --clips 10", 6),
    ("vox-embed monitor results/example --target qemu-m4 --duration 10", 12),
)
"""Commands, and how many lines of each are shown at most: the last ones."""
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""Nothing is loaded from elsewhere: the reader's own monospace font."""


def shown(command: str, most: int, folder: Path) -> list[str]:
    """The prompt, and what the command prints, without what a bar leaves behind."""
    around = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "VOX_CACHE": str(folder / "cache")}
    done = subprocess.run(
        command.split(),
        cwd=folder,
        env=around,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    lines = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
    cut = lines if len(lines) <= most else ["\x1b[2m...\x1b[0m", *lines[-most:]]
    return [f"\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m", *cut, ""]


def main() -> None:
    """Run and draw."""
    with tempfile.TemporaryDirectory() as made, Path(os.devnull).open("w") as nowhere:
        console = Console(
            record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="truecolor"
        )
        for command, most in SESSION:
            for line in shown(command, most, Path(made)):
                console.print(Text.from_ansi(line), soft_wrap=True)
        OUT.write_text(
            console.export_svg(title="vox-embed", theme=MONOKAI, code_format=FORMAT, unique_id="session"),
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
