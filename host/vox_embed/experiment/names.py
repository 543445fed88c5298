"""Finding the name that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# What other tools, and papers about them, call our keys: too far apart in spelling for a similarity measure.
SYNONYMS = {
    "c_val": "c",
    "drop": "dropout",
    "duration": "max_duration_of_sample",
    "k_val": "k",
    "layers": "hidden",
    "learningrate": "learning_rate",
    "lr": "learning_rate",
    "max_length": "max_duration_of_sample",
    "min_length": "min_duration_of_sample",
    "n_fft": "fft_size",
    "n_mels": "bands",
    "overlap": "stride_ms",
    "max_samples_per_speaker": "limit_samples_per_speaker",
    "samples_per_speaker": "limit_samples_per_speaker",
    "sr": "sample_rate",
    "testsplit": "test_size",
}


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None when nothing comes close."""
    known = list(known)
    by_lower = {item.lower(): item for item in known}
    lower = name.lower().replace("-", "_")
    if lower in by_lower:
        return by_lower[lower]
    synonym = SYNONYMS.get(lower)
    if synonym in known:
        return synonym
    found = difflib.get_close_matches(lower, by_lower, n=1, cutoff=0.55)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str], what: str = "known") -> str:
    """A hint: the nearest name, or the whole list when nothing comes close."""
    known = sorted(known)
    near = nearest(name, known)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"{what}: {', '.join(known)}" if known else "nothing can stand here"
