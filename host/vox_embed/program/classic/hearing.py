"""What a model that hears needs beside the bare program: labels' order, bins, and scaling by NORM."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.models.classic import NORMAL
from vox_embed.models.vectors import VectorClassifier
from vox_embed.program.arrange_ops import Concat
from vox_embed.program.classic import lower
from vox_embed.program.classic.chain import POSTERIOR_SCALE
from vox_embed.program.classic.tags import side_by_side
from vox_embed.program.classic_ops import Bins, Scale, Threshold
from vox_embed.program.ops import Kind, Op, Tensor
from vox_embed.program.program import Program
from vox_embed.program.vxm import Normaliser

_MAX_SHIFT = 31
_MIN_STEP = 64
"""Units of the value between two labels: fewer would show in the result."""


def lower_vectors(classifier: VectorClassifier) -> tuple[Program, Normaliser]:
    """S16 functionals -> posteriors in the order of the labels, and the normaliser in front of it."""
    if classifier.tags:
        parts = [lower(part, classifier.rows_) for part in classifier.estimator_.parts_]
        return split_scale(side_by_side(parts))
    program = lower(classifier.estimator_, classifier.rows_)
    if classifier.estimator_.task == "regression":
        program = _with_bins(program, classifier)
    last = program.ops[-1]
    if isinstance(last, Threshold) and classifier.normal_index != NORMAL:
        program = replace(program, ops=(*program.ops[:-1], replace(last, above=1 - last.above)))
    return split_scale(program)


def _with_bins(program: Program, classifier: VectorClassifier) -> Program:
    """A regression's value -> posteriors of the grid points beside it."""
    grid = classifier.grid
    assert grid is not None
    units = grid / program.output_tensor.scale
    # The model's values fit 31 bits; a grid that reaches far beyond them does only with fewer bits a unit.
    shift = max(0, math.ceil(math.log2(np.abs(units).max() / (2**31 - 1))))
    centres = np.round(units / 2.0**shift)
    if shift > _MAX_SHIFT or np.diff(centres).min() < _MIN_STEP:
        raise VoxError(
            f"the labels {', '.join(classifier.labels)} are too close together for the model's integers",
            "give the target in another unit, or choose data.labels further apart",
        )
    op = Bins(
        input=program.output, output=len(program.tensors), centres=centres.astype(np.int64), shift=shift
    )
    count = len(classifier.labels)
    posteriors = Tensor("posteriors", (1, 1, 1, count), POSTERIOR_SCALE, 0, Kind.S16)
    return Program((*program.tensors, posteriors), (*program.ops, op), program.input, op.output)


def split_scale(program: Program) -> tuple[Program, Normaliser]:
    """A SCALE in front becomes NORM's mode SCALE, which does the same; without one NORM passes values on."""
    first = program.ops[0]
    alone = all(0 not in op.inputs for op in program.ops[1:])
    if not isinstance(first, Scale) or program.input != 0 or first.output != 1 or not alone:
        return program, Normaliser.raw(program.input_tensor.elements)
    normaliser = Normaliser(
        "scale",
        first.offset.astype(np.int16),
        first.multiplier.astype(np.int16),
        first.shift.astype(np.uint8),
        program.tensors[1].zero_point,
    )
    ops = tuple(_earlier(op) for op in program.ops[1:])
    return Program(program.tensors[1:], ops, 0, program.output - 1), normaliser


def _earlier(op: Op) -> Op:
    """The same where the first tensor is gone."""
    moved = replace(op, input=op.input - 1, output=op.output - 1)
    return (
        replace(moved, more=tuple(place - 1 for place in moved.more)) if isinstance(moved, Concat) else moved
    )
