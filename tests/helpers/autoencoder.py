"""Autoencoders of windows with random weights, for tests that need no training."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.autoencoder import ConvLayer, DenseLayer, Double, Layer, Repeat, Rows
from vox_embed.models.recurrent import Cell
from vox_embed.program.autoencoder import lower_errors, with_threshold
from vox_embed.program.program import Program

NETWORKS = ("dense", "conv", "gru", "lstm")
FRAMES, BANDS = 8, 12


def _dense(rng: np.random.Generator, inputs: int, units: int, *, relu: bool) -> DenseLayer:
    return DenseLayer(rng.normal(0, inputs**-0.5, (inputs, units)), rng.normal(0, 0.3, units), relu)


def _conv(rng: np.random.Generator, inputs: int, units: int, stride: int, *, relu: bool) -> ConvLayer:
    kernel = rng.normal(0, (9 * inputs) ** -0.5, (3, 3, inputs, units))
    return ConvLayer(kernel, rng.normal(0, 0.3, units), stride, relu)


def _cell(rng: np.random.Generator, kind: str, inputs: int, units: int) -> Cell:
    gates = {"gru": 3, "lstm": 4}[kind] * units
    return Cell(
        kind,  # type: ignore[arg-type]
        rng.normal(0, inputs**-0.5, (inputs, gates)),
        rng.normal(0, units**-0.5, (units, gates)),
        rng.normal(0, 0.5, gates),
        np.zeros(gates),
    )


def random_layers(network: str, seed: int = 1) -> tuple[Layer, ...]:
    """As `AutoencoderDetector.trained_`."""
    rng = np.random.default_rng(seed)
    values = FRAMES * BANDS
    if network == "dense":
        sizes = (values, 20, 6, 20, values)
        return tuple(_dense(rng, a, b, relu=b < values) for a, b in pairwise(sizes))
    if network == "conv":
        narrow = (_conv(rng, 1, 6, 2, relu=True), _conv(rng, 6, 5, 2, relu=True))
        return (*narrow, Double(), _conv(rng, 5, 6, 1, relu=True), Double(), _conv(rng, 6, 1, 1, relu=False))
    inner = (_cell(rng, network, 2 * BANDS, 10), Repeat(FRAMES // 2), _cell(rng, network, 10, 10))
    return (Rows(2), *inner, _dense(rng, 10, 2 * BANDS, relu=False))


def windows(count: int, seed: int = 2) -> NDArray[np.float32]:
    """As the float network takes them."""
    return np.random.default_rng(seed).normal(0, 1, (count, FRAMES, BANDS)).astype(np.float32)


def random_detector(network: str, seed: int = 1) -> Program:
    """The whole program: int8 windows -> posteriors of two labels."""
    scored = lower_errors(random_layers(network, seed), windows(40))
    return with_threshold(scored, windows(20, 3), 0.3, anomaly=0)


def random_inputs(count: int) -> NDArray[np.int8]:
    """int8 windows, softer and louder ones; the first two at the ends of the range."""
    rng = np.random.default_rng(4)
    sizes = np.linspace(2, 45, count)[:, None]
    made = np.clip(np.round(rng.normal(0, sizes, (count, FRAMES * BANDS))), -128, 127).astype(np.int8)
    made[0], made[1] = -128, 127
    return made
