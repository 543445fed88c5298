"""From an experiment to a page about its data."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import numpy as np

from vox_embed.data import load_dataset
from vox_embed.data.groups import drawn_text, groups_of
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.files import EXPLORED, METRICS, PLOTS, REPORT
from vox_embed.experiment.results import building_of, check_place, results_root
from vox_embed.explore.columns import columns_of, target_of
from vox_embed.explore.doubts import associations, doubtful
from vox_embed.explore.page import Exploration, all_pictures, render
from vox_embed.explore.values import importance, planes, values_of
from vox_embed.gate.files import write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.runs.reading import read_sounds
from vox_embed.runs.reporter import Quiet, Reporter

Rows = Literal["auto", "all", "train", "dev", "test"]
TABLE = "associations.csv"


def explore(
    experiment: Experiment,
    reporter: Reporter | None = None,
    rows: Rows = "auto",
    *,
    features: bool = True,
    root: Path | None = None,
) -> tuple[Exploration, Path]:
    """Look at the data of an experiment; a folder `<name>.explore` of results holds the page.

    rows: which of them statistics are of; auto: those of train where there are any. features: with the
    features of the experiment, which takes the longest. Raises VoxError.
    """
    log = reporter or Quiet()
    folder = (root or results_root()) / f"{experiment.name}{EXPLORED}"
    check_place(folder.name, folder.parent)
    dataset = load_dataset(experiment, needs=()).by_combination()
    sounds = read_sounds(experiment, dataset, experiment.features.sample_rate, log, measure=True)
    dataset = sounds.rows
    splits = dataset.table["split"].to_numpy(str)
    wanted = rows if rows != "auto" else "train" if (splits == "train").any() else "all"
    chosen = np.ones(len(splits), bool) if wanted == "all" else splits == wanted
    if not chosen.any():
        raise VoxError(f"--rows {wanted}: there are none", "all, or a split that has rows")
    with log.task("Measuring sound", "files"):
        columns = columns_of(sounds, experiment.features.sample_rate)
    found = associations(sounds, columns, chosen)
    of_sound = frozenset(column.name for column in columns if column.of_sound)
    doubts = tuple(doubtful(found, of_sound, experiment.decision.background))
    values = weights = shown = None
    places: dict[str, np.ndarray] = {}
    if features:
        with log.task("Extracting features", "files") as advance:
            values = values_of(experiment, sounds, advance)
        with log.task("Looking at features", "steps"):
            shown, places = planes(values, experiment.seed)
            try:
                weights = importance(values, sounds, experiment.seed)
            except (VoxError, ValueError) as error:
                log.note(f"note: importance of features is not told: {error}")
    exploration = Exploration(
        title=experiment.name,
        target=target_of(dataset),
        columns=columns,
        splits=splits,
        rows=chosen,
        of_train=wanted == "train",
        drawn=drawn_text(groups_of(dataset).kinds),
        associations=found,
        doubts=doubts,
        notes=dataset.notes,
        values=values,
        importance=weights,
        shown=shown,
        places=places,
        speakers=bool(dataset.table["speaker"].notna().any()),
    )
    _write(folder, exploration, log)
    return exploration, folder


def _write(folder: Path, found: Exploration, log: Reporter) -> None:
    with log.task("Drawing", "pictures"), building_of(folder) as place:
        (place / PLOTS).mkdir()
        for name, image in all_pictures(found).items():
            (place / PLOTS / name).write_bytes(image)
        heads = [
            "column",
            "statistic",
            "p",
            "measure",
            "effect",
            "low",
            "high",
            "size",
            "clips",
            "between",
            "auc",
            "told",
        ]
        cells = [
            [
                one.other, one.statistic, f"{one.p:.6g}", one.measure, f"{one.effect:.6g}",
                *(f"{value:.6g}" for value in one.ci95), one.size, one.clips,
                " ".join(one.between or ()), "" if one.auc is None else f"{one.auc:.6g}", one.told,
            ]
            for one in found.largest
        ]  # fmt: skip
        write_atomic(place / TABLE, csv_text(heads, cells))
        write_atomic(place / METRICS, json.dumps(as_json(found), indent=2) + "\n")
        write_atomic(place / REPORT, render(found))


def as_json(found: Exploration) -> dict[str, object]:
    """As `--json` prints it."""
    best = [] if found.importance is None else [found.importance.names[i] for i in found.best]
    return {
        "name": found.title,
        "target": found.target.name,
        "clips": int(found.rows.sum()),
        "doubts": list(found.doubts),
        "associations": [asdict(one) | {"size": one.size} for one in found.largest],
        "features": best,
    }
