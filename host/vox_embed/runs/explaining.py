"""What the answers of a trained classic model are owed to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data import load_dataset
from vox_embed.experiment import VoxError
from vox_embed.experiment.results import Found
from vox_embed.features.cache import FeatureCache
from vox_embed.features.host import inputs_of
from vox_embed.gate.files import read_bytes, write_atomic
from vox_embed.gate.limits import FLOAT_MODEL_BYTES
from vox_embed.gate.tables import csv_text
from vox_embed.models import VectorClassifier, estimator_of
from vox_embed.models.shapley import shapley
from vox_embed.runs.reading import read_sounds
from vox_embed.runs.reporter import Quiet, Reporter

TABLE, PICTURE = "explanation.csv", "explanation.png"
_BACKGROUND = 100


@dataclass(frozen=True, eq=False)
class Explanation:
    """Of windows of test clips. names: of values. outputs: labels, or the one of a regression. size: [values,
    outputs], mean of what a value adds to an answer or takes from it. direction: [values, outputs] -1 .. 1,
    correlation of the value with that: above 0, a higher value speaks for the output.
    """

    name: str
    names: tuple[str, ...]
    outputs: tuple[str, ...]
    windows: int
    size: NDArray[np.float64]
    direction: NDArray[np.float64]

    @property
    def order(self) -> list[int]:
        """Values, those that most is owed to first."""
        return [int(i) for i in np.argsort(-self.size.sum(axis=1), kind="stable")]

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "name": self.name,
            "windows": self.windows,
            "outputs": list(self.outputs),
            "values": [
                {
                    "name": self.names[i],
                    "size": self.size[i].tolist(),
                    "direction": self.direction[i].tolist(),
                }
                for i in self.order
            ],
        }


def explain(
    found: Found, windows: int, draws: int, reporter: Reporter | None = None, seed: int = 0
) -> Explanation:
    """Shapley values of the float model's answers to `windows` windows of test clips, drawn, against windows
    of training clips. Raises VoxError for models of other kinds."""
    log = reporter or Quiet()
    settings = found.need_experiment()
    stored = found.float_model
    if stored is None or not stored.is_file():
        raise VoxError(f"`{settings.name}` has no float model to explain", "train it: vox-embed train")
    dataset = load_dataset(settings)
    inputs = inputs_of(settings.features)
    estimator = estimator_of(settings, inputs, dataset.labels, FeatureCache.of_user(log.note))
    if not isinstance(estimator, VectorClassifier):
        raise VoxError(
            f"model.type: {settings.model.type} hears frames; models on rows of named values are explained",
            "choose a classic model (docs/models.md), such as svm or forest",
        )
    estimator.load_bytes(read_bytes(stored, FLOAT_MODEL_BYTES))
    sounds = read_sounds(settings, dataset, settings.features.sample_rate, log)
    random = np.random.default_rng(seed)
    with log.task("Extracting features", "steps"):
        rows, background = (
            _some(estimator.rows_of(sounds.select(split))[0], most, random)
            for split, most in (("test", windows), ("train", _BACKGROUND))
        )
    with log.task("Explaining", "windows") as advance:
        owed = shapley(estimator.answers, rows, background, draws, seed, advance)
    outputs = estimator.labels if estimator.grid is None else (settings.data.target,)
    return Explanation(
        settings.name,
        tuple(estimator.source.names),
        tuple(outputs),
        len(rows),
        np.abs(owed).mean(axis=0),
        _direction(rows.astype(np.float64), owed),
    )


def _some(rows: NDArray[Any], most: int, random: np.random.Generator) -> NDArray[Any]:
    if not len(rows):
        raise VoxError("there are no windows to explain", "are the clips shorter than window.length_ms?")
    return rows[np.sort(random.permutation(len(rows))[:most])]


def _direction(rows: NDArray[np.float64], owed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation of each value with what it adds; 0 where one of them never changes."""
    values, changes = rows - rows.mean(axis=0), owed - owed.mean(axis=0)
    both = (values[:, :, None] * changes).sum(axis=0)
    spread = np.sqrt((values**2).sum(axis=0)[:, None] * (changes**2).sum(axis=0))
    found: NDArray[np.float64] = np.divide(both, spread, out=np.zeros_like(both), where=spread > 1e-12)
    return found


def write_explanation(folder: Path, found: Explanation) -> list[Path]:
    """Table and picture, in a folder that is made. VoxError where they cannot be written."""
    from vox_embed.report.explained_plot import explained_plot
    from vox_embed.report.plots import png

    heads = ["value", *(f"{kind} {output}" for output in found.outputs for kind in ("size", "direction"))]
    cells = [
        [
            found.names[i],
            *(
                f"{figures[i, k]:.6g}"
                for k in range(len(found.outputs))
                for figures in (found.size, found.direction)
            ),
        ]
        for i in found.order
    ]
    best = found.order[:20]
    picture = png(
        explained_plot([found.names[i] for i in best], found.outputs, found.size[best], found.direction[best])
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / TABLE, csv_text(heads, cells))
        write_atomic(folder / PICTURE, picture)
    except OSError as error:
        raise VoxError(f"{folder}: cannot be written: {error.strerror}", "choose another --out") from None
    return [folder / TABLE, folder / PICTURE]
