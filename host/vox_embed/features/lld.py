"""The names of frame features: what each means, its unit, its Q format, its place in the library.

This is the one table of them; docs/features.md shows it with references and measured errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema.features import LLD_SETS, LLDS


@dataclass(frozen=True)
class Descriptor:
    """One feature of a frame: an integer that stands for value / 2^q in `unit`."""

    name: str
    code: int
    """VOX_DESCRIPTOR_* of vox/model_format.h."""
    index: int
    unit: str
    q: int
    meaning: str


_LOGMEL, _MFCC, _SPECTRUM, _DELTA = 1, 2, 3, 4
LOG_Q = 9

_LLDS = {
    d.name: d
    for d in (
        Descriptor("loudness", 5, 0, "sone-like", 10, "sum of the weighted, compressed mel bands"),
        Descriptor("energy", 6, 0, "octaves", LOG_Q, "log2 of the mean square of the frame's samples"),
        Descriptor("zero_crossings", 7, 0, "share", 15, "sign changes, as a share of all sample pairs"),
        Descriptor("centroid", 8, 0, "Hz", 0, "mean frequency, weighted by power"),
        Descriptor("rolloff_25", 9, 25, "Hz", 0, "frequency below which 25 % of the energy lies"),
        Descriptor("rolloff_50", 9, 50, "Hz", 0, "frequency below which 50 % of the energy lies"),
        Descriptor("rolloff_75", 9, 75, "Hz", 0, "frequency below which 75 % of the energy lies"),
        Descriptor("rolloff_85", 9, 85, "Hz", 0, "frequency below which 85 % of the energy lies"),
        Descriptor("rolloff_90", 9, 90, "Hz", 0, "frequency below which 90 % of the energy lies"),
        Descriptor("rolloff_95", 9, 95, "Hz", 0, "frequency below which 95 % of the energy lies"),
        Descriptor("flux", 10, 0, "full scale", 10, "rms change of the magnitudes, 0 to 5 kHz"),
        Descriptor("entropy", 11, 0, "bits", 11, "entropy of the power spectrum as a distribution"),
        Descriptor("slope_0_500", 12, 0, "dB/kHz", 7, "slope of the log spectrum, 0 to 500 Hz"),
        Descriptor("slope_500_1500", 12, 1, "dB/kHz", 7, "slope of the log spectrum, 500 to 1500 Hz"),
        Descriptor("alpha_ratio", 13, 0, "dB", 8, "energy of 1 to 5 kHz over that of 0 to 1 kHz"),
        Descriptor("hammarberg", 14, 0, "dB", 8, "strongest bin of 0 to 2 kHz over that of 2 to 5 kHz"),
        Descriptor("harmonicity", 15, 0, "share", 15, "differences of adjacent powers over twice the energy"),
        Descriptor("f0", 16, 0, "semitones", 8, "fundamental frequency above 27.5 Hz; 0 if unvoiced"),
        Descriptor("voicing", 17, 0, "probability", 15, "voicing probability"),
        Descriptor("jitter", 18, 0, "share", 15, "mean change from period to period; 0 if unvoiced"),
        Descriptor("shimmer", 19, 0, "share", 15, "mean change of a period's amplitude; 0 if unvoiced"),
        Descriptor("hnr", 20, 0, "dB", 8, "harmonics over noise below 2 kHz; 0 if unvoiced"),
        Descriptor("f1", 21, 0, "Hz", 0, "first formant; 0 where none is found"),
        Descriptor("f2", 21, 1, "Hz", 0, "second formant; 0 where none is found"),
        Descriptor("f3", 21, 2, "Hz", 0, "third formant; 0 where none is found"),
    )
}
assert tuple(_LLDS) == LLDS

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
            name, _DELTA, places[source], unit if "/" in unit else f"{unit} a frame", q, meaning
        )
    if found := _NUMBERED.fullmatch(name):
        kind, index = found.group(1), int(found.group(2))
        if kind == "mfcc":
            return Descriptor(name, _MFCC, index, "nepers", mfcc, f"mel cepstral coefficient {index}")
        code = _LOGMEL if kind == "logmel" else _SPECTRUM
        what = f"mel band {index}" if kind == "logmel" else f"group {index} of FFT bins"
        return Descriptor(name, code, index, "octaves", LOG_Q, f"log2 energy of {what}")
    if name not in _LLDS:
        raise VoxError(
            f"there is no feature `{name}`", did_you_mean(name, [*_LLDS, *LLD_SETS], "features are")
        )
    return _LLDS[name]
