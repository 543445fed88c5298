"""The names of frame features: what each means, its unit, its Q format, its place in the library.

Those of a fixed name are a table of vox_embed.spec; docs/features.md shows it with references and errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema.features import LLD_SETS
from vox_embed.spec.model_format import FEATURE_Q, LLDS, DescriptorCode


@dataclass(frozen=True)
class Descriptor:
    """One feature of a frame: an integer that stands for value / 2^q in `unit`."""

    name: str
    code: DescriptorCode
    index: int
    unit: str
    q: int
    meaning: str


LOG_Q = FEATURE_Q
"""Fraction bits of whatever is octaves."""

_LLDS = {row[0]: Descriptor(*row) for row in LLDS}

OF_VOICED_FRAMES = frozenset({"f0", "jitter", "shimmer", "hnr"})

_NUMBERED = re.compile(r"(logmel|mfcc|spectrum)_(\d+)")
_RUN = re.compile(r"((?:logmel|mfcc|spectrum)_)(\d+)((?:_delta2?)?)")


def mfcc_q(lifter: int, bands: int) -> int:
    """Fraction bits of MFCC: as many as leave room for the loudest frame (46 octaves) in int16."""
    if lifter > 0:
        return 5
    return 7 if bands <= 28 else 6 if bands <= 112 else 5


def listed(names: Sequence[str]) -> str:
    """Names in a row, for a report: `mfcc_0, mfcc_1, mfcc_2, f0` -> `mfcc_0..2, f0`."""
    runs: list[tuple[str, str, int, int]] = []
    """Text before and after the number, first and last number; (name, "", -1, -1) where there is none."""
    for name in names:
        found = _RUN.fullmatch(name)
        if found is None:
            runs.append((name, "", -1, -1))
            continue
        before, number, after = found.group(1), int(found.group(2)), found.group(3)
        if runs and runs[-1][:2] == (before, after) and runs[-1][3] == number - 1 >= 0:
            runs[-1] = (before, after, runs[-1][2], number)
        else:
            runs.append((before, after, number, number))
    return ", ".join(_run(*run) for run in runs)


def _run(before: str, after: str, first: int, last: int) -> str:
    if first < 0:
        return before
    return f"{before}{first}{f'..{last}' if last > first else ''}{after}"


def split_delta(name: str) -> tuple[str, int]:
    """`x_delta` -> (`x`, 1), `x_delta2` -> (`x_delta`, 2), anything else -> (name, 0)."""
    if name.endswith("_delta2"):
        return name.removesuffix("2"), 2
    return (name.removesuffix("_delta"), 1) if name.endswith("_delta") else (name, 0)


def descriptor(
    name: str, places: Mapping[str, int], units: Mapping[str, tuple[str, int]], mfcc: int
) -> Descriptor:
    """The feature of that name. places, units: of the names before it in the list; mfcc: its fraction bits.

    Raises VoxError for a name that there is not, or a delta whose source does not stand before it.
    """
    source, order = split_delta(name)
    if order > 0:
        if source not in places:
            raise VoxError(f"feature `{name}`: `{source}` is not in the list before it", f"add `{source}`")
        unit, q = units[source]
        meaning = f"change of `{source}` per frame, over the frames about the one before"
        return Descriptor(
            name, DescriptorCode.DELTA, places[source], unit if "/" in unit else f"{unit} a frame", q, meaning
        )
    if found := _NUMBERED.fullmatch(name):
        kind, index = found.group(1), int(found.group(2))
        if kind == "mfcc":
            return Descriptor(
                name, DescriptorCode.MFCC, index, "nepers", mfcc, f"mel cepstral coefficient {index}"
            )
        code = DescriptorCode.LOGMEL if kind == "logmel" else DescriptorCode.SPECTRUM
        what = f"mel band {index}" if kind == "logmel" else f"group {index} of FFT bins"
        return Descriptor(name, code, index, "octaves", LOG_Q, f"log2 energy of {what}")
    if name not in _LLDS:
        raise VoxError(
            f"there is no feature `{name}`", did_you_mean(name, [*_LLDS, *LLD_SETS], "features are")
        )
    return _LLDS[name]
