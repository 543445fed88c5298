"""Instructions of pitch, voice quality and formants on emulated cores; whether they give the host's values.

    python bench/frontend/count_pitch.py                # M4 and M0+, 16 kHz, 60 ms, formants of 25 ms
    python bench/frontend/count_pitch.py --cores m4 --plain

Mean and highest of 30 frames, 10 ms apart, of a gliding voice in noise. Needs arm-none-eabi-gcc, gcc and
qemu-system-arm. "Instructions" are what they say, not cycles.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.device.boards import project_folder
from vox_embed.device.measure.compile import compile_program, run_program
from vox_embed.device.measure.machine import Machine, emulated_cores

CORES = emulated_cores()
PARTS = ("pitch", "quality", "formant")
FRAMES = 30


def sound(rate: int, window: int) -> NDArray[np.int16]:
    time = np.arange(window + (FRAMES - 1) * (rate // 100)) / rate
    phase = 2 * np.pi * np.cumsum(110 + 300 * time) / rate
    voice = sum(np.cos(k * phase) / k for k in range(1, 14))
    noise = np.random.default_rng(0).normal(size=len(time))
    return np.round(3000 * voice + 150 * noise).astype(np.int16)


def on_host(samples: NDArray[np.int16], rate: int, window: int) -> list[int]:
    """What tests/unit/pitch_driver.c prints: ten values a frame."""
    root = project_folder()
    names = ("pitch", "autocorrelation", "curves", "lpc", "factors", "formants", "voice_quality")
    room = root / "firmware" / "vox" / "src" / "frontend"
    with tempfile.TemporaryDirectory() as folder:
        program, file = Path(folder, "pitch"), Path(folder, "samples")
        file.write_bytes(samples.astype("<i2").tobytes())
        sources = [root / "tests" / "unit" / "pitch_driver.c", *(room / f"{name}.c" for name in names)]
        paths = [f"-I{root / 'firmware/vox/include'}", f"-I{room.parent}"]
        subprocess.run(["gcc", "-O2", *paths, *map(str, sources), "-o", str(program)], check=True)
        command = [str(program), str(rate), str(window), str(rate // 100), str(file)]
        values = subprocess.run(command, check=True, capture_output=True).stdout
    return [int(value) for value in np.frombuffer(values, "<i4")]


def measure(
    core: Machine, samples: NDArray[np.int16], rate: int, window: int, extra: list[str]
) -> tuple[dict[str, list[int]], list[int]]:
    """Instructions of the parts, and the values."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        text = ",".join(map(str, samples.tolist()))
        sizes = {"RATE": rate, "WINDOW": window, "HOP": rate // 100, "FORMANT_WINDOW": rate // 40}
        defines = "".join(f"#define FRAMES_{name} {value}u\n" for name, value in sizes.items())
        (folder / "frames.h").write_text(f"{defines}static const int16_t frames_samples[] = {{{text}}};\n")
        built = compile_program(core, "pitch", folder, extra)
        said = run_program(core, built.elf)
    lines = [line.split() for line in said.splitlines()]
    clock = next(int(value) for name, value in lines if name == "clock_ticks")
    ticks = {
        part: [max(int(value) - clock, 0) for name, value in lines if name == f"{part}_ticks"]
        for part in PARTS
    }
    counts = {p: [core.counted(v) for v in t] for p, t in ticks.items()}
    return counts, [int(value) for name, value in lines if not name.endswith("_ticks")]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cores", nargs="+", choices=CORES, default=["m4", "m0plus"])
    parser.add_argument("--plain", action="store_true", help="VOX_PLAIN_C: no DSP instructions")
    parser.add_argument("--rate", type=int, default=16000)
    parser.add_argument("--window", type=int, help="samples, default 60 ms")
    args = parser.parse_args()
    window = args.window or args.rate * 60 // 1000
    samples = sound(args.rate, window)
    expected = on_host(samples, args.rate, window)
    for name in args.cores:
        extra = ["-DVOX_PLAIN_C"] if args.plain else []
        counts, values = measure(CORES[name], samples, args.rate, window, extra)
        parts = ", ".join(f"{part} {np.mean(c):.0f} (max {max(c)})" for part, c in counts.items())
        whole = [sum(frame) for frame in zip(*counts.values(), strict=True)]
        verdict = "as on the host" if values == expected else "DIFFERENT FROM THE HOST"
        print(f"{name:8} {np.mean(whole):.0f} (max {max(whole)}) instructions a frame: {parts}; {verdict}")


if __name__ == "__main__":
    main()
