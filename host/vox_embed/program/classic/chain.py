"""A program of classic ops while it grows: one after the other, vectors in between."""

from __future__ import annotations

from typing import Any

from vox_embed.program.ops import Kind, Op, Tensor
from vox_embed.program.program import Program

Step = tuple[type[Op], dict[str, Any], int, Kind]
"""An op, its fields, and how many values of which type it gives."""

POSTERIOR_SCALE = 1.0 / 32767


class Chain:
    """Starts with S16 features [1, 1, 1, count], or with a tensor that another program gives."""

    def __init__(self, count: int, start: Tensor | None = None) -> None:
        self._tensors = [start or Tensor("features", (1, 1, 1, count), 1.0, 0, Kind.S16)]
        self._ops: list[Op] = []

    def add(  # noqa: PLR0917
        self,
        op: type[Op],
        fields: dict[str, Any],
        count: int,
        kind: Kind,
        scale: float | None = None,
        zero_point: int = 0,
    ) -> None:
        """An op behind those that are there. scale: of its output; posteriors have theirs."""
        source = len(self._tensors) - 1
        self._ops.append(op(input=source, output=source + 1, **fields))
        if scale is None:
            scale = POSTERIOR_SCALE if kind is Kind.S16 else 1.0
        name = f"{op.kind}_{source + 1}"
        self._tensors.append(Tensor(name, (1, 1, 1, count), scale, zero_point, kind))

    def program(self) -> Program:
        """What has grown."""
        return Program(tuple(self._tensors), tuple(self._ops), 0, len(self._tensors) - 1)
