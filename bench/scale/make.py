"""Hours of speech-like sound in a few minutes: a corpus larger than memory, to try `memory` on.

    python bench/scale/make.py FOLDER --hours 100

Syllables are pulses of a voice through three resonances; a clip is ten seconds of them, louder and softer,
in noise. Labels are sets of vowels, speakers are pitches and lengths of the throat. One int16 WAV a clip,
16 kHz: 115 MB an hour. `table.csv` names them, `exp-*.yaml` are experiments on them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import lfilter

RATE = 16000
SECONDS = 10
VOWELS = {
    "a": (730, 1090, 2440), "i": (270, 2290, 3010), "u": (300, 870, 2240), "e": (530, 1840, 2480),
    "o": (570, 840, 2410), "y": (240, 1750, 2100),
}  # fmt: skip
"""Hz of three resonances: Peterson and Barney, 1952, and for y about those of German."""
LABELS = {"bright": "ie", "dark": "uo", "open": "ae", "round": "yu"}
SPEAKERS = 40

HEAD = """\
name: {name}
memory: {memory}
data:
  databases:
    hours: {{path: table.csv, split_strategy: speaker_split, test_size: 10, dev_size: 5}}
"""
EXPERIMENTS = {
    "classic": """\
features: {type: mfcc}
window: {length_ms: 2000, stride_ms: 2000, functionals: [mean, std, p20, p80, slope]}
model: {type: extra_trees, trees: 50}
""",
    "network": """\
window: {length_ms: 1000, stride_ms: 1000}
model: {type: dscnn, width: 24, blocks: 2, epochs: 2}
augment: {shift_ms: 100, gain_db: [-6, 6], noise_snr_db: [5, 30], babble: true}
""",
}


def syllable(vowel: str, pitch: float, throat: float, rng: np.random.Generator) -> np.ndarray:
    """A fifth of a second, peak 1."""
    count = int(rng.uniform(0.12, 0.3) * RATE)
    phase = np.cumsum(pitch * np.exp(np.cumsum(rng.normal(0, 0.0004, count))) / RATE)
    sound = np.diff(np.floor(phase), prepend=0.0) + rng.normal(0, 0.02, count)
    for middle, width in zip(VOWELS[vowel], (80, 110, 160), strict=True):
        radius, angle = np.exp(-np.pi * width / RATE), 2 * np.pi * middle * throat / RATE
        sound = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], sound)
    sound *= np.hanning(count) ** 0.3
    return (sound / np.abs(sound).max()).astype(np.float32)


def clip(bank: list[np.ndarray], noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Ten seconds of syllables and pauses in noise: int16."""
    made = np.roll(noise, int(rng.integers(len(noise))))[: SECONDS * RATE] * np.float32(
        10 ** rng.uniform(-3, -1.5)
    )
    at = int(rng.integers(RATE // 4))
    while at < len(made):
        piece = bank[int(rng.integers(len(bank)))][: len(made) - at]
        made[at : at + len(piece)] += piece * np.float32(rng.uniform(0.1, 0.5))
        at += len(piece) + int(rng.exponential(0.08) * RATE)
    return np.clip(made * 32767, -32768, 32767).astype(np.int16)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hours", type=float, default=100.0)
    parser.add_argument("--memory", default="1500 MB")
    asked = parser.parse_args()
    rng = np.random.default_rng(7)
    noise = lfilter([0.3], [1, -0.7], rng.normal(0, 1, 30 * RATE)).astype(np.float32)
    banks = {}
    for speaker in range(SPEAKERS):
        pitch, throat = float(rng.uniform(90, 260)), float(rng.uniform(0.88, 1.16))
        for label, vowels in LABELS.items():
            banks[speaker, label] = [syllable(vowels[i % 2], pitch, throat, rng) for i in range(24)]
    lines = ["file,speaker,label"]
    for number in range(round(asked.hours * 3600 / SECONDS)):
        speaker, label = number % SPEAKERS, list(LABELS)[number // SPEAKERS % len(LABELS)]
        name = f"{number // 1000:03}/{number:06}.wav"
        file = asked.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, clip(banks[speaker, label], noise, rng), RATE)
        lines.append(f"{name},s{speaker:02},{label}")
    (asked.folder / "table.csv").write_text("\n".join(lines) + "\n")
    for name, text in EXPERIMENTS.items():
        head = HEAD.format(name=f"hours-{name}", memory=asked.memory)
        (asked.folder / f"exp-{name}.yaml").write_text(head + text)


if __name__ == "__main__":
    main()
