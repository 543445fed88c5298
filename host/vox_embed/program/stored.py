"""A .vxm read back: its sections as the records of vox_embed.spec, its operators one by one.

Everything that asks a model file what is in it asks here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from vox_embed.program.vxm import read_sections
from vox_embed.spec.model_format import (
    DecisionParams,
    FrontendParams,
    Functional,
    FunctionalsParams,
    NormParams,
    Op,
    ProgramParams,
    SectionTag,
    Tensor,
)
from vox_embed.spec.operators import OP_RECORDS
from vox_embed.spec.record import Record


@dataclass(frozen=True)
class StoredOp:
    """One operator: what every record begins with, and the op's own part."""

    head: Op
    record: Record | None
    """None where there is nothing but the head, or where this version does not know the operator."""


@dataclass(frozen=True)
class StoredModel:
    """The sections of a model. Those that only a model that hears has are None in a bare network."""

    sections: Mapping[str, bytes]
    program: ProgramParams
    tensors: tuple[Tensor, ...]
    ops: tuple[StoredOp, ...]

    @property
    def weights(self) -> bytes:
        """WGHT."""
        return self.sections[SectionTag.WEIGHTS]

    @property
    def input(self) -> Tensor:
        """What goes in."""
        return self.tensors[self.program.input]

    @property
    def hears(self) -> bool:
        """Whether it has a front end, and all that belongs to it."""
        return SectionTag.FRONTEND in self.sections

    @cached_property
    def frontend(self) -> FrontendParams | None:
        """The head of FRNT."""
        return FrontendParams.unpack(self.sections[SectionTag.FRONTEND]) if self.hears else None

    @cached_property
    def norm(self) -> NormParams | None:
        """The head of NORM."""
        return NormParams.unpack(self.sections[SectionTag.NORM]) if self.hears else None

    @cached_property
    def decision(self) -> DecisionParams | None:
        """The head of DECI."""
        return DecisionParams.unpack(self.sections[SectionTag.DECISION]) if self.hears else None

    @cached_property
    def functionals(self) -> tuple[Functional, ...]:
        """The list of FUNC: what each value of a window is. Empty where windows go in whole."""
        section = self.sections.get(SectionTag.FUNCTIONALS)
        if section is None:
            return ()
        params = FunctionalsParams.unpack(section)
        return tuple(Functional.unpack_all(section, params.count, params.list_offset))


def read_model(data: bytes) -> StoredModel:
    """data: a .vxm that `vox_embed.core.Model` has opened, so that its offsets are known to be sound."""
    sections = read_sections(data)
    section = sections[SectionTag.PROGRAM]
    program = ProgramParams.unpack(section)
    tensors = Tensor.unpack_all(section, program.tensor_count, program.tensor_offset)
    return StoredModel(sections, program, tuple(tensors), _ops(section, program))


def _ops(section: bytes, program: ProgramParams) -> tuple[StoredOp, ...]:
    ops, at = [], program.op_offset
    for _ in range(program.op_count):
        head = Op.unpack(section, at)
        kind = OP_RECORDS.get(head.code)
        ops.append(StoredOp(head, None if kind is None else kind.unpack(section, at + Op.SIZE)))
        at += head.size
    return tuple(ops)
