"""Operators that a build has only where it asks for them: those of 16-bit activations, from ON_DEMAND on."""

from __future__ import annotations

from vox_embed.experiment.errors import VoxError
from vox_embed.program.cascade import files_of
from vox_embed.program.stored import read_model
from vox_embed.spec.model_format import OpCode
from vox_embed.spec.operators import ON_DEMAND


def op_codes(data: bytes) -> frozenset[int]:
    """VOX_OP_* codes in the programs of a .vxm that `vox_embed.core.Model` has opened."""
    return frozenset(op.head.code for file in files_of(data) for op in read_model(file).ops)


def on_demand(data: bytes | None) -> tuple[str, ...]:
    """Names of such operators in a .vxm, in the order of their codes; none of no model."""
    if data is None:
        return ()
    return tuple(OpCode(code).name for code in sorted(op_codes(data)) if code >= ON_DEMAND)


def refuse_on_demand(data: bytes, name: str, build: str) -> None:
    """Raises VoxError where a .vxm has operators that a ready-made build leaves out."""
    missing = on_demand(data)
    if missing:
        raise VoxError(
            f"{name} has operators that {build} leaves out: {', '.join(missing)}",
            "export it to C (--target c99) or for a board, which carry them; or convert the network to 8-bit "
            "activations",
        )
