"""Instructions a log-mel frame takes on Cortex-M (QEMU, exact) and whether its features equal the host's.

    python bench/frontend/count.py    # M4 and M0+, 16 kHz, 30 ms, 20 ms hop, 512 FFT, 40 bands
    python bench/frontend/count.py --cores m4 --plain # without the DSP instructions
    python bench/frontend/count.py --fft 1024 --window 1024 --hop 512

Needs arm-none-eabi-gcc and qemu-system-arm. "Instructions" are what they say, not cycles.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

import numpy as np

from vox_embed.device.measure.bench import Printed, frontend_case, run_cases
from vox_embed.device.measure.bench import voice as sound
from vox_embed.device.measure.machine import Machine, emulated_cores
from vox_embed.features import LogMel

CORES = emulated_cores()


def measure(core: Machine, logmel: LogMel, samples: np.ndarray, extra: Sequence[str] = ()) -> Printed:
    return run_cases(core, [frontend_case(logmel.section(), samples)], extra)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cores", nargs="+", choices=CORES, default=["m4", "m0plus"])
    parser.add_argument("--plain", action="store_true", help="VOX_PLAIN_C: no DSP instructions")
    parser.add_argument("--rate", type=int, default=16000)
    parser.add_argument("--window", type=int, default=480)
    parser.add_argument("--hop", type=int, default=320)
    parser.add_argument("--fft", type=int, default=512)
    parser.add_argument("--bands", type=int, default=40)
    parser.add_argument("--fmin", type=float, default=20.0)
    parser.add_argument("--fmax", type=float, default=0.0, help="default: half the rate")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    fmax = args.fmax or args.rate / 2
    logmel = LogMel(args.rate, args.window, args.hop, args.fft, args.bands, args.fmin, fmax)
    samples = sound(args.rate, args.window + 2 * args.hop)
    expected = logmel.extract(samples).reshape(-1).tolist()
    results = {}
    for name in args.cores:
        printed = measure(CORES[name], logmel, samples, ["-DVOX_PLAIN_C"] if args.plain else [])
        frames = printed.counts(0, "frame_ticks")
        results[name] = {
            "instructions": frames[1:],
            "same_as_host": printed.cases[0]["feature"] == expected,
        }
    if args.json:
        print(json.dumps(results))
        return
    for name, result in results.items():
        verdict = "features equal the host's" if result["same_as_host"] else "FEATURES DIFFER FROM THE HOST'S"
        print(f"{name:8} {max(result['instructions']):7} instructions a frame, {verdict}")


if __name__ == "__main__":
    main()
