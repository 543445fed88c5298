"""Settings that would do nothing beside others: each is refused with the reason, so that none misleads.

A setting counts as given where it is not the default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from vox_embed.experiment.schema.augment import Augment
from vox_embed.experiment.schema.base import Section
from vox_embed.experiment.schema.data import Data
from vox_embed.experiment.schema.database import Database
from vox_embed.experiment.schema.decision import Decision, Window
from vox_embed.experiment.schema.features import OF_THE_PITCH, Frames, Joined, Lld, host_sections
from vox_embed.experiment.schema.frame_network import FrameNetwork

Finding = tuple[str, str]
"""The key, and why it does nothing."""


class Settings(Protocol):
    """What of an experiment is looked at."""

    @property
    def features(self) -> Any: ...  # noqa: D102

    @property
    def window(self) -> Window: ...  # noqa: D102

    @property
    def decision(self) -> Decision: ...  # noqa: D102

    @property
    def augment(self) -> Augment: ...  # noqa: D102

    @property
    def model(self) -> Any: ...  # noqa: D102

    @property
    def data(self) -> Data: ...  # noqa: D102

    @property
    def regression(self) -> bool: ...  # noqa: D102

    @property
    def tags(self) -> bool: ...  # noqa: D102


_OF_BANDS = re.compile(r"(logmel|mfcc)_\d+(_delta2?)?|loudness(_delta2?)?")
_OF_MFCC = re.compile(r"mfcc_\d+(_delta2?)?")


def idle_settings(experiment: Settings) -> Iterator[Finding]:
    """Every key that is given and does nothing."""
    yield from _of_features(experiment.features)
    yield from _of_window(experiment)
    yield from _of_decision(experiment)
    yield from _of_augment(experiment.augment)
    yield from _of_model(experiment.model)
    yield from _of_databases(experiment)
    yield from _of_targets(experiment)
    if not isinstance(experiment.model, FrameNetwork) and not experiment.tags:
        why = f"model.type: {experiment.model.type} stops at no epoch, and learns from all rows of train"
        yield from _given(experiment.data, "data", ["dev_size"], why)


def _given(section: Section, where: str, keys: Iterable[str], why: str) -> Iterator[Finding]:
    for key in keys:
        if key in type(section).model_fields and getattr(section, key) != _default(section, key):
            yield f"{where}.{key}", why


def _default(section: Section, key: str) -> Any:
    return type(section).model_fields[key].get_default(call_default_factory=True)


def draws_rows(experiment: Settings) -> bool:
    """Whether rows are drawn by a seed: for splits, by limits, or for a network's dev rows."""
    return (
        isinstance(experiment.model, FrameNetwork)
        or experiment.tags
        or any(
            db.split_strategy in {"speaker_split", "random", "balanced"}
            or db.limit_samples
            or db.limit_samples_per_speaker
            for db in experiment.data.databases.values()
        )
    )


def _of_databases(experiment: Settings) -> Iterator[Finding]:
    """A seed of splits where nothing is drawn."""
    if not draws_rows(experiment):
        yield from _given(experiment.data, "data", ["split_seed"], "no rows are drawn at random")


def _of_selection(database: Database, where: str) -> Iterator[Finding]:
    limits = (
        "limit_samples",
        "limit_samples_per_speaker",
        "min_duration_of_sample",
        "max_duration_of_sample",
    )
    if not database.filter and all(getattr(database, key) is None for key in limits):
        yield from _given(database, where, ["sample_selection"], "there is no `filter` and no limit")


def _of_targets(experiment: Settings) -> Iterator[Finding]:
    """Changes of a number where the target is none; selections of nothing."""
    data = experiment.data
    for name, database in data.databases.items():
        yield from _of_selection(database, f"data.databases.{name}")
    if experiment.regression or data.edges is not None:
        return
    why = "the target is a label, and no number of a regression or of edges in `data.bins`"
    for name, database in data.databases.items():
        yield from _given(database, f"data.databases.{name}", ["scale", "reverse"], why)


def _of_features(features: Any) -> Iterator[Finding]:
    if not isinstance(features, Joined | Frames):
        return
    parts: tuple[Frames, ...] = features.parts if isinstance(features, Joined) else (features,)
    if not parts:  # a PC computes all of them
        return
    names = [name for part in parts for name in part.names]
    if all(part.deltas == 0 for part in parts):
        yield from _given(parts[0], "features", ["delta_span"], "there are no deltas")
    if not any(_OF_BANDS.fullmatch(name) for name in names):
        keys = ["bands", "mel", "noise_reduction", "pcan"]
        yield from _given(parts[0], "features", keys, "nothing is made of mel bands")
    for part in parts:
        if not isinstance(part, Lld):
            continue
        if not any(_OF_MFCC.fullmatch(name) for name in names):
            yield from _given(part, "features", ["lifter"], "there is no MFCC among the descriptors")
        if OF_THE_PITCH.isdisjoint(part.plain_names):
            yield from _given(part, "features", ["pitch_ms"], "nothing is found in the pitch window")


def _of_window(experiment: Settings) -> Iterator[Finding]:
    window = experiment.window
    if window.functionals and "normalise" in window.model_fields_set and window.normalise != "none":
        yield "window.normalise", "functionals are taken of the features as they are"
    if window.normalise != "running":
        yield from _given(
            window, "window", ["normalise_ms"], f"`normalise: {window.normalise}` has no time constant"
        )
    if experiment.features.per_clip and not window.functionals:
        why = f"the features have one row for a clip, whatever the window: {experiment.features.type}"
        yield from _given(window, "window", ["length_ms", "stride_ms", "normalise"], why)


def _of_decision(experiment: Settings) -> Iterator[Finding]:
    decision = experiment.decision
    if decision.stream == "exponential":
        yield from _given(decision, "decision", ["history"], "`stream: exponential` looks at `alpha` only")
    else:
        yield from _given(
            decision, "decision", ["alpha"], f"`stream: {decision.stream}` looks at `history` only"
        )
    if host_sections(experiment.features):
        keys = [key for key in Decision.model_fields if key not in ("background", "thresholds")]
        yield from _given(decision, "decision", keys, "no device computes these features, and none decides")


def _of_augment(augment: Augment) -> Iterator[Finding]:
    if augment.noise_probability == 0:
        yield from _given(augment, "augment", ["noise_snr_db"], "`noise_probability: 0` gives no clip noise")
    if augment.noise_snr_db is None:
        yield from _given(
            augment, "augment", ["noise_probability"], "noise is off: there is no `noise_snr_db`"
        )
    if not augment.codecs:
        yield from _given(
            augment, "augment", ["codec_probability"], "no clip is coded: there are no `codecs`"
        )
    if not augment.time_mask and not augment.freq_mask:
        yield from _given(augment, "augment", ["masks"], "there is neither `time_mask` nor `freq_mask`")


def _of_model(model: Any) -> Iterator[Finding]:
    if getattr(model, "task", "") == "regression":
        keys = ["criterion", "class_weight", "label_smoothing"]
        yield from _given(model, "model", keys, "a regression has no classes")
    elif getattr(model, "loss", "") != "f1":
        yield from _given(model, "model", ["loss"], "there is no number to learn: `task: regression`")
    if getattr(model, "rounds", None) is not None and model.patience is None:
        yield from _given(model, "model", ["validation"], "without `patience` all rounds are learned")
    if (
        getattr(model, "balancing", "none") != "none" and model.type != "forest"
    ):  # which weighs each tree's rows
        why = f"`balancing: {model.balancing}` makes all classes equally frequent"
        yield from _given(model, "model", ["class_weight"], why)
    if model.type in ("svm", "svr") and model.kernel == "linear":
        yield from _given(model, "model", ["gamma"], "a linear kernel has no width")
    if model.type == "mlp" and model.validation == 0:
        yield from _given(model, "model", ["patience"], "without `validation` the last epoch is kept")
