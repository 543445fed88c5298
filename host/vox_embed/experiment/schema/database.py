"""`data.databases`: where recordings lie, what is known of them, and which are for training and testing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from vox_embed.experiment.name_pattern import read_pattern
from vox_embed.experiment.schema.base import Label, Match, PathText, Percent, Section, Values, refuse
from vox_embed.experiment.schema.target import Scale

Split = Literal["train", "dev", "test"]
SplitStrategy = Literal["speaker_split", "random", "specified", "train", "dev", "test"]
Filter = Annotated[tuple[Label, Values], Field(strict=False)]


class NameColumns(Section):
    """Columns that are read from the names of files."""

    from_: str = Field(
        alias="from",
        min_length=1,
        description=(
            "Pattern of the names, say `{speaker}-{gender}-{word}`: each becomes a column. `{age:2}` has two "
            "characters, `{_}` is skipped. Else a part holds nothing that stands beside it in the pattern. "
            "The "
            "suffix does not count; `{speaker}/{word}_{take}` reads the folder, too. A file that does not "
            "fit "
            "is refused."
        ),
    )

    @model_validator(mode="after")
    def _check(self) -> NameColumns:
        try:
            read_pattern(self.from_)
        except ValueError as error:
            refuse("from", f"`{self.from_}`: {error}")
        return self


class Database(Section):
    """One database: a CSV table of files, or a folder with one subfolder a label."""

    path: PathText = Field(
        description=(
            "CSV file, or folder whose subfolders are the labels, or the splits and in those the labels. "
            "`${VAR}` is expanded; relative to the experiment file."
        )
    )
    type: Literal["auto", "csv", "folder", "split_folder", "files"] = Field(
        default="auto",
        description=(
            "`folder`: a subfolder for each label, whatever lies in it. `split_folder`: a subfolder for each "
            "split, named train, dev, test or the like, with one for each label in it; the splits are the "
            "column `split`. `files`: any recordings, of which the names tell all (`columns`). `auto`: a "
            "file is "
            "`csv`; a folder whose `columns` name the target is `files`; one whose subfolders all have "
            "names of "
            "splits is `split_folder`, any other `folder`."
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
    columns: NameColumns | None = Field(
        default=None, description="Columns from the names of files; with them a folder needs no table."
    )
    scale: Scale | None = Field(
        default=None,
        description=(
            "Of a target that is a number: `standard` (less the mean of this database's training rows, over "
            "their standard deviation; of all rows where none is for training), or a range that becomes "
            "another, as in `{from: [1, 5], to: [0, 1]}`."
        ),
    )
    reverse: bool = Field(
        default=False,
        description="Of a target that is a number: `reverse_max` minus it, before it is scaled.",
    )
    reverse_max: float | None = Field(
        default=None, description="The highest number that can be. Default: the highest in this database."
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
        if self.reverse_max is not None and not self.reverse:
            refuse("reverse_max", "it would do nothing: `reverse` is not true", "leave it out")
        if not self.keep_splits:
            refuse("keep_splits", "the list is empty, so the database would not be used")
        return self
