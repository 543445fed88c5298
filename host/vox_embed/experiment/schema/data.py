"""`data`: databases, target, labels, splits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from vox_embed.experiment.schema.base import Label, Labels, Match, PathText, Percent, Section, Values, refuse

Split = Literal["train", "dev", "test"]
SplitStrategy = Literal["speaker_split", "random", "specified", "train", "dev", "test"]
Filter = Annotated[tuple[Label, Values], Field(strict=False)]


class Database(Section):
    """One database: a CSV table of files, or a folder with one subfolder a label."""

    path: PathText = Field(
        description=(
            "CSV file, or folder whose subfolders are the labels, or the splits and in those the labels. "
            "`${VAR}` is expanded; relative to the experiment file."
        )
    )
    type: Literal["auto", "csv", "folder", "split_folder"] = Field(
        default="auto",
        description=(
            "`folder`: a subfolder for each label, whatever lies in it. `split_folder`: a subfolder for each "
            "split, named train, dev, test or the like, with one for each label in it; the splits are the "
            "column `split`. `auto`: a file is `csv`; a folder whose subfolders all have names of splits is "
            "`split_folder`, any other `folder`."
        ),
    )
    audio_path: PathText | None = Field(
        default=None,
        description=(
            "Folder that file names start from; relative to the CSV. Default: the folder of the CSV."
        ),
    )
    colnames: dict[Label, Label] = Field(
        default_factory=dict, description=("Renames columns: {name in the CSV: name here}.")
    )
    mapping: dict[Label, Label] = Field(
        default_factory=dict, description=("Renames labels: {label in the CSV: label here}; others stay.")
    )
    filter: Annotated[tuple[Filter, ...], Field(strict=False)] = Field(
        default=(), description=("Rows to keep: a list of [column, value or list of values]; all must match.")
    )
    split_strategy: SplitStrategy = Field(
        default="speaker_split",
        description=(
            "`speaker_split`: whole speakers go to test; `random`: rows, stratified by label; "
            "`specified`: see `test`, `dev`, `split_column`; `train`, `dev`, `test`: all rows go "
            "there."
        ),
    )
    test_size: Percent = Field(
        default=20.0,
        description=("Percent for test: of the speakers (speaker_split) or of the rows (random)."),
    )
    dev_size: Percent | None = Field(
        default=None,
        description=(
            "Percent of what is left after test, for dev (speaker_split, random). Default: see "
            "`data.dev_size`."
        ),
    )
    test: Match = Field(
        default_factory=dict,
        description=("`specified`: rows that match all of {column: value or list} are test."),
    )
    dev: Match = Field(
        default_factory=dict, description=("`specified`: rows that match, and are not test, are dev.")
    )
    split_column: Label | None = Field(
        default=None, description="`specified`: column that says train, dev or test."
    )
    keep_splits: Annotated[tuple[Split, ...], Field(strict=False)] = Field(
        default=("train", "dev", "test"),
        description=("Splits of this database that are used; rows of the others are dropped."),
    )
    rename_speakers: bool = Field(
        default=False,
        description=(
            "Put the name of the database before its speakers' names, where two databases use one "
            "name for different people."
        ),
    )
    limit_samples: int | None = Field(
        default=None, ge=1, description=("At most so many rows, drawn at random (seeded).")
    )
    limit_samples_per_speaker: int | None = Field(
        default=None, ge=1, description=("At most so many rows a speaker, drawn at random (seeded).")
    )
    min_duration_of_sample: float | None = Field(
        default=None, gt=0, description=("Seconds; shorter ones are left out.")
    )
    max_duration_of_sample: float | None = Field(
        default=None, gt=0, description="Seconds; longer ones are left out."
    )

    @model_validator(mode="after")
    def _check(self) -> Database:
        specified = self.split_strategy == "specified"
        for key in ("test", "dev", "split_column"):
            if getattr(self, key) and not specified:
                refuse(key, f"`{key}` needs `split_strategy: specified`, not `{self.split_strategy}`")
        if specified and not self.test and self.split_column is None and not self.dev:
            refuse(
                "split_strategy",
                "`specified` needs to be told which rows are test",
                "add `test: {column: [values]}` or `split_column: column`",
            )
        if self.split_column is not None and (self.test or self.dev):
            refuse("split_column", "give either `split_column` or `test` and `dev`, not both")
        for key in ("test_size", "dev_size"):
            given = getattr(self, key) != type(self).model_fields[key].default
            if given and self.split_strategy not in ("speaker_split", "random"):
                refuse(key, f"`{key}` has no meaning with `split_strategy: {self.split_strategy}`")
        low, high = self.min_duration_of_sample, self.max_duration_of_sample
        if low is not None and high is not None and low > high:
            refuse("min_duration_of_sample", f"{low:g} s is above `max_duration_of_sample` ({high:g} s)")
        if not self.keep_splits:
            refuse("keep_splits", "the list is empty, so the database would not be used")
        return self


class Data(Section):
    """Databases, the column to predict, and how rows are divided into train, dev and test."""

    databases: dict[Label, Database] = Field(
        min_length=1, description=("{name: settings}; their rows are joined.")
    )
    target: Label = Field(default="label", description="Column to predict.")
    labels: Labels | None = Field(
        default=None,
        description=(
            "Labels in this order; rows with others are left out. Default: all that occur, sorted. Of a "
            "regression: numbers in rising order, between which results are interpolated; all rows are kept."
        ),
    )
    bins: int | None = Field(
        default=None,
        ge=2,
        le=96,
        description=(
            "Of a regression without `labels`: so many of them, in equal steps over the range of the "
            "training rows. Results lie within that range. Default: 9."
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
    skip_bad_files: bool = Field(
        default=False,
        description=("Leave out, and list, files that are missing or unreadable, instead of stopping."),
    )

    @model_validator(mode="after")
    def _check(self) -> Data:
        if self.labels is not None:
            if len(self.labels) < 2:
                refuse(
                    "labels",
                    "one label only: there is nothing to tell apart",
                    "give two or more, or leave `labels` out",
                )
            double = {label for label in self.labels if self.labels.count(label) > 1}
            if double:
                refuse("labels", f"label `{min(double)}` is given twice")
        if self.labels is not None and self.bins is not None:
            refuse("bins", "give either `labels` or `bins`, not both")
        for label in self.labels or ():
            if len(label.encode()) > 47:
                refuse("labels", f"label `{label}` is longer than 47 bytes")
        return self
