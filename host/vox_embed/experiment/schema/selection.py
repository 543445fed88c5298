"""`model.select`: which values of a row a classic model learns from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from vox_embed.experiment.schema.base import Section, Values, refuse


def _as_keep(value: object) -> object:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = number and float(value).is_integer() and value >= 1  # type: ignore[arg-type, operator]
    if not number or not (whole or 0 < value < 1):  # type: ignore[operator]
        raise PydanticCustomError("keep", "wanted is a whole number, at least 1, or a share between 0 and 1")
    return int(value) if whole else value  # type: ignore[call-overload]


class Selection(Section):
    """Values by name, or those that matter most, found on the training rows alone: in each fold anew.

    On a device only what is kept is computed and stored: functionals, and of descriptors those that they
    need.
    """

    names: Values = Field(
        default=(), description="Names that stay, with * and ?: `[mfcc_*_mean, f0_*]`. Default: all."
    )
    drop: Values = Field(default=(), description="Names that go, with * and ?.")
    keep: Annotated[int | float, BeforeValidator(_as_keep)] | None = Field(
        default=None, description="So many of these, or such a share, stay: the most important. Default: all."
    )
    by: Literal["trees", "anova", "mutual_information", "linear"] = Field(
        default="trees",
        description=(
            "What importance is: of extremely randomised trees, the F statistic, the mutual information with "
            "the target, or the size of a linear model's weights on standardised values."
        ),
    )

    @model_validator(mode="after")
    def _check(self) -> Selection:
        if not self.names and not self.drop and self.keep is None:
            refuse("keep", "nothing is selected", "names: [mfcc_*], or keep: 40")
        if self.keep is None and self.by != "trees":
            refuse("by", "it would do nothing: `keep` does not say how many", "keep: 40")
        return self
