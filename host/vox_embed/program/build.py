"""Putting a classifier together: front end, normalisation, program, labels and decision become one .vxm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vox_embed.core import CoreError, Model
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Experiment
from vox_embed.features import FeatureExtractor, Functionals
from vox_embed.program.ops import Op
from vox_embed.program.program import Program
from vox_embed.program.vxm import (
    Decision,
    Normaliser,
    Rule,
    labels_section,
    meta_section,
    write_container,
)
from vox_embed.spec.model_format import MAX_ARENA, MAX_OP_WORK, MAX_WORK, SectionTag
from vox_embed.spec.status import Status


def decision_of(experiment: Experiment, features: FeatureExtractor, labels: Sequence[str]) -> Decision:
    """The `window` and `decision` sections in the model's units."""
    d = experiment.decision
    strange = [tag for tag in d.thresholds if tag not in labels]
    if strange:
        raise VoxError(
            f"decision.thresholds: `{strange[0]}` is not a tag of this data",
            f"tags are: {', '.join(labels)}",
        )
    unknown = [label for label in d.background if label not in labels]
    if unknown:
        raise VoxError(
            f"decision.background: `{unknown[0]}` is not a label of this data",
            f"labels are: {', '.join(labels)}",
        )
    refractory = min(65535, experiment.refractory_frames)
    rule = Rule(d.threshold_on, d.threshold_off, refractory)
    return Decision(
        window=experiment.window_frames,
        stride=experiment.stride_frames,
        labels=len(labels),
        clip=d.clip,
        stream=d.stream,
        history=d.history,
        alpha=d.alpha,
        threshold_on=d.threshold_on,
        threshold_off=d.threshold_off,
        unknown_threshold=d.unknown_threshold,
        gate_level=0 if d.gate_dbfs is None else features.level_of(d.gate_dbfs),
        refractory=refractory,
        background=frozenset(labels.index(label) for label in d.background),
        rules=(rule,) * len(labels) if experiment.tags else (),
        tags=experiment.tags,
    )


def build_classifier(
    *,
    features: FeatureExtractor,
    normaliser: Normaliser,
    program: Program,
    labels: Sequence[str],
    decision: Decision,
    meta: Mapping[str, Any],
    functionals: Functionals | None = None,
) -> bytes:
    """A .vxm that hears.

    Raises VoxError where the library itself refuses the result, which tells of parts that do not belong
    together.
    """
    prog, weights = program.sections()
    data = write_container(
        {
            SectionTag.META: meta_section(meta),
            SectionTag.LABELS: labels_section(labels),
            SectionTag.FRONTEND: features.section(),
            **({} if functionals is None else {SectionTag.FUNCTIONALS: functionals.section()}),
            SectionTag.NORM: normaliser.section(),
            SectionTag.PROGRAM: prog,
            SectionTag.DECISION: decision.section(),
            SectionTag.WEIGHTS: weights,
        }
    )
    return _checked(data, program)


def build_network(program: Program, meta: Mapping[str, Any]) -> bytes:
    """A .vxm that is a bare network: tensors in, tensors out."""
    prog, weights = program.sections()
    data = write_container(
        {SectionTag.META: meta_section(meta), SectionTag.PROGRAM: prog, SectionTag.WEIGHTS: weights}
    )
    return _checked(data, program)


def _memory_of(program: Program, op: Op) -> int:
    """Bytes of the tensors that an operator reads, of the one that it writes, and of its scratch."""
    return sum(program.tensors[index].size for index in {*op.inputs, op.output}) + op.scratch(program.tensors)


def _checked(data: bytes, program: Program) -> bytes:
    if program.arena_size > MAX_ARENA:
        place, op = max(enumerate(program.ops), key=lambda pair: _memory_of(program, pair[1]))
        raise VoxError(
            f"the network's tensors take {program.arena_size:,} bytes, {_memory_of(program, op):,} in layer "
            f"{place}, `{op.kind}` at `{program.tensors[op.output].name}`",
            f"a model has up to {MAX_ARENA:,}: make it smaller, or give it a smaller input",
        )
    try:
        Model(data)
    except CoreError as error:
        if error.args[0] == Status.ERR_WORK:
            layers = program.describe()
            at, most = max(enumerate(layers), key=lambda pair: pair[1].macs)
            raise VoxError(
                f"the network is too much work for a microcontroller: {program.macs:,} multiply-accumulates, "
                f"{most.macs:,} of them in layer {at}, `{most.kind}` at `{most.name}`",
                f"about {MAX_OP_WORK:,} a layer and {MAX_WORK:,} altogether are the limits: make it smaller",
            ) from error
        raise VoxError(
            f"the model does not hold together: {error.args[1]} (status {error.args[0]})"
        ) from error
    return data
