"""One classic model a tag -> one program: all on the same features, the posterior of each tag side by
side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.program.arrange_ops import Concat, View
from vox_embed.program.classic.chain import POSTERIOR_SCALE
from vox_embed.program.ops import Kind, Op, Tensor
from vox_embed.program.program import Program
from vox_embed.spec.model_format import MAX_OPS, MAX_TENSORS
from vox_embed.spec.operators import MAX_CONCAT


def side_by_side(programs: Sequence[Program]) -> Program:
    """Programs on the same features, each with the posteriors of two classes -> the second one of each.

    What several do to the same tensor, such as scaling, is done once. VoxError where the whole does not fit.
    """
    whole = _Joined(programs[0].tensors[0])
    pairs = [whole.take(program) for program in programs]
    if len(whole.ops) + len(pairs) > MAX_OPS or len(whole.tensors) + len(pairs) > MAX_TENSORS:
        raise VoxError(
            f"{len(pairs)} tags by a model each make {len(whole.ops)} operators; a program holds {MAX_OPS}",
            "choose fewer by `labels`, or a network, which learns all tags together",
        )
    while len(pairs) > 1:
        pairs = [whole.concat(pairs[i : i + MAX_CONCAT]) for i in range(0, len(pairs), MAX_CONCAT)]
    count = len(programs)
    result = whole.add(
        View, {"input": pairs[0], "offset": 1, "loops": ((count, 2),)}, Tensor("tags", (1, 1, 1, count), *_OF)
    )
    return Program(tuple(whole.tensors), tuple(whole.ops), 0, result)


_OF = (POSTERIOR_SCALE, 0, Kind.S16)


class _Joined:
    """A program while it grows."""

    def __init__(self, source: Tensor) -> None:
        self.tensors = [source]
        self.ops: list[Op] = []
        self._known: dict[bytes, int] = {}

    def add(self, kind: type[Op], settings: dict[str, Any], tensor: Tensor) -> int:
        """An op, and the tensor that it gives: its index."""
        self.tensors.append(tensor)
        self.ops.append(kind(output=len(self.tensors) - 1, **settings))
        return len(self.tensors) - 1

    def take(self, program: Program) -> int:
        """The ops of a chain: the index of what it gives."""
        place = {program.input: 0}
        for op in program.ops:
            name = _described(replace(op, input=place[op.input], output=0), program.tensors[op.output])
            if name not in self._known:
                self.tensors.append(program.tensors[op.output])
                self._known[name] = len(self.tensors) - 1
                self.ops.append(replace(op, input=place[op.input], output=len(self.tensors) - 1))
            place[op.output] = self._known[name]
        return place[program.output]

    def concat(self, parts: Sequence[int]) -> int:
        """One tensor behind the other."""
        if len(parts) == 1:
            return parts[0]
        count = sum(self.tensors[part].elements for part in parts)
        settings = {"input": parts[0], "more": tuple(parts[1:]), "outer": 1}
        return self.add(Concat, settings, Tensor("pairs", (1, 1, 1, count), *_OF))


def _described(op: Op, result: Tensor) -> bytes:
    """What an op does, and to what: the same for the same."""
    parts: list[bytes] = [type(op).__name__.encode(), repr(replace(result, name="")).encode()]
    for field in fields(op):
        parts.append(_bytes_of(getattr(op, field.name)))
    return b"\0".join(parts)


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, np.ndarray):
        return repr((value.dtype.str, value.shape)).encode() + value.tobytes()
    if hasattr(value, "__dataclass_fields__"):
        return b"".join(_bytes_of(getattr(value, field.name)) for field in fields(value))
    return repr(value).encode()
