"""`tuning`: keys of `model` that training chooses by itself, on rows that are not tested."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from vox_embed.experiment.schema.base import Label, Section, refuse

_FIXED = ("type", "task", "normal")
OF_CLASSES = ("uar", "accuracy", "macro_f1", "macro_auc")
OF_NUMBERS = ("ccc", "pearson", "mae", "rmse")
OF_TAGS = ("macro_average_precision", "macro_f1", "micro_f1", "macro_auc")
Metric = Literal[
    "uar", "accuracy", "macro_f1", "macro_auc", "ccc", "pearson", "mae", "rmse",
    "macro_average_precision", "micro_f1",
]  # fmt: skip


class Between(Section):
    """Any number of a range."""

    low: int | float = Field(description="Lowest.")
    high: int | float = Field(description="Highest.")
    log: bool = Field(default=False, description="As many draws in each decade.")
    whole: bool = Field(default=False, description="Whole numbers.")

    @model_validator(mode="after")
    def _check(self) -> Between:
        if not self.low < self.high:
            refuse("low", f"{self.low:g} is not below {self.high:g}")
        if self.log and self.low <= 0:
            refuse("low", f"{self.low:g}: with `log` it must be above 0")
        if self.whole and (float(self.low) % 1 or float(self.high) % 1):
            refuse("low", "`whole` goes from a whole number to one")
        return self


def _as_choices(value: Any) -> Any:
    if isinstance(value, dict | Between):
        return value
    if not isinstance(value, list | tuple) or not value:
        raise PydanticCustomError("space", "wanted is a list of values, or a range: {{low: 0.01, high: 10}}")
    return tuple(value)


Choices = Annotated[tuple[Any, ...] | Between, BeforeValidator(_as_choices)]


class Tuning(Section):
    """Values of `model`'s keys, chosen before training: each is tried on training rows, judged on dev or on
    inner folds of them, and the best is trained on all. Test rows choose nothing; in a cross-validation each
    fold chooses anew.
    """

    space: dict[Label, Choices] = Field(
        min_length=1,
        description=(
            "{key of `model`: values}, a list, or a range for random, halving and optuna: `{c: [0.1, 1, 10], "
            "gamma: {low: 0.001, high: 1, log: true}}`. Keys inside a key have points: `select.keep`."
        ),
    )
    method: Literal["grid", "random", "halving", "optuna"] = Field(
        default="grid",
        description=(
            "`grid`: all combinations. `random`: `trials` draws. `halving`: these, or all combinations, "
            "first on "
            "a part of the rows; a third goes on with three times as many. `optuna`: draws that learn from "
            "those "
            "before (TPE; `pip install vox-embed[optuna]`)."
        ),
    )
    trials: int = Field(default=20, ge=2, le=10_000, description="Draws (random, halving, optuna).")
    on: Literal["dev", "folds"] = Field(
        default="folds",
        description="What judges: inner folds of the training rows, or dev, which networks have anyway.",
    )
    folds: int = Field(default=3, ge=2, le=20, description="Inner folds; speakers stay together.")
    metric: Metric | None = Field(
        default=None,
        description=(
            "What is best: `uar` (default), `accuracy`, `macro_f1`, `macro_auc`; of a regression `ccc` "
            "(default), `pearson`, `mae`, `rmse`; of tags `macro_average_precision` (default), `macro_f1`, "
            "`micro_f1`, `macro_auc`."
        ),
    )

    @model_validator(mode="after")
    def _check(self) -> Tuning:
        ranges = [key for key, value in self.space.items() if isinstance(value, Between)]
        if self.method == "grid" and ranges:
            refuse("space", f"`{ranges[0]}` is a range, and a grid takes lists", "method: random")
        if self.method == "grid" and self.trials != type(self).model_fields["trials"].default:
            refuse("trials", "it would do nothing: a grid has as many as it has", "method: random")
        if self.on == "dev" and self.folds != type(self).model_fields["folds"].default:
            refuse("folds", "it would do nothing: `on: dev` judges", "on: folds")
        for key in self.space:
            if key in _FIXED:
                refuse("space", f"`{key}` cannot be chosen: another kind of model has other keys")
        return self
