"""Small models for the structured fuzzer to change:  python tests/fuzz/bases.py OUT_DIR

Every operator, front end, statistic, classic model and decision, state tensors, several of each.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.make_corpus import SMALL, models
from helpers import classic_program, random_program, wide_program
from helpers.stream_classifier import network
from helpers.tiny_model import BANDS, LABELS, tiny_model
from vox_embed.features import Descriptors
from vox_embed.features.micro import Micro
from vox_embed.features.running import RunningMean
from vox_embed.program.bands import in_bands
from vox_embed.program.build import build_classifier, build_network
from vox_embed.program.cascade import Stage, build_cascade
from vox_embed.program.program import Program
from vox_embed.program.vxm import Decision, Normaliser, write_container
from vox_embed.spec.model_format import FUNCTIONALS

SEEDS = 4
VOICED = Descriptors(replace(SMALL, window=64, hop=64), ("f0", "loudness", "energy"))
EIGHT = replace(SMALL, bands=BANDS)
WINDOW = 9
LARGEST = 8192


def with_state(program: Program) -> bytes:
    """The program with its first inner tensor kept from run to run; as it lies, sound or not."""
    last = {program.input, program.output}
    first = next((i for i in range(len(program.tensors)) if i not in last), None)
    tensors = [replace(t, state=True) if i == first else t for i, t in enumerate(program.tensors)]
    prog, weights = replace(program, tensors=tuple(tensors)).sections()
    return write_container({"PROG": prog, "WGHT": weights})


def streaming(seed: int, *, running: bool = False) -> bytes:
    """A model that runs with the stream of eight bands."""
    program = network(seed, WINDOW, 2, stream=True)
    source = program.input_tensor
    mean = np.full(EIGHT.bands, 0.0 if running else 4000.0)
    kept = RunningMean(np.full(EIGHT.bands, 4000, np.int16), 5) if running else None
    kind = "running" if running else "none"
    deviation = np.full(EIGHT.bands, 900.0)
    norm = Normaliser.from_statistics(kind, mean, deviation, 0.03, source.zero_point, kept)
    decision = Decision(WINDOW, 2 + 2 * (seed % 2), len(LABELS), threshold_on=0.3, threshold_off=0.2)
    return build_classifier(
        features=EIGHT, normaliser=norm, program=program, labels=LABELS, decision=decision, meta={}
    )


def cascades() -> dict[str, bytes]:
    """Up to four stages: over windows, functionals and with the stream, woken by models and levels."""
    streams = [Stage(str(seed), streaming(seed, running=seed == 1), 3 * seed, 4) for seed in range(3)]
    loud = {"threshold_on": 0.2, "threshold_off": 0.1, "gate_level": 0}
    window = [Stage(kind, tiny_model(kind, features=EIGHT, **loud), 4) for kind in ("dense", "conv")]
    small = Stage("s", tiny_model("dense", features=SMALL, **loud), 4)
    first = Stage("f", tiny_model(features=EIGHT, functionals=("mean", "p80"), window=9, stride=3, **loud))
    described = Stage("d", tiny_model("dense", features=VOICED, **loud), 9)
    micro = Stage("m", tiny_model("dense", features=Micro(), **loud), 9)
    return {
        "cascade_stream.vxm": build_cascade(streams[:2]),
        "cascade_window_stream.vxm": build_cascade([window[0], streams[1]]),
        "cascade_stream_window.vxm": build_cascade([streams[2], window[1]]),
        "cascade_functionals.vxm": build_cascade([first, streams[0]]),
        "cascade_three.vxm": build_cascade([window[0], streams[0], streams[1]], level=2000),
        "cascade_four.vxm": build_cascade([small] * 4),
        "cascade_described.vxm": build_cascade([described] * 2),
        "cascade_micro.vxm": build_cascade([micro], level=1),
        "cascade_level.vxm": build_cascade([streams[1]], level=1000),
    }


def bases() -> dict[str, bytes]:
    """Name -> a .vxm."""
    made = dict(models())
    for seed in range(SEEDS):
        for kind in random_program.KINDS:
            made[f"{kind}_{seed}.vxm"] = build_network(random_program.single(kind, seed), {})
        for kind in classic_program.KINDS:
            made[f"classic_{kind}_{seed}.vxm"] = build_network(classic_program.single(kind, seed), {})
        for kind in wide_program.KINDS:
            made[f"{kind}_{seed}.vxm"] = build_network(wide_program.single(kind, seed), {})
        made[f"wide_chain_{seed}.vxm"] = build_network(wide_program.chain(seed), {})
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
    made |= cascades()
    made["gate.vxm"] = tiny_model("dense", features=SMALL, gate_level=0, stride=1, stream="majority")
    return {name: data for name, data in made.items() if len(data) <= LARGEST}


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name, data in bases().items():
        (out / name).write_bytes(data)


if __name__ == "__main__":
    main()
