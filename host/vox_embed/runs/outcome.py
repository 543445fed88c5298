"""What a run comes to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vox_embed.report.fit import Fit
from vox_embed.report.metrics import Scores, points_lost
from vox_embed.report.tag_scores import TagScores
from vox_embed.runs.evaluation import Evaluation


@dataclass(frozen=True)
class Outcome:
    """An evaluated model: at least one of `integer` and `reference` is there."""

    integer: Evaluation | None
    """As a device computes it; None where none can: of its features a PC alone computes some."""
    reference: Evaluation | None
    """Of the float model; None where it is not at hand."""
    model: Path
    """The .vxm, or the float model's file where there is none."""
    model_bytes: int

    @property
    def on_host(self) -> bool:
        """There is the float model only."""
        return self.integer is None

    @property
    def shown(self) -> Evaluation:
        """The integer model's figures, or the float model's where there is no other."""
        found = self.reference if self.integer is None else self.integer
        assert found is not None
        return found

    @property
    def name(self) -> str:
        """Of the model whose figures are shown."""
        return "float" if self.integer is None else "integer"

    @property
    def beside(self) -> Scores | Fit | TagScores | None:
        """The float model's figures, where those of the integer model are shown."""
        return None if self.integer is None or self.reference is None else self.reference.scores

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "integer": None if self.integer is None else self.integer.scores.brief(),
            "float": None if self.reference is None else self.reference.scores.brief(),
            **self._difference(),
            "model_bytes": self.model_bytes,
            "model": str(self.model),
        }

    def _difference(self) -> dict[str, float | None]:
        """What integers cost: points of accuracy, or of the macro F1 of tags, or a regression's values
        apart from the float model's."""
        integer, reference = self.integer, self.reference
        key = "points_lost" if self.shown.values is None else "largest_difference"
        if integer is None or reference is None:
            return {key: None}
        if integer.values is not None and reference.values is not None:
            return {key: float(np.nanmax(np.abs(integer.values - reference.values)))}
        if isinstance(integer.scores, TagScores) and isinstance(reference.scores, TagScores):
            return {key: points_lost(integer.scores.macro_f1, reference.scores.macro_f1)}
        assert isinstance(integer.scores, Scores)
        assert isinstance(reference.scores, Scores)
        return {key: points_lost(integer.scores.accuracy, reference.scores.accuracy)}
