"""`data`: databases, target, labels, splits."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema.base import Label, Labels, PathText, Percent, Section, Values, refuse
from vox_embed.experiment.schema.database import Database
from vox_embed.experiment.schema.tags import Tags
from vox_embed.experiment.schema.target import Bins


class Data(Section):
    """Databases, the column to predict, and how rows are divided into train, dev and test."""

    databases: dict[Label, Database] = Field(
        min_length=1, description=("{name: settings}; their rows are joined.")
    )
    trains: Values = Field(default=(), description="Databases for training only: `split_strategy: train`.")
    tests: Values = Field(default=(), description="Databases for testing only: `split_strategy: test`.")
    target: Label = Field(default="label", description="Column to predict.")
    labels: Labels | None = Field(
        default=None,
        description=(
            "Labels in this order; rows with others are left out. Default: all that occur, sorted. Of a "
            "regression: numbers in rising order, between which results are interpolated; all rows are kept."
        ),
    )
    tags: Tags | None = Field(
        default=None,
        description=(
            "Several labels at once, `tags: {}`; `labels` then chooses among them, and keeps rows without "
            "any. Default: each row has one label."
        ),
    )
    bins: Bins | None = Field(
        default=None,
        description=(
            "Edges that make classes of a target that is a number, one more than `labels`: `bins: [-inf, "
            "30, 60, inf]` with `labels: [young, middle, old]`. An edge belongs to the class above it, "
            "the last one to the class below. Of a regression without `labels`, a whole number: so many "
            "labels, in equal steps over the range of the training rows, within which results lie. "
            "Default: 9."
        ),
    )
    root_folders: PathText | None = Field(
        default=None,
        description=(
            "A second YAML file, {database: settings}, say with the paths of one computer; this file wins."
        ),
    )
    dev_size: Percent = Field(
        default=10.0,
        description=(
            "Percent of train put aside for early stopping of networks when no database gives dev rows. "
            "Whole speakers if test speakers are unseen ones and train has 10 or more; else rows stratified"
            " by label. Never from test."
        ),
    )
    split_seed: int | None = Field(
        default=None, ge=0, description=("Seed of splits and limits. Default: the experiment's `seed`.")
    )
    speaker_disjoint: bool = Field(
        default=False,
        description=(
            "Refuse a speaker, or a recording, in test and in another split, whatever the split strategy. "
            "(`speaker_split` always refuses speakers; else there is a warning.) A recording is known by its "
            "samples, whatever its files are called."
        ),
    )
    strict: bool = Field(
        default=False,
        description=(
            "Refuse what is a warning otherwise: people or recordings in two splits, labels that look alike, "
            "sounds that say nothing, files that are left out."
        ),
    )
    group: Label | None = Field(
        default=None,
        description=(
            "Column of what belongs together, such as a session or the recording that clips were cut from. "
            "95 % intervals draw its values again, not single clips; a value in train and in test is a "
            "warning. Default: `speaker`, where there is one."
        ),
    )
    trim_zeros: bool = Field(
        default=False,
        description=(
            "Leave out the zeros that a clip begins and ends with. Where clips were filled up to one length, "
            "the zeros would tell how long each was."
        ),
    )
    check_size: int | None = Field(
        default=None, ge=1, description="Bytes; smaller files are left out, and told."
    )
    check_vad: float | None = Field(
        default=None,
        gt=0,
        description=(
            "Seconds of sound that a row must have; others are left out, and told. Sound is any frame of "
            "20 ms at or above `decision.gate_dbfs`, or -50 dB of full scale: energy, not voice."
        ),
    )
    skip_bad_files: bool = Field(
        default=False,
        description=("Leave out, and list, files that are missing or unreadable, instead of stopping."),
    )

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, values: Any) -> Any:
        """`trains` and `tests` become the strategies of their databases."""
        if not isinstance(values, dict) or not isinstance(values.get("databases"), dict):
            return values
        databases = dict(values["databases"])
        seen: set[str] = set()
        for key, strategy in (("trains", "train"), ("tests", "test")):
            named = values.get(key) or ()
            for name in [named] if isinstance(named, str) else named:
                settings = databases.get(name)
                if name not in databases or name in seen:
                    what = "no database of this name" if name not in databases else "it is in `trains`, too"
                    refuse(
                        key, f"`{name}`: {what}", did_you_mean(str(name), map(str, databases), "databases")
                    )
                seen.add(name)
                if not isinstance(settings, dict):
                    continue
                if settings.get("split_strategy", strategy) != strategy:
                    refuse(
                        key, f"`{name}` has `split_strategy: {settings['split_strategy']}`", "leave that out"
                    )
                databases[name] = settings | {"split_strategy": strategy}
        return values | {"databases": databases, "trains": (), "tests": ()}

    @model_validator(mode="after")
    def _check(self) -> Data:
        if self.tags is not None and self.bins is not None:
            refuse("bins", "it would do nothing: tags are no numbers", "leave it out")
        if self.labels is not None:
            if len(self.labels) < 2 and self.tags is None:
                refuse(
                    "labels",
                    "one label only: there is nothing to tell apart",
                    "give two or more, or leave `labels` out",
                )
            double = {label for label in self.labels if self.labels.count(label) > 1}
            if double:
                refuse("labels", f"label `{min(double)}` is given twice")
        self._check_bins()
        for label in self.labels or ():
            if len(label.encode()) > 47:
                refuse("labels", f"label `{label}` is longer than 47 bytes")
        return self

    def _check_bins(self) -> None:
        if not isinstance(self.bins, tuple):
            if self.labels is not None and self.bins is not None:
                refuse("bins", "give either `labels` or `bins`, not both")
            return
        wanted = len(self.bins) - 1
        if self.labels is None:
            refuse("bins", f"{wanted + 1} edges make {wanted} classes that have no names", "add `labels`")
        if len(self.labels) != wanted:
            refuse(
                "bins",
                f"{len(self.bins)} edges make {wanted} classes; there are {len(self.labels)} labels",
                "one edge more than labels; the outermost may be -inf and inf",
            )

    @property
    def edges(self) -> tuple[float, ...] | None:
        """Of classes made of a number; None where the target is none or stays one."""
        return self.bins if isinstance(self.bins, tuple) else None
