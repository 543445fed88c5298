"""`model: {type: finetune}`: a transformer that others trained learns the labels, on the host only."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from vox_embed.experiment.schema.base import Section, refuse


class Finetune(Section):
    """A transformer on sound, all of it or its upper part trained on with a new head: dropout and a linear
    layer on the mean of its last states.

    It hears the samples themselves: `features` is left out. Host only; needs `pip install
    vox-embed[transformers]`. The epoch with the lowest loss on dev is kept.
    """

    type: Literal["finetune"] = Field(default="finetune", description="A transformer, trained on.")
    model: str = Field(
        min_length=1,
        description=(
            "Folder that `save_pretrained` wrote (relative to the experiment file), or a name on the Hugging "
            "Face hub, such as `facebook/wav2vec2-base`."
        ),
    )
    revision: str | None = Field(
        default=None, min_length=1, description="Commit or tag on the hub; null: the latest."
    )
    task: Literal["classification", "regression"] = Field(
        default="classification",
        description="`regression`: the target is a number, which the head gives.",
    )
    loss: Literal["cross_entropy", "ccc", "mse", "mae"] | None = Field(
        default=None,
        description=(
            "Of a regression `ccc` (1 less the concordance correlation of the batch), `mse` or `mae`; of "
            "classes `cross_entropy`. Default: `ccc`, `cross_entropy`."
        ),
    )
    class_weight: bool = Field(
        default=True, description="Weigh classes by the inverse of their frequency in the loss."
    )
    freeze: Literal["features", "encoder", "none"] = Field(
        default="features",
        description=(
            "What stays as it is: the layers before the transformer's own, all but the head, or nothing."
        ),
    )
    max_duration: float = Field(
        default=8.0,
        gt=0.05,
        le=120,
        description=(
            "Seconds of a clip that are heard at a time: in training a piece from anywhere in it, else one "
            "piece after the other, whose answers are averaged."
        ),
    )
    epochs: int = Field(default=10, ge=1, le=1000, description="At most so many passes over the clips.")
    batch_size: int = Field(default=8, ge=1, le=512, description="Clips in a step.")
    learning_rate: float = Field(default=1e-4, gt=0, le=1, description="AdamW's rate at its highest.")
    warm_up: float = Field(
        default=0.1, ge=0, lt=1, description="Share of all steps in which the rate rises; then it falls to 0."
    )
    weight_decay: float = Field(default=0.01, ge=0, lt=1, description="Of AdamW.")
    dropout: float = Field(default=0.1, ge=0, lt=1, description="Before the head's linear layer.")
    patience: int = Field(
        default=3, ge=1, description="Epochs without a lower loss on dev before training stops."
    )
    logits: bool = Field(
        default=False,
        description=(
            "Write `logits.csv` into the results: what the head gives for every clip of train, dev and test, "
            "to teach a smaller model by."
        ),
    )
    push_to_hub: str | None = Field(
        default=None,
        pattern=r"^[\w.-]+/[\w.-]+$",
        description="Repository on the Hugging Face hub, `user/name`, that gets the network when it is done.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where it is trained; `auto`: on a graphics card where PyTorch sees one."
    )

    @model_validator(mode="after")
    def _check_loss(self) -> Finetune:
        if self.loss is not None and (self.loss == "cross_entropy") == (self.task == "regression"):
            fitting = "ccc, mse or mae" if self.task == "regression" else "cross_entropy"
            refuse("loss", f"`{self.loss}` is not for `task: {self.task}`", fitting)
        if self.task == "regression" and "class_weight" in self.model_fields_set and self.class_weight:
            refuse("class_weight", "a regression has no classes", "leave it out")
        return self
