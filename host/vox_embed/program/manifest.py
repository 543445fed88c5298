"""Manifests of microWakeWord: what turns one of its networks into a model that hears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.features.micro import BANDS, SAMPLE_RATE, WINDOW, Micro
from vox_embed.gate.files import read_bytes
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.text import UnfitTextError, admit_label
from vox_embed.program.build import build_classifier
from vox_embed.program.program import Program
from vox_embed.program.vxm import ONE_Q15, Decision, Normaliser
from vox_embed.spec.model_format import MAX_FRAMES, MAX_HISTORY

_MOST_BYTES = 65536
_REST_FRAMES = 100
"""In which microWakeWord ignores a word after it was heard."""
_POSTERIOR = (1 / 256, -128)
"""Scale and zero point of a probability."""
_FULL_SCALE = 256 / 666
"""Steps of int8 a step of a feature: 26.0 of feature / 25.6 are 256 steps, in microWakeWord's integers."""


@dataclass(frozen=True)
class Manifest:
    """Version 2 of `micro` manifests."""

    path: Path
    wake_word: str
    model: str
    """File name of the network."""
    cutoff: float
    """Of the mean probability, 0..1."""
    window: int
    """Probabilities that the mean is taken of."""
    step_ms: int
    """Milliseconds between feature frames."""
    arena: int | None
    """Bytes that TensorFlow Lite Micro needs."""

    @property
    def hop(self) -> int:
        """Samples between feature frames."""
        return self.step_ms * SAMPLE_RATE // 1000


def read_manifest(path: Path) -> Manifest:
    """VoxError that names the file and the key where it is no manifest that a model can be made of."""
    try:
        values = parse_json(read_bytes(path, _MOST_BYTES), _MOST_BYTES)
    except OSError as error:
        raise VoxError(
            f"{path}: cannot be read: {error.strerror or error}", "--manifest takes its .json"
        ) from error
    except ValueError as error:
        raise VoxError(f"{path}: no valid JSON: {error}", "fetch it again") from error
    top = _Reader(path, values)
    if top.of("type", str) != "micro":
        raise top.refuse("type", "is not `micro`", "manifests of microWakeWord are supported")
    if top.of("version", int) != 2:
        raise top.refuse("version", f"is {values['version']}, not 2", "fetch version 2 of the model")
    try:
        word = admit_label(top.of("wake_word", str))
    except UnfitTextError as error:
        raise top.refuse("wake_word", str(error)) from error
    micro = _Reader(path, top.of("micro", dict), "micro.")
    return Manifest(
        path=path,
        wake_word=word,
        model=PurePosixPath(top.of("model", str)).name,
        cutoff=micro.number("probability_cutoff", 0.0, 1.0),
        window=int(micro.number("sliding_window_size", 1, MAX_HISTORY, whole=True)),
        step_ms=int(micro.number("feature_step_size", 1, 1000 * WINDOW // SAMPLE_RATE, whole=True)),
        arena=int(micro.number("tensor_arena_size", 0, 2**31, whole=True))
        if "tensor_arena_size" in micro.values
        else None,
    )


class _Reader:
    """Keys of one JSON object, with errors that name them."""

    def __init__(self, path: Path, values: Any, prefix: str = "") -> None:
        self.path, self.prefix = path, prefix
        if not isinstance(values, dict):
            raise VoxError(
                f"{path}: not a JSON object", "--manifest takes the .json of a microWakeWord model"
            )
        self.values: Mapping[str, Any] = values

    def refuse(self, key: str, what: str, hint: str | None = None) -> VoxError:
        return VoxError(f"{self.path}: `{self.prefix}{key}` {what}", hint)

    def of(self, key: str, kind: type) -> Any:
        if key not in self.values:
            raise self.refuse(key, "is missing", "--manifest takes the .json of a microWakeWord model")
        value = self.values[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.refuse(key, f"is {value!r}, not {_KINDS[kind]}")
        return value

    def number(self, key: str, low: float, high: float, *, whole: bool = False) -> float:
        kind = int if whole else float
        given = self.values.get(key)
        value = self.of(key, int if whole or isinstance(given, int) else float)
        if not low <= value <= high:
            raise self.refuse(key, f"is {value}; {low} to {high} is possible")
        return kind(value)


_KINDS = {str: "a text", int: "a whole number", float: "a number", dict: "a JSON object"}


def check_belongs(manifest: Manifest, network: Path) -> None:
    """VoxError unless the manifest is of this network."""
    if not network.is_file():
        raise VoxError(
            f"{network}: not found, and `{manifest.path}` is a manifest without its model `{manifest.model}`",
            f"fetch {manifest.model} from where the manifest came from",
        )
    if network.name != manifest.model:
        raise VoxError(
            f"{manifest.path}: it is the manifest of `{manifest.model}`, not of `{network.name}`",
            f"vox-embed import-tflite {network.with_name(manifest.model)} --manifest {manifest.path}",
        )


def check_fits(manifest: Manifest, program: Program) -> None:
    """VoxError unless the network maps feature frames to one probability."""
    source, result = program.input_tensor, program.output_tensor
    frames, bands = source.shape[1] * source.shape[2], source.shape[3]
    if bands != BANDS or 1 not in source.shape[1:3] or frames > MAX_FRAMES:
        raise VoxError(
            f"{manifest.model}: its input {list(source.shape)} is no row of frames of {BANDS} features",
            f"{manifest.path} belongs to a network with input [1, frames, {BANDS}]",
        )
    if result.shape != (1, 1, 1, 1) or (result.scale, result.zero_point) != _POSTERIOR:
        raise VoxError(
            f"{manifest.model}: its output {list(result.shape)} (scale {result.scale:g}, zero point "
            f"{result.zero_point}) is not one probability",
            f"{manifest.path} belongs to a network that ends in a LOGISTIC, uint8 or int8",
        )


def build_wake_word(manifest: Manifest, program: Program, meta: Mapping[str, Any]) -> bytes:
    """The .vxm that hears: micro front end, microWakeWord's quantisation of its features, the network on as
    many new frames as its input holds, the mean of the last probabilities against the cutoff.

    Raises VoxError where the network is none of its kind.
    """
    check_fits(manifest, program)
    frames = program.input_tensor.shape[1] * program.input_tensor.shape[2]
    # Probabilities are compared in 255ths there: more than 5 * int(255 p) of 256 * 5.
    threshold = min(ONE_Q15, int(np.float32(255.0 * manifest.cutoff)) * (ONE_Q15 // 256) + 1) / ONE_Q15
    features = Micro(manifest.hop)
    return build_classifier(
        features=features,
        normaliser=Normaliser.from_statistics(
            "none", np.zeros(BANDS), np.ones(BANDS), 1 / _FULL_SCALE, program.input_tensor.zero_point
        ),
        program=program,
        labels=[manifest.wake_word],
        decision=Decision(
            window=frames,
            stride=frames,
            labels=1,
            history=manifest.window,
            threshold_on=threshold,
            threshold_off=threshold,
            unknown_threshold=threshold,
            refractory=_REST_FRAMES,
        ),
        meta=meta,
    )
