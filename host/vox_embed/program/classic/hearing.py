"""What a model that hears needs beside the bare program: labels' order, bins, and scaling by NORM."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vox_embed.models.classic import NORMAL
from vox_embed.models.vectors import VectorClassifier
from vox_embed.program.classic import lower
from vox_embed.program.classic.chain import POSTERIOR_SCALE
from vox_embed.program.classic_ops import Bins, Scale, Threshold
from vox_embed.program.ops import Kind, Tensor
from vox_embed.program.program import Program
from vox_embed.program.vxm import Normaliser


def lower_vectors(classifier: VectorClassifier) -> tuple[Program, Normaliser]:
    """S16 functionals -> posteriors in the order of the labels, and the normaliser in front of it."""
    program = lower(classifier.estimator_, classifier.rows_)
    if classifier.estimator_.task == "regression":
        program = _with_bins(program, classifier)
    last = program.ops[-1]
    if isinstance(last, Threshold) and classifier.normal_index != NORMAL:
        program = replace(program, ops=(*program.ops[:-1], replace(last, above=1 - last.above)))
    return split_scale(program)


def _with_bins(program: Program, classifier: VectorClassifier) -> Program:
    value = program.output_tensor
    edges = np.ceil(classifier.edges / value.scale)
    op = Bins(
        input=program.output,
        output=len(program.tensors),
        edges=np.clip(edges, -(2**31), 2**31 - 1).astype(np.int64),
    )
    count = len(classifier.labels)
    posteriors = Tensor("posteriors", (1, 1, 1, count), POSTERIOR_SCALE, 0, Kind.S16)
    return Program((*program.tensors, posteriors), (*program.ops, op), program.input, op.output)


def split_scale(program: Program) -> tuple[Program, Normaliser]:
    """A SCALE in front becomes NORM's mode SCALE, which does the same; without one NORM passes values on."""
    first = program.ops[0]
    if not isinstance(first, Scale) or program.input != 0 or first.output != 1:
        return program, Normaliser.raw(program.input_tensor.elements)
    normaliser = Normaliser(
        "scale",
        first.offset.astype(np.int16),
        first.multiplier.astype(np.int16),
        first.shift.astype(np.uint8),
        program.tensors[1].zero_point,
    )
    ops = tuple(replace(op, input=op.input - 1, output=op.output - 1) for op in program.ops[1:])
    return Program(program.tensors[1:], ops, 0, program.output - 1), normaliser
