"""`data.databases`: where recordings lie, what is known of them, and which are for training and testing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from vox_embed.experiment.layout_names import is_layout, layout_names
from vox_embed.experiment.name_pattern import read_pattern
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema.base import Label, Match, PathText, Percent, Section, Values, refuse
from vox_embed.experiment.schema.target import Scale

Split = Literal["train", "dev", "test"]
SplitStrategy = Literal[
    "speaker_split", "random", "balanced", "specified", "database", "reuse", "train", "dev", "test"
]
_DRAWN = ("speaker_split", "random", "balanced")
Filter = Annotated[tuple[Label, Values], Field(strict=False)]


class NameColumns(Section):
    """Columns that are read from the names of files."""

    from_: str = Field(
        alias="from",
        min_length=1,
        description=(
            "Pattern of the names, say `{speaker}-{gender}-{word}`: each becomes a column. `{age:2}` has "
            "two characters, `{_}` is skipped. Else a part holds nothing that stands beside it in the "
            "pattern. The suffix does not count; `{speaker}/{word}_{take}` reads the folder, too. A file "
            "that does not fit is refused."
        ),
    )

    @model_validator(mode="after")
    def _check(self) -> NameColumns:
        try:
            read_pattern(self.from_)
        except ValueError as error:
            refuse("from", f"`{self.from_}`: {error}")
        return self


class Cut(Section):
    """Long rows as several of one length, for labels that hold somewhere in a long clip."""

    length: float = Field(gt=0, description="Seconds of a piece; rows up to this length stay as they are.")
    stride: float | None = Field(
        default=None, ge=0.01, description="Seconds from piece to piece. Default: `length`."
    )


class Database(Section):
    """One database: a CSV table of files, or a folder with one subfolder a label."""

    path: PathText = Field(
        description=(
            "CSV file, or folder whose subfolders are the labels, or the splits and in those the labels. "
            "`${VAR}` is expanded; relative to the experiment file."
        )
    )
    type: Label = Field(
        default="auto",
        description=(
            "`csv`: a table of files. `folder`: a subfolder for each label, whatever lies in it. "
            "`split_folder`: a subfolder for each split, named train, dev, test or the like, with one "
            "for each label in it; the splits are the column `split`. `files`: any recordings, of which "
            "the names tell all (`columns`). `audformat`: a folder with db.yaml and its tables. "
            "`label_tracks`: recordings with Audacity's label tracks beside them. `speech_commands`, "
            "`esc`, `urban_sound_8k`, `dcase`: as these data sets are published, with their columns "
            "`split` or `fold`. `cross_validated`: folders `fold_1`, `fold_2`, with one for each label "
            "in them. Or a name that an installed package gives to a layout of its own. `auto` finds out "
            "which it is."
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
    files_tables: Values = Field(
        default=(), description="audformat: tables of the files to use, and of what else is known of them."
    )
    target_tables: Values = Field(
        default=(), description="audformat: tables that have the target. Default: all with such a column."
    )
    train_tables: Values = Field(
        default=(), description="audformat: tables whose rows are for training (`split_strategy: database`)."
    )
    dev_tables: Values = Field(default=(), description="audformat: tables whose rows are dev.")
    test_tables: Values = Field(default=(), description="audformat: tables whose rows are test.")
    cut: Cut | None = Field(
        default=None, description="Cuts rows that are longer into pieces, which keep the label."
    )
    scale: Scale | None = Field(
        default=None,
        description=(
            "Of a target that is a number: `standard` (less the mean of this database's training rows, "
            "over their standard deviation; of all rows where none is for training, or where `data.bins` "
            "makes classes), or a range that becomes another, as in `{from: [1, 5], to: [0, 1]}`."
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
            "`balanced`: whole speakers, such that test resembles the rest (`balance`); `specified`: see "
            "`test`, `dev`, `split_column`; `database`: the splits that it has itself; `reuse`: the "
            "splits of an earlier run; `train`, `dev`, `test`: all rows go there. A list `[name, name]` "
            "names the speakers for test."
        ),
    )
    test_size: Percent = Field(
        default=20.0,
        description=("Percent for test: of the speakers (speaker_split) or of the rows (random, balanced)."),
    )
    dev_size: Percent | None = Field(
        default=None,
        description=(
            "Percent of what is left after test, for dev (speaker_split, random, balanced). Default: see "
            "`data.dev_size`."
        ),
    )
    test: Match = Field(
        default_factory=dict,
        description=("`specified`: rows that match all of {column: value or list} are test."),
    )
    test_files: Values = Field(
        default=(), description="`specified`: files that are test, as the database names them, beside `test`."
    )
    dev: Match = Field(
        default_factory=dict, description=("`specified`: rows that match, and are not test, are dev.")
    )
    split_column: Label | None = Field(
        default=None, description="`specified`: column that says train, dev or test."
    )
    balance: dict[Label, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict,
        description="`balanced`: {column: weight} of what is to be spread evenly. Default: the target.",
    )
    balance_bins: dict[Label, Annotated[int, Field(ge=2, le=96)]] = Field(
        default_factory=dict,
        description="`balanced`: {column: ranges} a column of numbers is divided into, all as frequent.",
    )
    size_diff_weight: float = Field(
        default=1.0, ge=0, description="`balanced`: weight of how far the size of test is from `test_size`."
    )
    reuse: PathText | None = Field(
        default=None,
        description=(
            "`reuse`: a results folder, whose splits.csv is taken; a table with the columns `file` and "
            "`split` (`start`, `end`, `database` where they matter); or predictions, whose rows are "
            "test."
        ),
    )
    as_test: bool = Field(default=False, description="Use the test rows only: `keep_splits: [test]`.")
    as_train: bool = Field(default=False, description="Use the training rows only: `keep_splits: [train]`.")
    required: Values = Field(
        default=(),
        description="Columns in which a row must have something; other rows are left out, and told.",
    )
    sample_selection: Literal["all", "train", "dev", "test"] = Field(
        default="all",
        description="The split whose rows `filter` and limits apply to; the others stay as they are.",
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

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        values = dict(values)
        speakers = values.get("split_strategy")
        if isinstance(speakers, list | tuple):
            if "test" in values or not speakers:
                refuse(
                    "split_strategy", "a list names the speakers for test, one or more", "leave `test` out"
                )
            values |= {"split_strategy": "specified", "test": {"speaker": list(speakers)}}
        whole = [split for split in ("train", "test") if values.get(f"as_{split}") is True]
        if len(whole) > 1:
            refuse("as_test", "give either `as_test` or `as_train`")
        if whole and "keep_splits" in values and list(values["keep_splits"]) != whole:
            refuse(f"as_{whole[0]}", "give either this or `keep_splits`")
        return values | ({"keep_splits": whole} if whole else {})

    @model_validator(mode="after")
    def _check(self) -> Database:
        self._check_balance()
        self._check_strategy()
        if not is_layout(self.type):
            refuse("type", f"`{self.type}` is no layout", did_you_mean(self.type, layout_names(), "one of"))
        for key in ("test_size", "dev_size"):
            given = getattr(self, key) != type(self).model_fields[key].default
            if given and self.split_strategy not in _DRAWN:
                refuse(key, f"`{key}` has no meaning with `split_strategy: {self.split_strategy}`")
        selected, strategy = self.sample_selection, self.split_strategy
        if selected != "all" and strategy in ("train", "dev", "test") and selected != strategy:
            refuse("sample_selection", f"it would do nothing: all rows are for {strategy}", "leave it out")
        low, high = self.min_duration_of_sample, self.max_duration_of_sample
        if low is not None and high is not None and low > high:
            refuse("min_duration_of_sample", f"{low:g} s is above `max_duration_of_sample` ({high:g} s)")
        if self.reverse_max is not None and not self.reverse:
            refuse("reverse_max", "it would do nothing: `reverse` is not true", "leave it out")
        if not self.keep_splits:
            refuse("keep_splits", "the list is empty, so the database would not be used")
        return self

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables that are named."""
        return (
            *self.files_tables,
            *self.target_tables,
            *self.train_tables,
            *self.dev_tables,
            *self.test_tables,
        )

    def _check_strategy(self) -> None:
        if (self.split_strategy == "reuse") != (self.reuse is not None):
            refuse(
                "reuse",
                "`split_strategy: reuse` and `reuse: path` belong together",
                "the path is that of a results folder, or of a table of file and split",
            )
        specified = self.split_strategy == "specified"
        for key in ("test", "test_files", "dev", "split_column"):
            if getattr(self, key) and not specified:
                refuse(key, f"`{key}` needs `split_strategy: specified`, not `{self.split_strategy}`")
        by_tables = self.train_tables or self.dev_tables or self.test_tables
        if by_tables and self.split_strategy in (*_DRAWN, "reuse"):
            refuse(
                "split_strategy",
                f"`{self.split_strategy}` would not heed train_tables, dev_tables and test_tables",
                "split_strategy: database",
            )
        told = self.test or self.test_files or self.split_column is not None or self.dev or by_tables
        if specified and not told:
            refuse(
                "split_strategy",
                "`specified` needs to be told which rows are test",
                "add `test: {column: [values]}` or `split_column: column`",
            )
        if self.split_column is not None and (self.test or self.test_files or self.dev):
            refuse("split_column", "give either `split_column` or `test` and `dev`, not both")

    def _check_balance(self) -> None:
        if self.split_strategy != "balanced":
            for key in ("balance", "balance_bins"):
                if getattr(self, key):
                    refuse(key, f"`{key}` needs `split_strategy: balanced`, not `{self.split_strategy}`")
            if self.size_diff_weight != 1.0:
                refuse("size_diff_weight", "`size_diff_weight` needs `split_strategy: balanced`")
        for name in self.balance_bins:
            if name not in self.balance:
                refuse("balance_bins", f"`{name}` is not in `balance`", f"balance: {{{name}: 1}}")
