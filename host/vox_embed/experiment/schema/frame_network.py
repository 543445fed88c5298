"""`model`: what all networks on the frames of a window share."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vox_embed.experiment.schema.base import Section


class FrameNetwork(Section):
    """Training by epochs."""

    epochs: int = Field(
        default=40, ge=1, le=10000, description="At most so many passes over the training clips."
    )
    batch_size: int = Field(default=32, ge=1, le=4096, description="Windows in a step.")
    learning_rate: float = Field(default=2e-3, gt=0, le=1, description="Rate at the start.")
    optimizer: Literal["adamw", "adam", "sgd", "rmsprop"] = Field(
        default="adamw", description="How weights are changed; `sgd` has a momentum of 0.9."
    )
    scheduler: Literal["cosine", "exponential", "step", "none"] = Field(
        default="cosine",
        description=(
            "`cosine`: the rate falls to zero over `epochs`; `exponential`: to a hundredth; `step`: to a "
            "tenth "
            "after half of them, and to a hundredth after three quarters; `none`: it stays."
        ),
    )
    patience: int = Field(
        default=15,
        ge=1,
        description=(
            "Epochs without a lower loss on dev before training stops; the epoch with the lowest is kept."
        ),
    )
    weight_decay: float = Field(default=0.0, ge=0, lt=1, description="Decoupled weight decay (AdamW).")
    average_decay: float = Field(
        default=0.99,
        ge=0,
        lt=1,
        description=(
            "Decay, a step, of the running average of weights that is evaluated and kept; 0: no averaging."
        ),
    )
