"""A temperature on the posteriors of a finished model, folded into the integers of its softmax."""

from __future__ import annotations

import json
import struct

from vox_embed.experiment.errors import VoxError
from vox_embed.program.fixed import softmax_table
from vox_embed.program.vxm import meta_section, read_sections, write_container
from vox_embed.spec.model_format import Op, OpCode, ProgramParams, SectionTag, Tensor
from vox_embed.spec.operators import Softmax


def temperature_of(data: bytes) -> float:
    """The one that a model has; 1 where none was ever set. data: a .vxm that was opened."""
    meta = json.loads(read_sections(data).get(SectionTag.META, b"{}") or b"{}")
    return float(meta.get("temperature", 1.0))


def with_temperature(data: bytes, temperature: float) -> bytes:
    """The same model with posteriors softmax(logits / temperature): above 1 less sure, below surer.

    Only the softmax's table differs, and META, which says the temperature. Raises VoxError for a model that
    does not end in an int8 softmax.
    """
    if not 0.05 <= temperature <= 20:
        raise ValueError(f"temperature {temperature:g}: 0.05 to 20")
    sections = read_sections(data)
    prog, weights = bytearray(sections[SectionTag.PROGRAM]), sections[SectionTag.WEIGHTS]
    at, scale = _softmax_of(bytes(prog))
    old = Softmax.unpack(bytes(prog), at)
    offset, count = old.table, old.count
    table = softmax_table(scale, 1.0 / temperature)
    raw = struct.pack(f"<{len(table)}i", *table)
    if len(weights) - (offset + 4 * count) < 8:  # nothing behind it
        weights = weights[:offset] + raw
    elif len(table) <= count:
        weights = weights[:offset] + raw + weights[offset + len(raw) :]
    else:
        weights = weights + bytes(-len(weights) % 8)
        offset = len(weights)
        weights += raw
    prog[at : at + Softmax.SIZE] = Softmax(offset, len(table)).pack()
    meta = json.loads(sections.get(SectionTag.META, b"{}") or b"{}")
    changed: dict[str, bytes] = {SectionTag.PROGRAM: bytes(prog), SectionTag.WEIGHTS: weights}
    if SectionTag.META in sections:
        changed[SectionTag.META] = meta_section({**meta, "temperature": temperature})
    return write_container({tag: changed.get(tag, section) for tag, section in sections.items()})


def _softmax_of(prog: bytes) -> tuple[int, float]:
    """Offset of the last op's arguments, and the scale of its input, where that op is a softmax."""
    params = ProgramParams.unpack(prog)
    at, last = params.op_offset, None
    for _ in range(params.op_count):
        last = Op.unpack(prog, at)
        at += last.size
    if last is None or last.code != OpCode.SOFTMAX:
        raise VoxError(
            "the model does not end in a softmax: its posteriors have no temperature",
            "networks end in one; classic models keep the posteriors that they were trained to",
        )
    return at - last.size + Op.SIZE, Tensor.unpack(
        prog, params.tensor_offset + Tensor.SIZE * last.input
    ).scale
