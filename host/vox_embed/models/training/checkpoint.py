"""The state of a training run between two epochs, so that an interrupted one can be taken up again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.results import write_atomic
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
        with (self.folder / name).open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        index = {"fingerprint": self.fingerprint, "arrays": name, "history": [asdict(e) for e in history]}
        write_atomic(self.folder / "state.json", json.dumps(index))
        for old in self.folder.glob("epoch-*.npz"):
            if old.name != name:
                old.unlink()

    def load(self) -> tuple[dict[str, NDArray[np.generic]], tuple[Epoch, ...]] | None:
        """Arrays and history, or None where nothing was left. VoxError if it belongs to another run."""
        try:
            index = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if index["fingerprint"] != self.fingerprint:
            raise VoxError(
                "the interrupted run had other settings or other data", "leave out --resume to start anew"
            )
        with np.load(self.folder / index["arrays"], allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return arrays, tuple(Epoch(**epoch) for epoch in index["history"])
