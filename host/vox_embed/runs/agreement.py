"""How often other forms of a model decide as the model does, on the test data of its experiment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Frontend, Functionals, Model
from vox_embed.data import load_dataset
from vox_embed.data.clips import load_clips
from vox_embed.experiment import Experiment, VoxError
from vox_embed.export.emlearn import Forest
from vox_embed.features.functionals import spans
from vox_embed.program.stored import read_model
from vox_embed.program.stored_trees import read_trees
from vox_embed.spec.model_format import SectionTag


def emlearn_agreement(experiment: Experiment, data: bytes) -> dict[str, float]:
    """Share of the test windows in which emlearn's forms decide as the .vxm (csv, c), and their number."""
    forest = Forest.make(read_trees(data))  # before any sound is read: it may be that it cannot be made
    rows = rows_of_test(experiment, data)
    model = Model(data)
    inputs = np.asarray(model.normalise(rows[:, None, :])).astype(np.int16)
    decided = model.run(inputs).argmax(axis=1)
    return {
        "csv": float((forest.decide(inputs, votes=True) == decided).mean()),
        "c": float((forest.decide(inputs, votes=False) == decided).mean()),
        "windows": float(len(rows)),
    }


def rows_of_test(experiment: Experiment, data: bytes) -> NDArray[np.int16]:
    """Functionals of every window of the test clips, int16 [windows, values]."""
    model = read_model(data)
    sections, decision = model.sections, model.decision
    if decision is None or SectionTag.FUNCTIONALS not in sections:
        raise VoxError("the model takes frames, not functionals", "give window.functionals, and train again")
    front = Frontend(sections[SectionTag.FRONTEND])
    kind = Functionals(sections[SectionTag.FUNCTIONALS], front.bands)
    settings = experiment.data
    _, clips = load_clips(
        load_dataset(experiment, needs=("test",)).select("test"),
        front.sample_rate,
        skip_bad_files=settings.skip_bad_files,
        trim_zeros=settings.trim_zeros,
    )
    rows = []
    for clip in clips:
        frames = front.extract(clip)
        rows += [kind.window(frames[a:b]) for a, b in spans(len(frames), decision.window, decision.stride)]
    if not rows:
        raise VoxError("no test clip is as long as a frame", "check the test rows of the experiment")
    return np.stack(rows)
