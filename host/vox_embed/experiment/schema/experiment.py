"""The whole experiment file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from vox_embed.experiment.defaults import DEFAULT_TARGET
from vox_embed.experiment.files import LAST, MAX_NAME, SUFFIXES
from vox_embed.experiment.memory import LEAST_MEMORY, bytes_of, memory_of_process
from vox_embed.experiment.schema.augment import Augment
from vox_embed.experiment.schema.autoencoder import Autoencoder
from vox_embed.experiment.schema.base import Section, refuse
from vox_embed.experiment.schema.classic import HOST_SCALES, SYNTHESIZING, AnomalyModel
from vox_embed.experiment.schema.data import Data
from vox_embed.experiment.schema.decision import Decision, Window
from vox_embed.experiment.schema.features import Features, LogMel, host_sections
from vox_embed.experiment.schema.finetune import Finetune
from vox_embed.experiment.schema.folds import CrossValidation
from vox_embed.experiment.schema.frame_network import FrameNetwork
from vox_embed.experiment.schema.host import HostSection, Samples
from vox_embed.experiment.schema.idle import idle_settings
from vox_embed.experiment.schema.model import DsCnn, Learned, Model, NeuralNetwork, Streaming
from vox_embed.experiment.schema.tuning import OF_CLASSES, OF_NUMBERS, OF_TAGS, Between, Tuning
from vox_embed.gate.names import check_file_name
from vox_embed.gate.text import UnfitTextError
from vox_embed.spec.model_format import MAX_FRAMES, MAX_LONG_FRAMES, MAX_SETS


class Export(Section):
    """What `vox-embed export` makes when it is not told otherwise."""

    target: str = Field(
        default=DEFAULT_TARGET,
        min_length=1,
        description=("`c99`, or a board (`vox-embed boards` lists them)."),
    )


class Experiment(Section):
    """One experiment: data, features, model, windows, decision and target."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        max_length=MAX_NAME,
        description=("Name; results go to `results/<name>`."),
    )
    seed: int = Field(
        default=7,
        ge=0,
        lt=2**31,
        description=("Seed of everything random: splits, initial weights, augmentation."),
    )
    runs: int = Field(
        default=1,
        ge=1,
        le=100,
        description=(
            "`train` does so many, with the seeds `seed`, `seed` + 1, ... and the same splits, and tells "
            "mean and deviation of the figures; the first one's model is kept."
        ),
    )
    memory: str | None = Field(
        default=None,
        description=(
            "Memory that sound and features may take, such as `2 GB`; what is more lies on disk, in the "
            "cache folder, and is read when it is wanted. Results do not depend on it. Default: half of "
            "what the "
            "process may have."
        ),
    )
    data: Data = Field(description="Databases, target, labels, splits.")
    features: Features = Field(default=LogMel(), description="What the model sees of the sound.")
    window: Window = Field(default=Window(), description="The analysis window.")
    model: Model = Field(default=DsCnn(), description="The classifier and its training.")
    tuning: Tuning | None = Field(
        default=None, description="Keys of `model` that are chosen before training. Default: none."
    )
    augment: Augment = Field(default=Augment(), description="Changes made to training clips.")
    decision: Decision = Field(default=Decision(), description="From scores to results and events.")
    cross_validation: CrossValidation | None = Field(
        default=None, description="Folds of `vox-embed cross-validate`. Default: one speaker after the other."
    )
    export: Export = Field(default=Export(), description="Target of `vox-embed export`.")
    _path: Path | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _check_name(self) -> Experiment:
        try:
            check_file_name(self.name, MAX_NAME)
        except UnfitTextError as error:
            refuse("name", f"`{self.name}` {error}", "choose another name")
        if self.name.casefold() == LAST or self.name.casefold().endswith(SUFFIXES):
            refuse(
                "name", f"`{self.name}` is what a file beside the results is called", "choose another name"
            )
        return self

    @model_validator(mode="after")
    def _check_memory(self) -> Experiment:
        if self.memory is not None:
            try:
                count = bytes_of(self.memory)
            except ValueError as error:
                refuse("memory", f"`{self.memory}`: {error}", "such as `memory: 2 GB`")
            if count < LEAST_MEMORY:
                refuse("memory", f"`{self.memory}`: less than 16 MB", "such as `memory: 2 GB`")
        return self

    @model_validator(mode="after")
    def _check_samples(self) -> Experiment:
        tuned = isinstance(self.model, Finetune)
        if tuned and "features" not in self.model_fields_set:
            object.__setattr__(self, "features", Samples())
        if tuned and not isinstance(self.features, Samples):
            refuse("features", "`finetune` hears the samples themselves", "leave `features` out")
        if not tuned and any(isinstance(one, Samples) for one in host_sections(self.features)):
            refuse(
                "features", f"{self.model.type} cannot learn from the samples themselves", "logmel, or mfcc"
            )
        return self

    @model_validator(mode="after")
    def _check(self) -> Experiment:
        features, window = self.features, self.window
        frame_ms = 1000 * features.window_samples / features.sample_rate
        if window.length_ms < frame_ms:
            refuse(
                "window.length_ms",
                f"the analysis window ({window.length_ms:g} ms) is shorter than one frame ({frame_ms:g} ms)",
                "lengthen it, or shorten the frame (features.window_ms)",
            )
        most = MAX_LONG_FRAMES if window.functionals else MAX_FRAMES
        if self.window_frames > most:
            refuse(
                "window.length_ms",
                f"{self.window_frames} frames in a window; at most {most} fit",
                "shorten it, or raise features.hop_ms",
            )
        if window.functionals and self.window_frames > MAX_SETS * self.stride_frames:
            refuse(
                "window.stride_ms",
                f"more than {MAX_SETS} windows would overlap, each with accumulators of its own",
                "raise it",
            )
        self._check_model()
        self._check_stream()
        self._check_masks()
        self._check_regression()
        self._check_tags()
        self._check_tuning()
        labels = self.data.labels
        if labels is not None:
            named = (("decision.background", self.decision.background),)
            for key, chosen in (*named, ("augment.noise_labels", self.augment.noise_labels)):
                for label in chosen:
                    if label not in labels:
                        refuse(key, f"`{label}` is not one of data.labels")
        for key, why in idle_settings(self):
            refuse(key, f"it would do nothing: {why}", "leave it out")
        return self

    def _check_masks(self) -> None:
        masks, features = self.augment, self.features
        if masks.freq_mask and not isinstance(features, HostSection) and masks.freq_mask >= features.width:
            refuse("augment.freq_mask", f"{masks.freq_mask} would mask all {features.width} bands")
        if masks.time_mask >= max(self.window_frames, 2):
            refuse(
                "augment.time_mask",
                f"{masks.time_mask} would mask all {self.window_frames} frames of a window",
            )

    def _check_model(self) -> None:
        network = isinstance(self.model, FrameNetwork)
        of_host = host_sections(self.features)
        if network and of_host:
            refuse(
                "model.type",
                f"{self.model.type} is a network for devices, which do not compute `{of_host[0].type}`",
                "choose a classic model such as svm, forest or mlp",
            )
        if not network and not self.features.per_clip and not self.window.functionals:
            refuse(
                "window.functionals",
                f"model.type: {self.model.type} learns from functionals, and none are named",
                "for example functionals: [mean, std, p20, p50, p80]",
            )
        if network and self.window.functionals:
            refuse(
                "window.functionals",
                f"model.type: {self.model.type} is a network on the frames of the window",
                "leave functionals out, or choose a classic model such as svm or forest",
            )
        scale = getattr(self.model, "scale", None)
        if scale in HOST_SCALES and not of_host:
            refuse(
                "model.scale",
                f"no device can compute `{scale}`: it is for features of a PC, such as `opensmile`",
                "standard, robust, minmax and maxabs become part of an integer model",
            )
        if getattr(self.model, "balancing", None) in SYNTHESIZING and self.regression:
            refuse("model.balancing", f"`{self.model.balancing}` is for classes", "ros or rus")  # type: ignore[union-attr]
        self._check_augment()
        if isinstance(self.model, Autoencoder):
            self.model.check_window(
                self.window_frames,
                getattr(self.features, "width", 0),
                1000 * self.features.hop_samples / self.features.sample_rate,
            )

    def _check_augment(self) -> None:
        model, augment = self.model, self.augment
        if augment == Augment():
            return
        plain = isinstance(model, Learned) and model.head != "linear"
        if plain or isinstance(model, Autoencoder | Finetune):
            kind = f"heads of type {model.head}" if isinstance(model, Learned) else f"`{model.type}`"
            refuse("augment", f"{kind}: trained on the clips as they are", "leave it out")
        if isinstance(model, NeuralNetwork):
            if augment.copies != 1:
                refuse("augment.copies", "networks change every clip anew in each epoch", "leave it out")
            return
        for key in ("time_mask", "freq_mask", "mixup"):
            if getattr(augment, key):
                refuse(
                    f"augment.{key}", f"{model.type} learns from rows of whole windows", "it is for networks"
                )
        if augment.model_copy(update={"copies": 1}) == Augment():
            refuse("augment.copies", "nothing is asked for that would change them", "pitch: [-2, 2]")

    def _check_stream(self) -> None:
        model, window = self.model, self.window
        if not isinstance(model, Streaming):
            return
        if "normalise" not in window.model_fields_set:
            object.__setattr__(window, "normalise", "none")  # what is done, so that a resolved file says it
        if window.normalise not in ("none", "running"):
            refuse(
                "window.normalise",
                f"`{window.normalise}` differs from window to window, and {model.type} takes each frame once",
                "choose none or running",
            )
        if self.stride_frames % model.stride:
            refuse(
                "window.stride_ms",
                f"{self.stride_frames} frames, no multiple of the {model.stride} that a run takes",
                f"a frame is {1000 * self.features.hop_samples / self.features.sample_rate:g} ms",
            )

    def _check_tags(self) -> None:
        model, decision = self.model, self.decision
        if self.data.tags is None:
            if decision.thresholds:
                refuse("decision.thresholds", "it would do nothing: there are no `data.tags`", "leave it out")
            return
        if self.regression or isinstance(model, AnomalyModel):
            what = "answers with a number" if self.regression else "tells normal from not"
            refuse("data.tags", f"model.type: {model.type} {what}: it knows no tags", "choose a classifier")
        if isinstance(model, Learned) and model.head != "linear":
            refuse("model.head", f"`{model.head}` learns one label a row", "head: linear")
        if isinstance(model, Finetune):
            refuse(
                "data.tags", "model.type: finetune learns one label a row", "embedding with a classic model"
            )
        if getattr(model, "balancing", "none") != "none":
            refuse("model.balancing", "rows of several labels cannot be balanced", "class_weight: true")
        for key, value in (("clip", decision.clip), ("stream", decision.stream)):
            if value == "majority":
                refuse(f"decision.{key}", "tags do not vote against each other", f"{key}: mean")
        if decision.unknown_threshold:
            refuse(
                "decision.unknown_threshold", "each tag has a threshold of its own", "thresholds: {tag: 0.6}"
            )
        labels = self.data.labels or self.data.tags.columns
        for tag in decision.thresholds:
            if labels and tag not in labels:
                refuse("decision.thresholds", f"`{tag}` is none of the tags {', '.join(labels)}")

    def _check_tuning(self) -> None:
        if self.tuning is None:
            return
        known = OF_NUMBERS if self.regression else OF_TAGS if self.tags else OF_CLASSES
        if self.tuning.metric is not None and self.tuning.metric not in known:
            refuse("tuning.metric", f"`{self.tuning.metric}` does not fit this task", ", ".join(known))
        for key, choices in self.tuning.space.items():
            values = (choices.low, choices.high) if isinstance(choices, Between) else choices
            for value in values:
                self.with_model({key: value}, f"tuning.space.{key}")

    def with_model(self, changes: Mapping[str, Any], where: str = "tuning.space") -> Experiment:
        """The same with other values of keys of `model`, points between keys within keys. Refuses, at
        `where`, what does not fit."""
        settings = self.model.model_dump(exclude_unset=True) | {"type": self.model.type}
        for key, value in changes.items():
            *path, last = key.split(".")
            inside = settings
            for part in path:
                inside[part] = dict(inside.get(part) or {})
                inside = inside[part]
            inside[last] = value
        try:
            model = type(self.model).model_validate(settings)
            made = self.model_copy(update={"model": model, "tuning": None})
            made._path = self._path
            made._check_model()
            made._check_stream()
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"])) or next(iter(changes))
            refuse(where, f"`{name}` of model.type {self.model.type}: {first['msg']}")
        return made

    def _check_regression(self) -> None:
        labels = self.data.labels
        if not self.regression:
            if self.data.bins is not None and self.data.edges is None:
                refuse(
                    "data.bins",
                    f"model.type: {self.model.type} tells classes apart",
                    "so many bins are for a regression; edges make classes of a number: [-inf, 30, inf]",
                )
            return
        if self.data.edges is not None:
            refuse(
                "data.bins",
                "edges make classes, and a regression answers with a number",
                "choose `task: classification`, or give the number of bins",
            )
        from vox_embed.core.grid import grid_of

        if labels is not None and grid_of(labels) is None:
            refuse(
                "data.labels",
                f"a regression needs numbers as labels, in rising order, not {', '.join(labels)}",
                "leave them out, and they are made from the data",
            )
        if self.decision.clip == "majority":
            refuse("decision.clip", "a regression's result is the mean of its windows", "clip: mean")

    @property
    def regression(self) -> bool:
        """Whether the target is a number."""
        return getattr(self.model, "task", "") == "regression"

    @property
    def memory_bytes(self) -> int:
        """Bytes that sound and features may take."""
        return memory_of_process() // 2 if self.memory is None else bytes_of(self.memory)

    @property
    def tags(self) -> bool:
        """Whether rows may have several labels at once."""
        return self.data.tags is not None

    @property
    def path(self) -> Path | None:
        """The file it was read from."""
        return self._path

    @property
    def window_frames(self) -> int:
        """Feature frames in an analysis window: as many as fit wholly into `window.length_ms`."""
        samples = round(self.window.length_ms * self.features.sample_rate / 1000)
        return 1 + (samples - self.features.window_samples) // self.features.hop_samples

    @property
    def stride_frames(self) -> int:
        """Feature frames from window to window, 1..window_frames."""
        samples = self.window.stride_ms * self.features.sample_rate / 1000
        return min(max(1, round(samples / self.features.hop_samples)), self.window_frames)

    @property
    def refractory_frames(self) -> int:
        """`decision.refractory_ms` in feature frames."""
        return round(
            self.decision.refractory_ms * self.features.sample_rate / 1000 / self.features.hop_samples
        )
