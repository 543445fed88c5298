"""Parity: clips, or input tensors of a bare network, through a device and through the host's copy of the
same code, compared bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from vox_embed.core import Model, run_clip
from vox_embed.device.differences import Compared, Differences, VerifyReport, compare, compare_arrays
from vox_embed.device.events import ENOUGH, highest_score, likeliest, with_events
from vox_embed.device.events import eager as eager_model
from vox_embed.device.material import NamedClip, NamedTensor, synthetic_clips
from vox_embed.device.messages import Hello
from vox_embed.device.session import Progress, Session
from vox_embed.experiment.board_room import ram_hint
from vox_embed.experiment.errors import VoxError
from vox_embed.program.opened import open_any, open_model
from vox_embed.program.vxm import thresholds
from vox_embed.spec.link import Capability, ModelOrigin

GENERATED = 14
"""Sounds that are added where the clips leave something uncompared."""


def check_room(device: Hello, model: Model) -> None:
    """VoxError with the figures where the device has no room for the model, running or stored."""
    needed = model.listener_size if model.hears else model.arena_size
    if needed > device.memory:
        raise VoxError(
            f"{device.board}: the model needs {needed} bytes of RAM to run, the board has {device.memory}",
            ram_hint(device.board, needed),
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
        _check_same(device, model)
        return False
    check_room(device, model)
    device = session.push_model(data, progress)
    if device.model_crc != model.crc:
        raise VoxError(f"{device.board}: took the model but runs another (CRC {device.model_crc:08x})")
    _check_same(device, model)
    return True


def _check_same(device: Hello, model: Model) -> None:
    """VoxError where the device says of the same model something else than it is."""
    if not model.hears:
        return
    names = ("sample_rate", "window", "hop", "bands", "window_frames", "stride_frames")
    ours = {**{name: getattr(model, name) for name in names}, "label_count": len(model.labels)}
    for name, value in ours.items():
        said = getattr(device, name)
        if said != value:
            raise VoxError(
                f"{device.board}: runs this model, but says that its {name} is {said}, not {value}",
                "is it the vox-embed device program of this release? Flash it again",
            )


class _Clips:
    """Clips through the device and through the host, and what came of it."""

    def __init__(self, session: Session, on_clip: Callable[[NamedClip, Differences], None] | None) -> None:
        self._session = session
        self._on_clip = on_clip
        self.compared = Compared()
        self.differences = Differences()
        self.different = 0
        self.notes: list[str] = []

    def run(self, model: Model, clips: Iterable[NamedClip]) -> None:
        """model: the one that runs on the device."""
        for clip in clips:
            device = self._session.run_clip(clip.samples)
            found = compare(clip.name, run_clip(model, clip.samples), device)
            self.differences += found
            self.compared += Compared.of(device)
            self.different += found.total > 0
            if self._on_clip is not None:
                self._on_clip(clip, found)

    def report(self, not_proven: Sequence[str]) -> VerifyReport:
        """Of everything so far."""
        session = self._session
        errors = session.stats().link_errors + session.link.errors
        return VerifyReport(
            session.device.board,
            self.compared,
            self.differences,
            self.different,
            errors,
            session.resent,
            tuple(self.notes),
            tuple(not_proven),
        )


def verify(
    session: Session,
    data: bytes,
    clips: Iterable[NamedClip],
    *,
    on_clip: Callable[[NamedClip, Differences], None] | None = None,
    on_push: Progress | None = None,
    thorough: bool = False,
    eager: bool = False,
) -> VerifyReport:
    """Run every clip on the device and here, and count the differences.

    data: the .vxm; pushed if the device runs another model. on_clip: called after each clip. on_push: bytes
    pushed so far and in all. thorough: where the clips leave something uncompared, add sounds of which it is
    not so. eager: then lower the thresholds too, for which the device gets a copy of the model, and its own
    back. Raises VoxError where the device does not answer, for a bare network, and where there are no clips.
    """
    model = open_model(data, "the model")
    chosen = list(clips)
    if not chosen:
        raise VoxError("there is nothing to compare: no clips", "give test clips, or --synthetic 20")
    ensure_model(session, data, on_push)
    run = _Clips(session, on_clip)
    run.run(model, chosen)
    if thorough and not run.compared.inferences:
        chosen = synthetic_clips(model, GENERATED, 0)
        run.run(model, chosen)
        run.notes.append(f"no window of the clips was classified; {GENERATED} generated sounds were added")
    if thorough and not run.compared.events:
        device = session.device
        fits = device.capabilities & Capability.TAKE_MODEL and model.size <= device.model_slot
        _raise_events(run, data, chosen, push=session.push_model if eager and fits else None)
        ensure_model(session, data)
    return run.report(_not_proven(run.compared, data, chosen))


def _raise_events(
    run: _Clips, data: bytes, clips: Sequence[NamedClip], push: Callable[[bytes], object] | None
) -> None:
    """Clips are repeated until they raise events; where none does, with a copy of the model that does so
    sooner, if it may be pushed."""
    model, background = Model(data), thresholds(data).background
    loud = synthetic_clips(model, GENERATED, 0)
    repeated = with_events(model, background, clips) or with_events(model, background, loud)
    if repeated:
        run.run(model, repeated)
        run.notes.append(f"no clip raises an event; {len(repeated)}, repeated until they did, were added")
        return
    if push is None:
        return
    likely = (likeliest(model, frozenset(), clips) or likeliest(model, frozenset(), loud))[:ENOUGH]
    if not likely:
        return
    lowered = eager_model(data, likely)
    push(lowered)
    run.run(Model(lowered), likely)
    own, low = (thresholds(one).on / 32768 for one in (data, lowered))
    run.notes.append(
        f"nothing raises an event at threshold_on {own:.3g}; events were compared in {len(likely)} clips "
        f"with a copy of the model whose threshold_on is {low:.3g}"
    )


def _not_proven(compared: Compared, data: bytes, clips: Sequence[NamedClip]) -> list[str]:
    missing = []
    if not compared.frames:
        missing.append("features: there was no frame")
    if not compared.inferences:
        why = "the gate held every window back" if compared.windows else "there was no window"
        missing.append(f"scores: {why}")
    if not compared.events:
        model, own = Model(data), thresholds(data)
        highest = highest_score(model, own.background, clips)
        why = f"threshold_on is {own.on / 32768:.3g}, the highest score {highest:.3g}"
        if len(own.background) == len(model.labels):
            why = "all labels are background"
        missing.append(f"events: none occurred; {why}")
    return missing


def verify_network(
    session: Session,
    data: bytes,
    inputs: Iterable[NamedTensor],
    *,
    on_input: Callable[[NamedTensor, Differences], None] | None = None,
    on_push: Progress | None = None,
) -> VerifyReport:
    """Run the network of a model on every input tensor, on the device and here, and count differing outputs.

    A network with state takes them as a sequence, from its initial state on.
    data: the .vxm, a bare network or one that hears; pushed if the device runs another one. Raises VoxError
    where the device does not answer or an input has another size than the network's.
    """
    model = open_any(data, "the model")
    elements, outputs = int(np.prod(model.input_shape)), int(np.prod(model.output_shape))
    ensure_model(session, data, on_push)
    total = Differences()
    count = different = 0
    tensors = list(inputs)
    for tensor in tensors:
        if tensor.values.size != elements:
            raise VoxError(f"{tensor.name}: has {tensor.values.size} elements, the network takes {elements}")
    if not tensors:
        raise VoxError("there is nothing to compare: no input tensors", "give --inputs a file with rows")
    here = model.run(np.stack([np.ascontiguousarray(tensor.values).reshape(elements) for tensor in tensors]))
    for tensor, host in zip(tensors, here, strict=True):
        device = session.run_network(
            tensor.values.reshape(-1), outputs, host.dtype.type, follows=model.state_bytes > 0 and count > 0
        )
        scores, first = compare_arrays(tensor.name, "output element", host, device)
        found = Differences(scores=scores, first=first)
        total += found
        count += 1
        different += scores > 0
        if on_input is not None:
            on_input(tensor, found)
    stats = session.stats()
    errors = stats.link_errors + session.link.errors
    compared = Compared(clips=count, inferences=count)
    return VerifyReport(session.device.board, compared, total, different, errors, session.resent)
