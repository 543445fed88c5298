"""Sounds with several labels at once: a low tone, a high one and noise, in any combination."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

TAGS = ("high", "low", "noise")
RATE = 8000


def tagged_clip(tags: tuple[str, ...], seed: int, seconds: float = 0.6) -> np.ndarray:
    """What all of the tags sound like together, quiet noise where there are none. int16."""
    random = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    sound = random.normal(0, 8, len(t))
    if "low" in tags:
        sound = sound + 6000 * np.sin(2 * np.pi * random.uniform(280, 320) * t + random.uniform(0, 6))
    if "high" in tags:
        sound = sound + 6000 * np.sin(2 * np.pi * random.uniform(1900, 2100) * t + random.uniform(0, 6))
    if "noise" in tags:
        sound = sound + random.normal(0, 700, len(t))
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16)


def write_tagged(folder: Path, copies: int = 6, separator: str = ";") -> Path:
    """A table of clips of every combination, by eight speakers; columns: tags, and one for each tag."""
    (folder / "audio").mkdir(parents=True)
    lines = ["file,speaker,tags," + ",".join(TAGS)]
    for number in range(8 * copies):
        has = tuple(tag for place, tag in enumerate(TAGS) if number >> place & 1)
        name = f"audio/{number:03}.wav"
        soundfile.write(folder / name, tagged_clip(has, number), RATE)
        cells = ",".join("1" if tag in has else "0" for tag in TAGS)
        lines.append(f"{name},s{number // 8 % copies},{separator.join(has)},{cells}")
    table = folder / "table.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table
