"""An experiment trained several times, each time with another seed: what chance alone changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vox_embed.data.cluster import Cluster
from vox_embed.experiment import Experiment
from vox_embed.experiment.files import METRICS, RUNS
from vox_embed.experiment.results import has_results, results_root
from vox_embed.experiment.schema.idle import draws_rows
from vox_embed.gate.files import read_bytes, write_atomic
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import RESULT_BYTES
from vox_embed.report.fit import FIGURES
from vox_embed.report.tag_scores import FIGURES as OF_TAGS
from vox_embed.runs.outcome import Outcome
from vox_embed.runs.reporter import Quiet, Reporter
from vox_embed.runs.training import train

_OF_CLASSES = (("accuracy", "accuracy"), ("UAR", "uar"))


@dataclass(frozen=True, eq=False)
class Repeated:
    """first: the run with the experiment's own seed, whose model is kept. figures: {name: of each run}."""

    first: Outcome
    seeds: Sequence[int]
    figures: dict[str, tuple[float | None, ...]]
    folder: Path

    def spread(self, name: str) -> tuple[float, float]:
        """Mean and standard deviation (of a sample) of a figure."""
        known = np.array([value for value in self.figures[name] if value is not None])
        return float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        spread = {
            name: dict(zip(("mean", "deviation"), self.spread(name), strict=True)) for name in self.figures
        }
        return {
            "seeds": list(self.seeds),
            "figures": {k: list(v) for k, v in self.figures.items()},
            "runs": spread,
        }


def train_repeatedly(
    experiment: Experiment,
    reporter: Reporter | None = None,
    *,
    root: Path | None = None,
    resume: bool = False,
    cluster: Cluster | None = None,
) -> Repeated:
    """Train `runs` times, with the seeds from `seed` on; splits stay those of the first.

    The first model's results are those of the experiment; the others stand in `<name>.runs`, and are not
    trained again where they are there of the same experiment. Raises VoxError.
    """
    log = reporter or Quiet()
    root = root or results_root()
    folder = root / f"{experiment.name}{RUNS}"
    seeds = range(experiment.seed, experiment.seed + experiment.runs)
    first = train(experiment, log, root=root, resume=resume, cluster=cluster)
    folder.mkdir(exist_ok=True)
    found = [_figures(root / experiment.name)]
    for number, seed in enumerate(seeds[1:], start=2):
        settings = _with_seed(experiment, seed)
        place = folder / settings.name
        if has_results(place, settings):
            log.note(f"run {number} of {len(seeds)}: seed {seed}: trained before")
        else:
            log.note(f"run {number} of {len(seeds)}: seed {seed}")
            train(settings, log, root=folder, resume=True)
        found.append(_figures(place))
    figures = {name: tuple(one[name] for one in found) for name in found[0]}
    repeated = Repeated(first, tuple(seeds), figures, folder)
    write_atomic(folder / METRICS, json.dumps(repeated.to_dict(), indent=2) + "\n")
    return repeated


def _with_seed(experiment: Experiment, seed: int) -> Experiment:
    data = experiment.data
    if draws_rows(experiment) and data.split_seed is None:
        data = data.model_copy(update={"split_seed": experiment.seed})
    name = f"{experiment.name[:100]}.seed-{seed}"
    return experiment.model_copy(update={"seed": seed, "name": name, "runs": 1, "data": data})


def _figures(folder: Path) -> dict[str, float | None]:
    metrics = parse_json(read_bytes(folder / METRICS, RESULT_BYTES), RESULT_BYTES)
    shown = metrics["integer"] or metrics["float"]
    names = _OF_CLASSES if "uar" in shown else OF_TAGS if "macro_f1" in shown else FIGURES
    return {name: shown[field] for name, field in names}
