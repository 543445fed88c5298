"""What a board says of itself, as a payload."""

from __future__ import annotations

from helpers.tiny_model import tiny_model
from vox_embed.core import Model
from vox_embed.spec.link import Capability, HelloPayload, ModelOrigin

DATA = tiny_model("dense")
MODEL = Model(DATA)


def hello(**changes: object) -> bytes:
    """Of a board that runs the model, as a payload."""
    name = str(changes.pop("board", "toy")).encode()
    values: dict[str, object] = {
        "protocol": 1, "firmware": (1, 0, 0), "capabilities": Capability.LISTEN | Capability.TAKE_MODEL,
        "model_origin": ModelOrigin.PUSHED, "max_chunk": 118, "receive_buffer": 2048, "tick_rate": 1000,
        "memory": 1 << 20, "memory_used": 0, "model_slot": 1 << 20, "model_status": 0,
        "model_crc": MODEL.crc, "model_size": MODEL.size, "sample_rate": MODEL.sample_rate,
        "window": MODEL.window, "hop": MODEL.hop, "bands": MODEL.bands,
        "window_frames": MODEL.window_frames, "stride_frames": MODEL.stride_frames,
        "label_count": len(MODEL.labels),
    }  # fmt: skip
    head = HelloPayload(**{**values, **changes}).pack()  # type: ignore[arg-type]
    return head + bytes([len(name)]) + name + b"\x04tiny"
