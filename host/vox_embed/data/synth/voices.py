# ruff: noqa: SIM905 - words in a text read better than in a list of quotes
"""Speakers: voices of espeak-ng, and new ones made by moving formants, pitch and voice quality about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vox_embed.data.synth.espeak import Accent
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean

# Variants of the library that sound like people; those that are effects (robots, demons) are left
# out.
BUNDLED = tuple(
    """
    m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2
    Henrique Hugo Jacky Lee Marco Mario Michael Mike Reed adam anika antonio aunty belinda benjamin boris
    caleb david ed edward edward2 grandma grandpa gustave ian iven iven2 iven3 iven4 john kaukovalta klatt
    klatt2 klatt3 klatt4 klatt5 klatt6 linda marcelo max michel miguel mike2 norbert pablo paul pedro
    quincy rob robert sandro shelby steph steph2 steph3 travis victor zac
    """.split()
)
_WOMEN = frozenset(
    "f1 f2 f3 f4 f5 Alicia Andrea Annie anika aunty belinda grandma linda shelby steph steph2 steph3".split()
)
_SHARE_OF_NEW = 0.65
_MAIN = {"en": ("en-us", 0.4)}  # share of the accent that most recordings have
_LEFT_OUT = frozenset({"en-shaw"})  # reads another alphabet


@dataclass(frozen=True)
class Voice:
    """A speaker. variant_file: text of a new voice variant, or None for one of the library's."""

    speaker: str
    gender: str
    language: str
    identifier: str
    variant: str
    variant_file: str | None


def choose_accents(
    languages: tuple[str, ...], accents: tuple[Accent, ...], option: str = "--languages"
) -> list[tuple[Accent, float]]:
    """Accents and weights. A language (`en`) stands for all its accents, a code (`en-us`) for itself.

    option: what VoxError names where a language is not there."""
    chosen: dict[Accent, float] = {}
    for language in languages:
        code = language.strip().lower()
        found = [a for a in accents if a.code == code] or [
            a for a in accents if a.code.startswith(f"{code}-") and a.code not in _LEFT_OUT
        ]
        if not found:
            codes = {a.code for a in accents} | {a.code.partition("-")[0] for a in accents}
            raise VoxError(f"{option}: espeak-ng has no language `{language}`", did_you_mean(code, codes))
        main, share = _MAIN.get(code, ("", 0.0))
        has_main = any(a.code == main for a in found)
        for accent in found:
            rest = (1 - share) / max(1, len(found) - 1) if has_main else 1 / len(found)
            chosen[accent] = share if has_main and accent.code == main else rest
    total = sum(chosen.values())
    return [(accent, weight / total) for accent, weight in chosen.items()]


def make_voices(count: int, accents: list[tuple[Accent, float]], seed: int) -> tuple[Voice, ...]:
    """`count` different speakers."""
    rng = np.random.default_rng([seed, 1])
    weights = np.array([weight for _, weight in accents])
    voices: dict[str, Voice] = {}
    while len(voices) < count:
        accent = accents[int(rng.choice(len(accents), p=weights))][0]
        if rng.random() < _SHARE_OF_NEW or len(voices) > len(BUNDLED):
            variant = f"vox{len(voices):04d}"
            gender, text = _new_variant(variant, rng)
        else:
            variant, text = str(rng.choice(BUNDLED)), None
            gender = "f" if variant in _WOMEN else "m"
        speaker = f"{accent.code}+{variant}"
        voices.setdefault(speaker, Voice(speaker, gender, accent.code, accent.identifier, variant, text))
    return tuple(voices.values())


def _new_variant(name: str, rng: np.random.Generator) -> tuple[str, str]:
    """Gender and text of a new voice variant (docs of espeak-ng, "Voice Files")."""
    kind = rng.choice(["m", "f", "child"], p=[0.5, 0.38, 0.12])
    low, high, tract = {
        "m": (75, 135, (0.90, 1.07)),
        "f": (150, 230, (1.05, 1.22)),
        "child": (210, 300, (1.18, 1.35)),
    }[str(kind)]
    pitch = rng.uniform(low, high)
    lines = [
        "language variant",
        f"name {name}",
        f"gender {'male' if kind == 'm' else 'female'}",
        f"pitch {pitch:.0f} {pitch * rng.uniform(1.15, 1.9):.0f}",
    ]
    scale = rng.uniform(*tract)
    for formant in range(9):
        frequency = 100 * scale * (1 + rng.normal(0, 0.035))
        strength = rng.uniform(70, 120)
        width = rng.uniform(80, 160)
        lines.append(f"formant {formant} {frequency:.0f} {strength:.0f} {width:.0f}")
    if rng.random() < 0.6:
        amps = np.sort(rng.uniform(60, 255, 4))[::-1]
        lines.append(
            f"tone {rng.uniform(60, 300):.0f} {amps[0]:.0f} {rng.uniform(500, 900):.0f} {amps[1]:.0f} "
            f"{rng.uniform(1200, 2000):.0f} {amps[2]:.0f} {rng.uniform(2500, 4000):.0f} {amps[3]:.0f}"
        )
    lines += [
        f"roughness {rng.integers(0, 6)}",
        f"flutter {rng.integers(0, 11)}",
        f"voicing {rng.integers(70, 125)}",
        f"consonants {rng.integers(60, 150)} {rng.integers(60, 150)}",
    ]
    if rng.random() < 0.3:
        lines.append(f"klatt {rng.integers(1, 6)}")
    return "m" if kind == "m" else "f", "\n".join(lines) + "\n"
