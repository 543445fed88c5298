"""Small models for the structured fuzzer to change:  python tests/fuzz/bases.py OUT_DIR

Every operator, front end, statistic, classic model and decision, state tensors, several of each.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.make_corpus import SMALL, models
from helpers import classic_program, random_program
from helpers.tiny_model import tiny_model
from vox_embed.features import Descriptors
from vox_embed.program.bands import in_bands
from vox_embed.program.build import build_network
from vox_embed.program.program import Program
from vox_embed.program.vxm import write_container
from vox_embed.spec.model_format import FUNCTIONALS

SEEDS = 4
VOICED = Descriptors(replace(SMALL, window=64, hop=64), ("f0", "loudness", "energy"))
LARGEST = 8192


def with_state(program: Program) -> bytes:
    """The program with its first inner tensor kept from run to run; as it lies, sound or not."""
    last = {program.input, program.output}
    first = next((i for i in range(len(program.tensors)) if i not in last), None)
    tensors = [replace(t, state=True) if i == first else t for i, t in enumerate(program.tensors)]
    prog, weights = replace(program, tensors=tuple(tensors)).sections()
    return write_container({"PROG": prog, "WGHT": weights})


def bases() -> dict[str, bytes]:
    """Name -> a .vxm."""
    made = dict(models())
    for seed in range(SEEDS):
        for kind in random_program.KINDS:
            made[f"{kind}_{seed}.vxm"] = build_network(random_program.single(kind, seed), {})
        for kind in classic_program.KINDS:
            made[f"classic_{kind}_{seed}.vxm"] = build_network(classic_program.single(kind, seed), {})
        chain = random_program.chain(seed)
        made[f"chain_{seed}.vxm"] = build_network(chain, {})
        made[f"bands_{seed}.vxm"] = build_network(in_bands(random_program.tall(seed)), {})
        made[f"state_{seed}.vxm"] = with_state(chain)
    names = tuple(FUNCTIONALS)
    for i in range(0, len(names), 4):
        made[f"statistics_{i}.vxm"] = tiny_model(
            features=SMALL, functionals=(*names[i : i + 4], "mean"), window=9, stride=3
        )
        made[f"voiced_{i}.vxm"] = tiny_model(
            features=VOICED, functionals=(*names[i : i + 4], "mean"), window=5, stride=2
        )
    made["gate.vxm"] = tiny_model("dense", features=SMALL, gate_level=0, stride=1, stream="majority")
    return {name: data for name, data in made.items() if len(data) <= LARGEST}


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name, data in bases().items():
        (out / name).write_bytes(data)


if __name__ == "__main__":
    main()
