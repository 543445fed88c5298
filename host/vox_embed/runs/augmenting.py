"""The training clips of an experiment as `augment` changes them: a database, and a page to hear and see."""

from __future__ import annotations

import base64
import contextlib
import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data import load_dataset
from vox_embed.data.columns import column_names
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.schema import Augment
from vox_embed.gate.files import check_output, write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.models.augment import AudioAugmenter, augmenter_for
from vox_embed.report.page import page
from vox_embed.report.plots import png, spectrogram_plot
from vox_embed.report.themes import Picture, both_themes
from vox_embed.runs.reading import read_sounds
from vox_embed.runs.reporter import Quiet, Reporter

TABLE, PAGE, AUDIO = "table.csv", "show.html", "audio"
_BUILDING = ".building"
"""Behind the name of a folder that is being filled: a run that is stopped leaves no half of it."""
_NOT_KEPT = {
    "file",
    "start",
    "end",
    "duration",
    "split",
    "label",
    "table",
    "place",
    "recording",
    "key",
    "database",
}


@dataclass(frozen=True)
class Augmented:
    """clips: that were written. page: where it is, if it was asked for."""

    folder: Path
    clips: int
    page: Path | None


@dataclass(frozen=True, eq=False)
class Pair:
    """A clip as it is and as it becomes, for the page: WAV in base64, and spectrograms."""

    title: str
    sounds: tuple[str, str]
    pictures: tuple[Picture, Picture]


def augment(
    experiment: Experiment,
    out: Path,
    copies: int = 1,
    show: int | None = None,
    reporter: Reporter | None = None,
) -> Augmented:
    """Write `copies` changed copies of each training clip, and a table with the columns of the originals.

    show: in place of that, a page of so many clips. VoxError where nothing is asked for, or the folder is
    in use.
    """
    log = reporter or Quiet()
    settings = experiment.augment
    if settings.model_copy(update={"copies": 1}) == Augment():
        raise VoxError(
            f"{experiment.path or experiment.name}: augment: nothing is asked for",
            "such as `augment: {noise_snr_db: [5, 20], pitch: [-2, 2]}`",
        )
    if show is None and out.exists() and any(out.iterdir()):
        raise VoxError(f"{out}: is there already, and not empty", "name another folder with --out")
    check_output(out / (PAGE if show is not None else TABLE))
    dataset = load_dataset(experiment, needs=())
    learn = dataset.select("train")
    if not len(learn):
        raise VoxError("there are no training rows", "only they are augmented")
    sounds = read_sounds(experiment, learn, experiment.features.sample_rate, log)
    rate = experiment.features.sample_rate
    codes = sounds.rows.indicator if sounds.rows.tags else sounds.rows.targets
    made = augmenter_for(settings, sounds.clips, codes, sounds.rows.labels, None, rate, experiment.seed)
    if show is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_atomic(out / PAGE, _page(experiment, sounds, made, show))
        return Augmented(out, 0, out / PAGE)
    building = out.with_name(f"{out.name}{_BUILDING}")
    shutil.rmtree(building, ignore_errors=True)
    try:
        clips = _database(experiment, sounds, made, building, copies, log)
        with contextlib.suppress(FileNotFoundError):
            out.rmdir()
        building.rename(out)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return Augmented(out, clips, None)


def _changed(made: AudioAugmenter, clip: NDArray[np.int16], *drawn: int) -> NDArray[np.int16]:
    return made(clip, np.random.default_rng([drawn[0], 0xC0B1, *drawn[1:]]))


def _database(  # noqa: PLR0917
    experiment: Experiment, sounds: Sounds, made: AudioAugmenter, out: Path, copies: int, log: Reporter
) -> int:
    import soundfile

    table = sounds.rows.table
    columns = [name for name in column_names(table) if name not in _NOT_KEPT and name in table.columns]
    rows: list[list[str]] = []
    (out / AUDIO).mkdir(parents=True)
    with log.task("Changing clips", "files") as advance:
        for place, clip in enumerate(sounds.clips):
            row: Any = table.iloc[place]
            for copy in range(1, copies + 1):
                name = f"{AUDIO}/{place:06d}-{copy}.wav"
                changed = _changed(made, clip, experiment.seed, copy, place)
                soundfile.write(out / name, changed, experiment.features.sample_rate, subtype="PCM_16")
                cells = ["" if row[column] != row[column] else str(row[column]) for column in columns]
                rows.append([name, str(row["label"]), str(row["file"]), str(copy), *cells])
            advance(place + 1, len(sounds))
    heads = ["file", sounds.rows.target, "original", "copy", *columns]
    keep = [i for i, head in enumerate(heads) if head not in heads[:i]]
    write_atomic(out / TABLE, csv_text([heads[i] for i in keep], [[row[i] for i in keep] for row in rows]))
    return len(rows)


def _page(experiment: Experiment, sounds: Sounds, made: AudioAugmenter, count: int) -> str:
    rate, table = experiment.features.sample_rate, sounds.rows.table
    places = np.linspace(0, len(sounds) - 1, min(count, len(sounds))).astype(int)
    pairs = []
    for place in places.tolist():
        clip = sounds[place]
        changed = _changed(made, clip, experiment.seed, 1, place)
        longest = max(len(clip), len(changed)) / rate
        both = (clip, changed)
        pictures = [_picture(one, rate, longest) for one in both]
        pairs.append(
            Pair(
                f"{Path(str(table['file'].iloc[place])).name} ({table['label'].iloc[place]})",
                (_wav(clip, rate), _wav(changed, rate)),
                (pictures[0], pictures[1]),
            )
        )
    given = experiment.augment.model_dump(mode="json", exclude_defaults=True)
    settings = "; ".join(f"{key}: {value}" for key, value in given.items())
    return page("augmented.html", {}, title=experiment.name, pairs=pairs, settings=settings)


def _picture(clip: NDArray[np.int16], rate: int, seconds: float) -> Picture:
    made = both_themes(lambda theme: png(spectrogram_plot(clip, rate, seconds, theme)))
    assert made is not None
    return made


def _wav(clip: NDArray[np.int16], rate: int) -> str:
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, clip, rate, format="WAV", subtype="PCM_16")
    return base64.b64encode(file.getvalue()).decode("ascii")
