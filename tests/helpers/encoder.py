"""The recurrent encoder of `model: {type: learned}` with random weights, for tests that need no training."""

from __future__ import annotations

import numpy as np

from vox_embed.features import LogMel
from vox_embed.models.recurrent import Cell, Trained
from vox_embed.program.build import build_classifier
from vox_embed.program.recurrent import lower_trained
from vox_embed.program.schedule import stream_program
from vox_embed.program.vxm import Decision, Normaliser

LABELS = ("low", "middle", "high")
STRIDE = 2


def encoder_model(features: LogMel, cell: str = "gru", units: int = 64, seed: int = 1) -> bytes:
    """A .vxm that hears: layers of `units` on rows of two frames, then a linear head."""
    rng = np.random.default_rng(seed)
    gates = {"gru": 3, "lstm": 4}[cell]
    inputs = STRIDE * features.bands
    layer = Cell(
        cell,  # type: ignore[arg-type]
        rng.normal(0, inputs**-0.5, (inputs, gates * units)),
        np.concatenate([np.linalg.qr(rng.normal(size=(units, units)))[0] for _ in range(gates)], axis=1),
        rng.uniform(-1, 3, gates * units),
        np.zeros(gates * units),
    )
    head = rng.normal(0, 4 * units**-0.5, (units, len(LABELS)))
    frames = 40
    windows = rng.normal(0, 1, (24, frames, features.bands))
    trained = Trained(None, 0, STRIDE, (layer,), head, np.zeros(len(LABELS)))
    program = stream_program(lower_trained(trained, windows, np.concatenate([windows, windows], 1)), STRIDE)
    source = program.input_tensor
    mean, spread = np.full(features.bands, 6500.0), np.full(features.bands, 1500.0)
    normaliser = Normaliser.from_statistics("none", mean, spread, source.scale, source.zero_point)
    decision = Decision(
        frames, 4, len(LABELS), stream="mean", history=2, threshold_on=0.5, threshold_off=0.45, refractory=4
    )
    return build_classifier(
        features=features,
        normaliser=normaliser,
        program=program,
        labels=LABELS,
        decision=decision,
        meta={"name": "encoder"},
    )
