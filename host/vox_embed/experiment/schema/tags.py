"""`data.tags`: targets with several labels a row."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from vox_embed.experiment.schema.base import Label, Labels, Section, refuse


class Tags(Section):
    """Rows may have several labels at once, or none: each label is a tag with an output, a score and a
    threshold of its own, on the device too.

    Networks learn them together, with a sigmoid for each; of classic models there is one for each tag.
    """

    separator: Annotated[Label, Field(max_length=8)] = Field(
        default=";", description="What stands between the tags in a cell of the column `data.target`."
    )
    columns: Labels = Field(
        default=(),
        description=(
            "In place of one column: a column for each tag, which is named after it, with 1 and 0, true and "
            "false, or yes and no."
        ),
    )

    @model_validator(mode="after")
    def _check(self) -> Tags:
        if not self.separator.strip():
            refuse("separator", "a blank does not part tags", 'separator: ";"')
        if len(set(self.columns)) < len(self.columns):
            refuse("columns", "a column is named twice")
        if self.columns and self.separator != ";":
            refuse("separator", "it would do nothing: there is a column for each tag", "leave it out")
        return self
