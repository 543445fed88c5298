"""What is said of networks that cannot be loaded."""

from __future__ import annotations

from vox_embed.experiment.errors import VoxError


def missing_network(name: str, reason: object) -> VoxError:
    """What is said where it cannot be loaded."""
    return VoxError(
        f"features.model: {name}: cannot be loaded: {str(reason).strip().splitlines()[0]}",
        "a folder that `save_pretrained` wrote, a name on the Hugging Face hub, or an .onnx file",
    )
