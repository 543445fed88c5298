"""Instructions of a frame of descriptors on Cortex-M (QEMU, exact), one by one and in sets.

    python bench/features/count.py                       # the sets, on M4 and M0+
    python bench/features/count.py --each --cores m4     # every descriptor by itself, over what log-mel takes
    python bench/features/count.py --names f0 mfcc_1
    python bench/features/count.py --cores m4 rp2040 --frames 100    # rp2040: cycles, in rp2040js

16 kHz, 20 ms Hamming window in the middle of 60 ms where F0 is among them, 10 ms hop, 512 FFT, 26 mel bands.
The most expensive of three frames (`--frames`) and their mean; behind it the first one of a stream, which
adds up for F0 what the others find already there. "Instructions" are what they say, not cycles. Needs
arm-none-eabi-gcc and qemu-system-arm.
"""

from __future__ import annotations

import argparse
import json

from vox_embed.device.measure.bench import frontend_case, run_cases
from vox_embed.device.measure.bench import voice as sound
from vox_embed.device.measure.machine import emulated_cores, machine_of
from vox_embed.experiment.schema.features import LLD_SETS, LLDS
from vox_embed.features import Descriptors, LogMel

CORES = {**emulated_cores(), "rp2040": machine_of("rp2040")}
FRAME = LogMel(16000, 320, 160, 512, 26, 20.0, 8000.0, taper="hamming")
LOGMEL = tuple(f"logmel_{i}" for i in range(26))


def count(core: str, lists: dict[str, tuple[str, ...]], frames: int) -> dict[str, tuple[int, int, int]]:
    """Instructions for each list: most and mean of `frames`, a first one; -1 where the host differs."""
    cases, expected = [], []
    for names in lists.values():
        d = Descriptors(FRAME, names)
        samples = sound(d.sample_rate, d.window + frames * d.hop)
        cases.append(frontend_case(d.section(), samples))
        expected.append(d.extract(samples).reshape(-1).tolist())
    printed = run_cases(CORES[core], cases)
    counts = {}
    for i, name in enumerate(lists):
        first, *later = printed.counts(i, "frame_ticks")
        same = printed.cases[i]["feature"] == expected[i]
        counts[name] = (max(later), round(sum(later) / len(later)), first) if same else (-1, -1, -1)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cores", nargs="+", choices=CORES, default=["m4", "m0plus"])
    parser.add_argument("--each", action="store_true", help="every descriptor by itself")
    parser.add_argument("--names", nargs="+", help="a list of names")
    parser.add_argument("--frames", type=int, default=3, help="frames after the first")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    lists = {"logmel": LOGMEL, **LLD_SETS}
    if args.each:
        names = (*LLDS, "mfcc_1", "mfcc_0 .. mfcc_12", "energy + delta")
        lists = {"logmel": LOGMEL} | {name: (name,) for name in names[:-2]}
        lists[names[-2]] = tuple(f"mfcc_{i}" for i in range(13))
        lists[names[-1]] = ("energy", "energy_delta")
    if args.names:
        lists = {" ".join(args.names): tuple(args.names)}
    results = {core: count(core, lists, args.frames) for core in args.cores}
    if args.json:
        print(json.dumps(results))
        return
    for core, found in results.items():
        print(core)
        print(f"  {'':20} {'most':>8} {'mean':>8} {'first':>8}")
        for name, (most, mean, first) in found.items():
            same = f"{most:8} {mean:8} {first:8}"
            print(f"  {name:20} {same if most >= 0 else 'DIFFERS FROM THE HOST'}")


if __name__ == "__main__":
    main()
