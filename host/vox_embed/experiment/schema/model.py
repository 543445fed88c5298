"""`model`: the classifier and how it is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from vox_embed.experiment.schema.autoencoder import Autoencoder
from vox_embed.experiment.schema.base import Pair, as_values, refuse
from vox_embed.experiment.schema.classic import Classic
from vox_embed.experiment.schema.finetune import Finetune
from vox_embed.experiment.schema.frame_network import FrameNetwork


class NeuralNetwork(FrameNetwork):
    """What networks that tell classes apart share."""

    task: Literal["classification", "regression"] = Field(
        default="classification",
        description=(
            "`regression`: the target is a number, see `data.bins`; the network spreads each over the labels "
            "beside it, and answers with their mean."
        ),
    )
    loss: Literal["mse", "mae", "ccc"] = Field(
        default="mse",
        description=(
            "Of a regression, beside the cross entropy: squared errors, absolute ones, or 1 - CCC of each "
            "batch."
        ),
    )
    class_weight: bool = Field(default=False, description="Weigh classes by the inverse of their frequency.")
    label_smoothing: float = Field(
        default=0.0, ge=0, lt=1, description=("Share of each target spread over all classes.")
    )
    dropout: float = Field(
        default=0.2, ge=0, lt=1, description=("Share of the last layer's inputs dropped in training.")
    )


class DsCnn(NeuralNetwork):
    """Depthwise-separable CNN: one convolution, `blocks` of depthwise + pointwise, global average, softmax.

    Zhang et al., "Hello Edge: Keyword Spotting on Microcontrollers", 2017.
    """

    type: Literal["dscnn"] = Field(default="dscnn", description="Depthwise-separable CNN.")
    width: int = Field(default=48, ge=1, le=512, description="Channels.")
    blocks: int = Field(
        default=4, ge=1, le=16, description="Depthwise-separable blocks after the first convolution."
    )
    kernel: Pair = Field(default=(3, 3), description="Depthwise kernel: [frames, bands].")
    first_kernel: Pair = Field(
        default=(10, 4), description="Kernel of the first convolution: [frames, bands]."
    )
    first_stride: Pair = Field(
        default=(2, 2), description="Stride of the first convolution: [frames, bands]."
    )
    strides: Annotated[tuple[Pair, ...], Field(strict=False)] = Field(
        default=(),
        description=("Stride of each block: [[frames, bands], ...]; blocks beyond the list have [1, 1]."),
    )

    @model_validator(mode="after")
    def _check(self) -> DsCnn:
        if len(self.strides) > self.blocks:
            refuse("strides", f"{len(self.strides)} strides for {self.blocks} blocks")
        for key in ("kernel", "first_kernel", "first_stride"):
            _positive(key, getattr(self, key))
        for stride in self.strides:
            _positive("strides", stride)
        return self

    def stride(self, block: int) -> tuple[int, int]:
        """Stride of a block, counted from 0: (frames, bands)."""
        return self.strides[block] if block < len(self.strides) else (1, 1)


class Cnn(NeuralNetwork):
    """Three convolutions, each followed by max pooling, and a dense layer."""

    type: Literal["cnn"] = Field(default="cnn", description="Three convolutions and a dense layer.")
    widths: Annotated[tuple[int, int, int], Field(strict=False)] = Field(
        default=(16, 24, 32), description=("Channels of the three convolutions.")
    )
    kernel: Pair = Field(default=(3, 3), description="Kernel: [frames, bands].")
    pool: Pair = Field(default=(2, 2), description="Max pooling after each convolution: [frames, bands].")
    dense: int = Field(
        default=48, ge=0, le=4096, description="Units of the dense layer before the output; 0: none."
    )

    @model_validator(mode="after")
    def _check(self) -> Cnn:
        for key in ("widths", "kernel", "pool"):
            _positive(key, getattr(self, key))
        return self


class StreamCnn(NeuralNetwork):
    """CNN that runs with the stream: separable in time, every layer looking back only.

    After Majumdar and Ginsburg, "MatchboxNet", 2020. A device computes what is new in each step of `stride`
    frames and keeps the rest, so `window.stride_ms` may be as short as that. `window.normalise` is `none`.
    """

    type: Literal["stream_cnn"] = Field(
        default="stream_cnn", description="CNN that runs with the stream, separable in time."
    )
    width: int = Field(default=64, ge=1, le=512, description="Channels.")
    first_kernel: int = Field(
        default=5, ge=1, le=255, description="Frames that the first convolution takes; it takes all bands."
    )
    stride: int = Field(
        default=2,
        ge=1,
        le=16,
        description=(
            "Frames from one output of the first convolution to the next, and from run to run on a "
            "device: `window.stride_ms` is a multiple of them."
        ),
    )
    kernels: Annotated[tuple[int, ...], Field(strict=False)] = Field(
        default=(5, 5, 5, 5),
        description="Rows that the depthwise convolution of each block takes, in time; 1 to 255 each.",
    )

    @model_validator(mode="after")
    def _check(self) -> StreamCnn:
        if not 1 <= len(self.kernels) <= 16 or any(not 1 <= kernel <= 255 for kernel in self.kernels):
            refuse("kernels", f"{list(self.kernels)}: 1 to 16 numbers from 1 to 255 are needed")
        return self


class StreamDsCnn(NeuralNetwork):
    """Depthwise-separable CNN that runs with the stream: as `dscnn`, without padding, looking back only.

    A device computes what is new in each step of `first_stride` frames and keeps the rest. `window.normalise`
    is `none`.
    """

    type: Literal["stream_dscnn"] = Field(
        default="stream_dscnn", description="Depthwise-separable CNN that runs with the stream."
    )
    width: int = Field(
        default=48, ge=1, le=512, description="Channels of the first convolution, and of the blocks."
    )
    widths: Annotated[tuple[int, ...], Field(strict=False)] = Field(
        default=(),
        description=(
            "Channels of each block; blocks beyond the list have `width`. What a device keeps grows with "
            "channels times bands: few channels where there are many bands save RAM and work."
        ),
    )
    blocks: int = Field(
        default=4, ge=1, le=16, description="Depthwise-separable blocks after the first convolution."
    )
    kernel: Pair = Field(default=(5, 3), description="Depthwise kernel: [rows in time, bands].")
    kernels: Annotated[tuple[Pair, ...], Field(strict=False)] = Field(
        default=(), description="Kernel of each block; blocks beyond the list have `kernel`."
    )
    first_kernel: Pair = Field(
        default=(9, 4), description="Kernel of the first convolution: [frames, bands]."
    )
    first_stride: Pair = Field(
        default=(2, 2),
        description=(
            "Stride of the first convolution: [frames, bands]. `window.stride_ms` is a multiple of it."
        ),
    )
    band_strides: Annotated[tuple[int, ...], Field(strict=False)] = Field(
        default=(2,), description="Stride of each block over the bands; blocks beyond the list have 1."
    )

    @property
    def stride(self) -> int:
        """Frames from one run on a device to the next."""
        return self.first_stride[0]

    @model_validator(mode="after")
    def _check(self) -> StreamDsCnn:
        for key, what in (("band_strides", "strides"), ("widths", "widths"), ("kernels", "kernels")):
            if len(getattr(self, key)) > self.blocks:
                refuse(key, f"{len(getattr(self, key))} {what} for {self.blocks} blocks")
        for key in ("kernel", "first_kernel", "first_stride", "band_strides", "widths"):
            _positive(key, getattr(self, key))
        for kernel in self.kernels:
            _positive("kernels", kernel)
        return self

    def block_width(self, block: int) -> int:
        """Channels that a block gives, counted from 0."""
        return self.widths[block] if block < len(self.widths) else self.width

    def block_kernel(self, block: int) -> tuple[int, int]:
        """Kernel of a block's depthwise convolution, counted from 0: (rows, bands)."""
        return self.kernels[block] if block < len(self.kernels) else self.kernel

    def band_stride(self, block: int) -> int:
        """Over the bands, of a block counted from 0."""
        return self.band_strides[block] if block < len(self.band_strides) else 1


Units = Annotated[tuple[int, ...], BeforeValidator(as_values), Field(strict=False)]


class RecurrentNetwork(NeuralNetwork):
    """What networks with recurrent layers share. `window.normalise` is `none`."""

    batch_size: int = Field(default=64, ge=1, le=4096, description="Windows in a step.")
    learning_rate: float = Field(default=4e-3, gt=0, le=1, description="Adam's rate at the start.")
    units: Units = Field(
        default=(64,), description="Units of each recurrent layer: 1 to 4 numbers up to 511, or one number."
    )
    stride: int = Field(
        default=2,
        ge=1,
        le=16,
        description=(
            "Frames from one row of the first recurrent layer to the next, and from run to run on a device: "
            "`window.stride_ms` is a multiple of them."
        ),
    )
    lead: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description=(
            "Share of training batches in which another clip goes before each window, as it does in a stream."
        ),
    )

    @model_validator(mode="after")
    def _check_units(self) -> RecurrentNetwork:
        if not 1 <= len(self.units) <= 4 or any(not 1 <= units <= 511 for units in self.units):
            refuse("units", f"{list(self.units)}: 1 to 4 numbers from 1 to 511 are needed")
        return self


class Gru(RecurrentNetwork):
    """Gated recurrent units on the frames as they come: `stride` of them are a row. It runs with the stream.

    Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014; the reset gate follows the
    product, as in Keras.
    """

    type: Literal["gru"] = Field(default="gru", description="Gated recurrent units.")


class Lstm(RecurrentNetwork):
    """Long short-term memory on the frames as they come: `stride` of them are a row. It runs with the stream.

    Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997.
    """

    type: Literal["lstm"] = Field(default="lstm", description="Long short-term memory.")


class Crnn(RecurrentNetwork):
    """One convolution over all bands, then recurrent layers. It runs with the stream.

    After Arik et al., "Convolutional Recurrent Neural Networks for Small-Footprint Keyword Spotting", 2017.
    """

    type: Literal["crnn"] = Field(default="crnn", description="A convolution, then recurrent layers.")
    cell: Literal["gru", "lstm"] = Field(default="gru", description="Kind of the recurrent layers.")
    width: int = Field(default=48, ge=1, le=512, description="Channels of the convolution.")
    first_kernel: int = Field(
        default=5, ge=1, le=255, description="Frames that the convolution takes; it takes all bands."
    )


class Learned(RecurrentNetwork):
    """Recurrent layers that learned without labels: an autoencoder's encoder, then a linear classifier on
    what it knows after the last frame. It runs with the stream.

    The autoencoder learns to tell the windows of the training clips back to front; its layers stay as they
    are while the classifier learns. After Freitag et al., "auDeep", 2018.
    """

    type: Literal["learned"] = Field(
        default="learned", description="A recurrent encoder, learned without labels."
    )
    cell: Literal["gru", "lstm"] = Field(default="gru", description="Kind of its layers.")
    head: Literal["linear", "mlp", "svm"] = Field(
        default="linear",
        description=(
            "What learns the labels from the last state: `linear`: dense and softmax, on augmented clips; "
            "`mlp`: a perceptron with a layer of `hidden` units; `svm`: a linear machine, votes of pairs. "
            "These two learn from the clips as they are."
        ),
    )
    hidden: int = Field(default=48, ge=1, le=1024, description="mlp: units of the hidden layer.")
    c: float = Field(default=1.0, gt=0, description="svm: cost of errors.")
    encoder_epochs: int = Field(
        default=40, ge=1, le=10_000, description="Times that the autoencoder sees all training windows."
    )
    encoder_learning_rate: float = Field(
        default=1e-3, gt=0, le=1, description="Adam's rate for the autoencoder."
    )
    keep_prob: float = Field(
        default=0.8, gt=0, le=1, description="Share of activations that the autoencoder's dropout keeps."
    )
    encoder_noise: float = Field(
        default=0.0, ge=0, le=1, description="Probability that a row is zero for the encoder while it learns."
    )

    @model_validator(mode="after")
    def _check_alike(self) -> Learned:
        if len(set(self.units)) > 1:
            refuse("units", f"{list(self.units)}: the layers of an autoencoder have as many units each")
        if self.head != "linear" and self.task == "regression":
            refuse("head", f"`{self.head}` tells classes apart", "head: linear")
        for key, head in (("hidden", "mlp"), ("c", "svm")):
            if self.head != head and getattr(self, key) != type(self).model_fields[key].default:
                refuse(key, f"it would do nothing: `head: {self.head}` has none", f"head: {head}")
        return self


def _positive(key: str, values: tuple[int, ...]) -> None:
    if any(not 1 <= value <= 512 for value in values):
        refuse(key, f"{list(values)}: numbers from 1 to 512 are needed")


# A new network is one class above and one name here; a classic model one of each in classic.py.
Model = Annotated[
    DsCnn | Cnn | StreamCnn | StreamDsCnn | Gru | Lstm | Crnn | Learned | Autoencoder | Finetune | Classic,
    Field(discriminator="type"),
]
Streaming = StreamCnn | StreamDsCnn | RecurrentNetwork
"""Networks that run with the stream, every `stride` frames."""
