"""Parity: clips, or input tensors of a bare network, through a device and through the host's copy of the
same code, compared bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import ClipRun, CoreError, Model, run_clip
from vox_embed.device.messages import Hello, ModelOrigin
from vox_embed.device.session import Progress, Session
from vox_embed.experiment.errors import VoxError


@dataclass(frozen=True)
class NamedClip:
    """Sound with a name to report it by: int16[n] PCM mono at the model's rate."""

    name: str
    samples: NDArray[np.int16]


@dataclass(frozen=True)
class NamedTensor:
    """An input of a network with a name to report it by: int8 or int16 [n], all elements in order."""

    name: str
    values: NDArray[Any]


@dataclass(frozen=True)
class Differences:
    """How many values differ. A value that only one side has counts as different."""

    features: int = 0
    """Band values and levels of feature frames."""
    scores: int = 0
    """Posteriors and verdicts of windows, scores and verdict of the clip; of a network, its outputs."""
    events: int = 0
    """Events: frame, label, score or kind."""
    first: str | None = None
    """The first one, in words."""

    @property
    def total(self) -> int:
        """Zero is parity."""
        return self.features + self.scores + self.events

    def __add__(self, other: Differences) -> Differences:
        return Differences(
            self.features + other.features,
            self.scores + other.scores,
            self.events + other.events,
            self.first or other.first,
        )


def _array(name: str, what: str, host: NDArray[Any], device: NDArray[Any]) -> tuple[int, str | None]:
    """Differing values, and the first: arrays of any shape, the first axis may differ in length."""
    if host.shape[1:] != device.shape[1:]:
        return max(host.size, device.size), f"{name}: {what}: shape {device.shape}, host {host.shape}"
    common = min(len(host), len(device))
    per_row = int(np.prod(host.shape[1:]))
    different = host[:common] != device[:common]
    count = int(np.count_nonzero(different)) + abs(len(host) - len(device)) * per_row
    if different.any():
        at = tuple(int(i) for i in np.argwhere(different)[0])
        place = " ".join(f"[{i}]" for i in at)
        return count, f"{name}: {what} {place}: device {device[at]}, host {host[at]}"
    if len(host) != len(device):
        return count, f"{name}: {what}: device has {len(device)}, host {len(host)}"
    return 0, None


def compare(name: str, host: ClipRun, device: ClipRun) -> Differences:
    """All values of a clip. name: for the message about the first difference."""
    a, b = host.heard, device.heard
    features = [
        _array(name, "feature (frame, band)", a.features, b.features),
        _array(name, "level of frame", a.levels, b.levels),
    ]
    scores = [
        _array(name, "last frame of window", a.window_frames, b.window_frames),
        _array(name, "posterior (window, label)", a.posteriors, b.posteriors),
        _array(name, "verdict of window", a.verdict_labels, b.verdict_labels),
        _array(name, "score of window", a.verdict_scores, b.verdict_scores),
        _array(name, "gate of window", a.gated, b.gated),
        _array(name, "clip score of label", host.scores, device.scores),
        _array(
            name,
            "clip verdict (label, score)",
            np.array([host.label, host.score]),
            np.array([device.label, device.score]),
        ),
    ]
    events = 0
    first_event = None
    for i, (ours, theirs) in enumerate(zip_longest(a.events, b.events)):
        if ours != theirs:
            events += 1
            first_event = first_event or f"{name}: event [{i}]: device {theirs}, host {ours}"
    first = next((text for _, text in (*features, *scores) if text is not None), first_event)
    return Differences(sum(n for n, _ in features), sum(n for n, _ in scores), events, first)


@dataclass(frozen=True)
class VerifyReport:
    """The outcome of `verify`."""

    target: str
    clips: int
    """Or input tensors."""
    frames: int
    windows: int
    events: int
    differences: Differences
    different_clips: int
    link_errors: int
    """Bad frames on both sides of the link."""
    resent: int

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints."""
        d = self.differences
        return {
            "target": self.target,
            "clips": self.clips,
            "differences": {"features": d.features, "scores": d.scores, "events": d.events},
        }


def open_any(data: bytes, name: str) -> Model:
    """A model that hears or a bare network. VoxError naming it where it is damaged or of another version."""
    try:
        return Model(data)
    except CoreError as error:
        code, text = error.args
        raise VoxError(
            f"{name}: not a sound model: {text} ({code})", "train or export it again, or copy it again"
        ) from error


def open_model(data: bytes, name: str) -> Model:
    """A model that hears. VoxError naming it where it is damaged, of another version, or a bare network."""
    model = open_any(data, name)
    if not model.hears:
        raise VoxError(f"{name}: a bare network without a front end: there is no sound to run it on")
    return model


def check_room(device: Hello, model: Model) -> None:
    """VoxError with the figures where the device has no room for the model, running or stored."""
    needed = model.listener_size if model.hears else model.arena_size
    if needed > device.memory:
        raise VoxError(
            f"{device.board}: the model needs {needed} bytes of RAM to run, the board has {device.memory}",
            f"choose a smaller model or another board; arena_kb in boards/{device.board}.yaml is what it has",
        )
    if model.size > device.model_slot:
        raise VoxError(
            f"{device.board}: the model has {model.size} bytes, the device takes pushed models of up to "
            f"{device.model_slot}",
            "choose a smaller model, or build it into the image (cmake -DVOX_MODEL=...)",
        )


def ensure_model(session: Session, data: bytes, progress: Progress | None = None) -> bool:
    """Push the model or bare network unless the device runs it already. True if it was pushed.

    Raises VoxError naming the board, with the figures, where it does not fit.
    """
    model = open_any(data, "the model")
    device = session.device
    running = device.model_origin is not ModelOrigin.NONE and (device.model_status == 0) == model.hears
    if running and (device.model_crc, device.model_size) == (model.crc, model.size):
        return False
    check_room(device, model)
    device = session.push_model(data, progress)
    if device.model_crc != model.crc:
        raise VoxError(f"{device.board}: took the model but runs another (CRC {device.model_crc:08x})")
    return True


def verify(
    session: Session,
    data: bytes,
    clips: Iterable[NamedClip],
    *,
    on_clip: Callable[[NamedClip, Differences], None] | None = None,
    on_push: Progress | None = None,
) -> VerifyReport:
    """Run every clip on the device and here, and count the differences.

    data: the .vxm; pushed if the device runs another model. on_clip: called after each clip. on_push: bytes
    pushed so far and in all. Raises VoxError where the device does not answer, and for a bare network.
    """
    model = open_model(data, "the model")
    ensure_model(session, data, on_push)
    total = Differences()
    count = frames = windows = events = different = 0
    for clip in clips:
        device = session.run_clip(clip.samples)
        found = compare(clip.name, run_clip(model, clip.samples), device)
        total += found
        count += 1
        frames += len(device.heard.levels)
        windows += len(device.heard.window_frames)
        events += len(device.heard.events)
        different += found.total > 0
        if on_clip is not None:
            on_clip(clip, found)
    stats = session.stats()
    errors = stats.link_errors + session.link.errors
    board = session.device.board
    return VerifyReport(board, count, frames, windows, events, total, different, errors, session.resent)


def verify_network(
    session: Session,
    data: bytes,
    inputs: Iterable[NamedTensor],
    *,
    on_input: Callable[[NamedTensor, Differences], None] | None = None,
    on_push: Progress | None = None,
) -> VerifyReport:
    """Run the network of a model on every input tensor, on the device and here, and count differing outputs.

    data: the .vxm, a bare network or one that hears; pushed if the device runs another one. Raises VoxError
    where the device does not answer or an input has another size than the network's.
    """
    model = open_any(data, "the model")
    elements, outputs = int(np.prod(model.input_shape)), int(np.prod(model.output_shape))
    ensure_model(session, data, on_push)
    total = Differences()
    count = different = 0
    for tensor in inputs:
        if tensor.values.size != elements:
            raise VoxError(f"{tensor.name}: has {tensor.values.size} elements, the network takes {elements}")
        host = model.run(np.ascontiguousarray(tensor.values).reshape(1, elements))[0]
        scores, first = _array(
            tensor.name,
            "output element",
            host,
            session.run_network(tensor.values.reshape(-1), outputs, host.dtype.type),
        )
        found = Differences(scores=scores, first=first)
        total += found
        count += 1
        different += scores > 0
        if on_input is not None:
            on_input(tensor, found)
    stats = session.stats()
    errors = stats.link_errors + session.link.errors
    return VerifyReport(session.device.board, count, 0, 0, 0, total, different, errors, session.resent)


def random_tensors(model: Model, count: int, seed: int) -> list[NamedTensor]:
    """Inputs for a network: uniform noise, bells around the zero point, ramps, and all at one value, the ends
    of the range among them. The same for the same seed."""
    rng = np.random.default_rng(seed)
    n = int(np.prod(model.input_shape))
    zero = model.input_zero_point
    kinds = ("uniform", "bell", "ramp", "constant")
    tensors = []
    for i in range(count):
        kind = kinds[i % len(kinds)]
        if kind == "uniform":
            values = rng.integers(-128, 128, n).astype(float)
        elif kind == "bell":
            values = rng.normal(zero, rng.uniform(1, 60), n)
        elif kind == "ramp":
            values = (np.arange(n) * rng.integers(1, 50) + rng.integers(256)) % 256 - 128.0
        else:
            values = np.full(n, (-128, 127, zero, rng.integers(-128, 128))[i // len(kinds) % 4], float)
        drawn = np.clip(np.rint(values), -128, 127).astype(np.int8)
        if model.input_bytes == 2:
            drawn = drawn * np.int16(256) + rng.integers(0, 256, n).astype(np.int16)
        tensors.append(NamedTensor(f"random {i} ({kind})", drawn))
    return tensors


def synthetic_clips(model: Model, count: int, seed: int) -> list[NamedClip]:
    """Sounds that reach every corner of the arithmetic: noise, tones, sweeps, clicks, silence, full scale,
    bursts; 0.2 to 2.5 windows long. The same for the same seed."""
    rng = np.random.default_rng(seed)
    rate = model.sample_rate
    window = model.window + (model.window_frames - 1) * model.hop
    clips = []
    for i in range(count):
        length = int(window * rng.uniform(0.2, 2.5))
        t = np.arange(length) / rate
        kind = ("noise", "tones", "sweep", "clicks", "silence", "full scale", "bursts")[i % 7]
        level = 32767 * 10 ** rng.uniform(-3.5, 0)
        if kind == "noise":
            sound = rng.normal(0, level / 3, length)
        elif kind == "tones":
            pitches = rng.uniform(60, rate / 2, 4)
            sound = sum((np.sin(2 * np.pi * f * t) for f in pitches), np.zeros(length)) * level / 4
        elif kind == "sweep":
            sound = level * np.sin(2 * np.pi * (50 * t + rate / 4.2 * t**2 / max(t[-1], 1e-3)))
        elif kind == "clicks":
            sound = np.where(rng.random(length) < 0.002, level, 0.0)
        elif kind == "silence":
            sound = rng.integers(-2, 3, length).astype(float)
        elif kind == "full scale":
            sound = np.where(np.sin(2 * np.pi * rng.uniform(100, 1000) * t) >= 0, 32767.0, -32768.0)
        else:
            gate = np.sin(2 * np.pi * rng.uniform(1, 4) * t) > 0.3
            sound = rng.normal(0, level / 3, length) * gate
        samples = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
        clips.append(NamedClip(f"synthetic {i} ({kind})", samples))
    return clips
