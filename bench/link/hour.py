"""An hour of sound, live, to an emulated board over a line that loses, flips, doubles and cuts.

python bench/link/hour.py [--board qemu-m4] [--seconds 3600] [--rate 2e-5] [--model models/digits/model.vxm]

Every window and event is compared with this computer's; every frame that the line spoiled has to be
counted by its receiver. Exit status 1 where something is amiss.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from vox_embed.device.boards import find_board, project_folder
from vox_embed.device.endurance import endure
from vox_embed.device.targets import build_image


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--board", default="qemu-m4")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--rate", type=float, default=2e-5, help="chance of each of four faults, a byte")
    parser.add_argument("--model", type=Path, default=project_folder() / "models/digits/model.vxm")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--image", type=Path)
    options = parser.parse_args()
    board = find_board(options.board)
    image = options.image or build_image(board)
    start = time.monotonic()

    def progress(seconds: float, differences: int) -> None:
        if round(seconds) % 60 == 0:
            print(f"{seconds:.0f} s heard in {time.monotonic() - start:.0f} s, {differences} differences")
            sys.stdout.flush()

    result = endure(
        board,
        image,
        options.model.read_bytes(),
        seconds=options.seconds,
        rate=options.rate,
        seed=options.seed,
        progress=progress,
    )
    print(json.dumps({**result.as_json(), "took_s": round(time.monotonic() - start, 1)}, indent=2))
    sys.exit(0 if result.ok else 1)


if __name__ == "__main__":
    main()
