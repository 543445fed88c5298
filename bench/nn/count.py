"""Instructions an inference takes on Cortex-M (QEMU, exact), its image and arena.

Also whether the outputs equal the host's.

python bench/nn/count.py model.tflite                    # M4 and M0+
python bench/nn/count.py model.tflite --cores m4 --ops   # operator by operator
python bench/nn/count.py model.tflite --plain            # without the DSP instructions

Needs arm-none-eabi-gcc and qemu-system-arm. "Instructions" are what they say, not cycles.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from measure_network import CORES, measure

from vox_embed.core import Model
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="a .tflite file")
    parser.add_argument("--cores", nargs="+", choices=CORES, default=["m4", "m0plus"])
    parser.add_argument("--plain", action="store_true", help="VOX_PLAIN_C: no DSP instructions")
    parser.add_argument("--runs", type=int, default=3, help="random inputs")
    parser.add_argument("--ops", action="store_true", help="operator by operator")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    program = lower_tflite(args.model)
    rng = np.random.default_rng(1)
    inputs = rng.integers(-128, 128, (args.runs, program.input_tensor.elements), dtype=np.int8)
    expected = Model(build_network(program, {})).run(inputs)
    results, same = {}, True
    for name in args.cores:
        m = measure(CORES[name], [(program, inputs)], ("-DVOX_PLAIN_C",) if args.plain else ())[0]
        equal = bool(np.array_equal(m.outputs, expected))
        same &= equal
        results[name] = {
            "instructions": m.runs,
            "open": m.open,
            "image_bytes": m.image,
            "arena_bytes": program.arena_size,
            "ops": m.ops,
            "same_as_host": equal,
        }
        if args.json:
            continue
        print(
            f"{name:8} {max(m.runs):9} instructions an inference ({program.macs} MACs), open {m.open}, "
            f"image {m.image} B, arena {program.arena_size} B, outputs "
            + ("equal the host's" if equal else "DIFFER FROM THE HOST'S")
        )
        if args.ops:
            for row, count in zip(program.describe(), m.ops, strict=True):
                print(f"{row.kind:>20} {'x'.join(map(str, row.shape[1:])):>12} {row.macs:9} MACs {count:9}")
    if args.json:
        print(json.dumps(results))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
