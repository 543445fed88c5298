"""`cross_validation`: which rows are held out together, one fold after the other."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from vox_embed.experiment.schema.base import Label, Section, refuse


class CrossValidation(Section):
    """Folds of `vox-embed cross-validate`; all other commands keep to the splits of the databases."""

    type: Literal["loso", "logo", "k_fold", "column", "database"] = Field(
        default="loso",
        description=(
            "`loso`: one speaker after the other. `logo`: so many groups of speakers, with about as many "
            "rows and labels. `k_fold`: the same, and by recordings where nobody has a speaker. "
            "`column`: the folds that the column `by` names. `database`: one database after the other."
        ),
    )
    folds: int | None = Field(default=None, ge=2, description="How many (`logo`, `k_fold`).")
    by: Label | None = Field(
        default=None,
        description="Column: of the folds (`column`), or of what stays together. Default: `speaker`.",
    )

    @model_validator(mode="after")
    def _check(self) -> CrossValidation:
        counted = self.type in ("logo", "k_fold")
        if counted and self.folds is None:
            refuse("folds", f"`{self.type}` needs to be told how many", "folds: 5")
        if not counted and self.folds is not None:
            refuse("folds", f"it would do nothing: `{self.type}` has as many as there are", "type: k_fold")
        if self.type == "column" and self.by is None:
            refuse("by", "`column` needs the name of the column that says the fold", "by: fold")
        if self.type == "database" and self.by is not None:
            refuse("by", "it would do nothing: databases are held out", "type: column")
        return self
