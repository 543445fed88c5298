"""Several models on one front end: each wakes the next, and one that sleeps costs nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from vox_embed.core import CoreError, Frontend, Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.stored import StoredModel, read_model
from vox_embed.program.vxm import meta_section, read_sections, write_container
from vox_embed.spec.model_format import (
    MAX_STAGES,
    FrontendParams,
    Op,
    ProgramParams,
    SectionTag,
    Tensor,
    TensorFlag,
    WakeParams,
)


@dataclass(frozen=True)
class Stage:
    """A model of a cascade. name: for messages. data: its .vxm, opened before. hold, lookback: feature
    frames, of a stage that is woken; lookback None: a window.
    """

    name: str
    data: bytes
    hold: int = 0
    lookback: int | None = None


def build_cascade(stages: Sequence[Stage], level: int = 0) -> bytes:
    """One .vxm from the stage that is always awake to the one whose results are the file's.

    level: Q9 log2, at least 1: sound as loud as that wakes the first stage, which is then not always awake.
    Raises VoxError where the stages do not go together.
    """
    if not (1 if level else 2) <= len(stages) <= MAX_STAGES:
        raise VoxError(
            f"{len(stages)} models: a cascade has 2 to {MAX_STAGES}", "or one, and a level that wakes it"
        )
    for stage in stages:
        _check_alone(stage)
        _check_same_front_end(stages[0], stage)
    models = [read_model(stage.data) for stage in stages]
    states = [Model(stage.data).state_bytes for stage in stages]
    made, below = b"", 0
    for i, (stage, model) in enumerate(zip(stages, models, strict=True)):
        sections = {**model.sections, SectionTag.PROGRAM: _moved(model, below, sum(states) - states[i])}
        below += states[i]
        if i > 0 or level:
            sections[SectionTag.WAKE] = _wake(stage, 0 if i else level) + made
        if i < len(stages) - 1:
            del sections[SectionTag.FRONTEND]
        else:
            names = [_meta(one).get("name", one.name) for one in stages]
            sections[SectionTag.META] = meta_section({**_meta(stage), "stages": names})
        made = write_container(sections)
    try:
        Model(made)
    except CoreError as error:
        raise VoxError(
            f"the cascade does not hold together: {error.args[1]} (status {error.args[0]})"
        ) from error
    return made


def level_of(stage: Stage, dbfs: float) -> int:
    """The level (Q9 log2) of a 1 kHz sine at `dbfs`, 0 dB being full scale, in the stage's front end."""
    model = Model(stage.data)
    time = np.arange(model.sample_rate) / model.sample_rate
    sine = np.round(32767 * 10 ** (min(dbfs, 0.0) / 20) * np.sin(2000 * np.pi * time)).astype(np.int16)
    front_end = Frontend(read_sections(stage.data)[SectionTag.FRONTEND])
    return max(1, int(np.median(front_end.extract_with_levels(sine)[1])))


def files_of(data: bytes) -> Iterator[bytes]:
    """The .vxm of every stage, the file itself first. Those that wake others lack the front end."""
    while data:
        yield data
        data = read_sections(data).get(SectionTag.WAKE, b"")[WakeParams.SIZE :]


def stages_of(data: bytes) -> list[Model]:
    """Every stage as a model by itself, the file's own first. data: a .vxm that opens, cascade or not."""
    front_end = read_sections(data).get(SectionTag.FRONTEND)
    if front_end is None:
        return [Model(data)]
    stages = []
    for file in files_of(data):
        sections = {tag: s for tag, s in read_sections(file).items() if tag != SectionTag.WAKE}
        stages.append(Model(write_container({**sections, SectionTag.FRONTEND: front_end})))
    return stages


def _check_alone(stage: Stage) -> None:
    model, sections = Model(stage.data), read_sections(stage.data)
    if not model.hears:
        raise VoxError(f"{stage.name}: a bare network, which hears nothing", "give models that hear")
    if SectionTag.WAKE in sections:
        raise VoxError(f"{stage.name}: a cascade already", "give its models one by one")


def _check_same_front_end(first: Stage, other: Stage) -> None:
    sections = [read_sections(stage.data)[SectionTag.FRONTEND] for stage in (first, other)]
    if sections[0] == sections[1]:
        return
    ours, theirs = (FrontendParams.unpack(section) for section in sections)
    for name in ("kind", "sample_rate", "window", "hop", "fft_size", "bands"):
        a, b = getattr(ours, name), getattr(theirs, name)
        if a != b:
            unit = {"sample_rate": " Hz", "window": " samples", "hop": " samples"}.get(name, "")
            raise VoxError(
                f"front ends differ: {name} is {a}{unit} in {first.name} and {b}{unit} in {other.name}",
                "train all stages of a cascade with the same `features` section",
            )
    raise VoxError(
        f"front ends differ: {first.name} and {other.name} have other bands or tables (fmin, fmax, taper)",
        "train all stages of a cascade with the same `features` section",
    )


def _wake(stage: Stage, level: int) -> bytes:
    model = Model(stage.data)
    if model.functional_count:
        raise VoxError(
            f"{stage.name}: takes functionals, for which every frame has work to be done: it cannot sleep",
            "let it be the first stage",
        )
    rows, window = model.run_frames, model.window_frames
    wanted = window if stage.lookback is None or rows == window else stage.lookback
    lookback = rows * max(1, -(-min(wanted, window) // rows))
    return WakeParams(lookback, min(stage.hold, 65535), level).pack()


def _meta(stage: Stage) -> Mapping[str, Any]:
    text = read_sections(stage.data).get(SectionTag.META, b"{}")
    return cast("Mapping[str, Any]", json.loads(text))


def _is_state(tensor: Tensor) -> bool:
    return bool(tensor.flags & TensorFlag.STATE)


def _moved(model: StoredModel, below: int, others: int) -> bytes:
    """PROG with state behind `below` bytes of other stages, and the rest behind `others` of them."""
    section = bytearray(model.sections[SectionTag.PROGRAM])
    program = replace(model.program, arena_size=model.program.arena_size + others)
    section[: ProgramParams.SIZE] = program.pack()
    for i, tensor in enumerate(model.tensors):
        moved = replace(tensor, offset=tensor.offset + (below if _is_state(tensor) else others))
        at = program.tensor_offset + i * Tensor.SIZE
        section[at : at + Tensor.SIZE] = moved.pack()
    at = program.op_offset
    for op in model.ops:
        if op.record is not None and hasattr(op.record, "scratch"):
            record = cast("Any", op.record)
            packed = replace(record, scratch=record.scratch + others).pack()
            section[at + Op.SIZE : at + Op.SIZE + len(packed)] = packed
        at += op.head.size
    return bytes(section)
