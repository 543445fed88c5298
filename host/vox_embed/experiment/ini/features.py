"""[FEATS] of an .ini as `features` of an experiment file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vox_embed.experiment.ini.data import path_from
from vox_embed.experiment.ini.models import Lose
from vox_embed.experiment.ini.reading import Entry, Ini
from vox_embed.experiment.schema.host import OPENSMILE_WIDTHS

_ON_HUB = {
    "wav2vec2": ("facebook", "wav2vec2-large-robust-ft-swbd-300h"),
    "hubert": ("facebook", "hubert-large-ll60k"),
    "wavlm": ("microsoft", "wavlm-base"),
    "whisper": ("openai", "whisper-base"),
    "ast": ("MIT", "ast-finetuned-audioset-10-10-0.4593"),
}
"""Families of transformers: who publishes them, and which is meant by the family's name."""
EMBEDDING_KEYS = tuple(f"{family}.{key}" for family in _ON_HUB for key in ("model", "layer"))


def features_of(name: str, ini: Ini, lose: Lose, entry: Entry | None, out: Path) -> list[dict[str, Any]]:
    """One of the types of [FEATS]; nothing where it is not here. out: where the experiment will stand."""
    if name in ("os", "opensmile"):
        return [_opensmile(ini, lose)]
    if name in ("praat", "spectra"):
        return [{"type": name}]
    if name == "import":
        found = _imported(ini, out)
        if not found and entry is not None:
            lose(entry, "`import`: [FEATS] import_file names no table")
        return found
    family = next((one for one in _ON_HUB if name == one or name.startswith(f"{one}-")), None)
    if family is not None:
        return [_embedding(name, family, ini, lose)]
    if entry is not None:
        lose(entry, f"`{name}`: is not here; {{type: embedding}} takes transformers and .onnx files")
    return []


def _opensmile(ini: Ini, lose: Lose) -> dict[str, Any]:
    wanted = ini.entry("FEATS", "set")
    chosen = "eGeMAPSv02" if wanted is None else str(wanted.value)
    if chosen not in OPENSMILE_WIDTHS:
        assert wanted is not None
        lose(wanted, f"the sets are {', '.join(OPENSMILE_WIDTHS)}; eGeMAPSv02 is taken")
        chosen = "eGeMAPSv02"
    found: dict[str, Any] = {"type": "opensmile", "set": chosen}
    if ini.value("FEATS", "level") == "lld":
        found["level"] = "lld"
    return found


def _imported(ini: Ini, out: Path) -> list[dict[str, Any]]:
    files = ini.value("FEATS", "import_file") or []
    listed = files if isinstance(files, list) else [files]
    return [{"type": "import", "path": path_from(out, str(file))} for file in listed]


def _embedding(name: str, family: str, ini: Ini, lose: Lose) -> dict[str, Any]:
    owner, usual = _ON_HUB[family]
    given = ini.value("FEATS", f"{family}.model")
    found: dict[str, Any] = {
        "type": "embedding",
        "model": str(given) if given else f"{owner}/{usual if name == family else name}",
    }
    layer = ini.entry("FEATS", f"{family}.layer")
    if layer is not None and isinstance(layer.value, int) and 0 <= layer.value < 63:
        found["layer"] = -1 - layer.value  # Nkululeko counts from the last one
    elif layer is not None:
        lose(layer, "a whole number, counted from the last layer, is wanted")
    return found
