"""Flash, RAM and stack of every emulated board's image, kept in tests/integration/reference_sizes.csv.

    python tools/reference_sizes.py            # builds the images and shows what has changed
    python tools/reference_sizes.py --write    # takes it over

Bytes of the image without a model, and the bound of its stack. They are those of one compiler: with another
one nothing is compared.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from vox_embed.device.boards import all_boards, project_folder
from vox_embed.device.measure.build import board_image
from vox_embed.device.measure.elf import Elf
from vox_embed.device.measure.machine import recipe_of
from vox_embed.device.measure.size import linked_sizes
from vox_embed.device.measure.stack import bound_of

KEPT = Path(__file__).resolve().parents[1] / "tests" / "integration" / "reference_sizes.csv"
ALLOWED = 0.01
"""Growth of a size, as a share."""
BOARDS = tuple(board.name for board in all_boards() if board.emulated and board.emulator_program != "native")


@dataclass(frozen=True)
class Reference:
    """Of a board's image, in bytes."""

    board: str
    compiler: str
    """Command and version, without the last number: what is mended in a compiler changes no sizes."""
    code: int
    """Functions."""
    constants: int
    """Tables, strings, vectors."""
    data: int
    """Initial values of variables, in flash and in RAM."""
    static: int
    """Variables of the program."""
    stack: int
    """Bound, interrupts included."""

    def grown(self, kept: Reference) -> list[str]:
        """What is more than 1 % above the kept figure, in words."""
        sizes = [f.name for f in fields(self) if f.type == "int"]
        return [
            f"{self.board}: {size} {getattr(kept, size):,} -> {getattr(self, size):,} bytes"
            for size in sizes
            if getattr(self, size) > (1 + ALLOWED) * getattr(kept, size)
        ]


def compiler_of(board: str) -> str:
    """What builds it here: command, major and minor version."""
    command = recipe_of(board).compiler + "gcc"
    done = subprocess.run([command, "-dumpfullversion"], capture_output=True, text=True, check=True)
    found = re.match(r"\d+\.\d+", done.stdout)
    return f"{command} {found[0] if found else done.stdout.strip()}"


def measure(board: str, model: bytes) -> Reference:
    """Build the image with this model and measure all but the model."""
    recipe = recipe_of(board)
    with board_image(project_folder(), board, model, recipe.compiler) as built:
        flash, ram = linked_sizes(Elf(built.elf))
        stack = bound_of(built, recipe).total
    return Reference(board, compiler_of(board), flash.code, flash.constants, flash.data, ram.static, stack)


def read_kept(path: Path = KEPT) -> dict[str, Reference]:
    """Board -> what is kept."""
    with path.open(newline="") as file:
        rows = [
            Reference(r.pop("board"), r.pop("compiler"), **{k: int(v) for k, v in r.items()})
            for r in csv.DictReader(file)
        ]
    return {row.board: row for row in rows}


def write(rows: list[Reference], path: Path = KEPT) -> None:
    """The table anew."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Reference)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def main() -> int:
    """1 where something has grown and is not taken over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    from helpers.tiny_model import tiny_model

    arguments = parser.parse_args()
    rows = [measure(board, tiny_model("every_op")) for board in BOARDS]
    kept = read_kept() if KEPT.exists() else {}
    grown = [line for row in rows if row.board in kept for line in row.grown(kept[row.board])]
    if arguments.write:
        write(rows)
    for row in rows:
        print(*(getattr(row, f.name) for f in fields(row)), sep=",")
    print("\n".join(grown))
    return 1 if grown and not arguments.write else 0


if __name__ == "__main__":
    sys.exit(main())
