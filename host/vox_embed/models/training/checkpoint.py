"""The state of a training run between two epochs, so that an interrupted one can be taken up again."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.arrays import parse_npz
from vox_embed.gate.files import read_bytes, write_atomic
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import FLOAT_MODEL_BYTES, RESULT_BYTES
from vox_embed.models.training.epoch import Epoch

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Checkpoint:
    """A folder with the state after the last whole epoch.

    fingerprint: of settings and data; a state that was left by others is refused.
    """

    folder: Path
    fingerprint: str

    def save(self, arrays: Arrays, history: tuple[Epoch, ...]) -> None:
        """Replace what is there: first the arrays, then the index that names them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"epoch-{len(history)}.npz"
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **arrays)
        write_atomic(self.folder / name, content.getvalue())
        index = {"fingerprint": self.fingerprint, "arrays": name, "history": [asdict(e) for e in history]}
        write_atomic(self.folder / "state.json", json.dumps(index))
        for old in self.folder.glob("epoch-*.npz"):
            if old.name != name:
                old.unlink()

    def load(self) -> tuple[dict[str, NDArray[np.generic]], tuple[Epoch, ...]] | None:
        """Arrays and history, or None where nothing was left that can be read. VoxError if it belongs to
        another run."""
        try:
            index = parse_json(read_bytes(self.folder / "state.json", RESULT_BYTES), RESULT_BYTES)
            if index["fingerprint"] != self.fingerprint:
                raise VoxError(
                    "the interrupted run had other settings or other data", "leave out --resume to start anew"
                )
            history = tuple(Epoch(**epoch) for epoch in index["history"])
            content = read_bytes(self.folder / f"epoch-{len(history)}.npz", FLOAT_MODEL_BYTES)
            return parse_npz(content, FLOAT_MODEL_BYTES), history
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
