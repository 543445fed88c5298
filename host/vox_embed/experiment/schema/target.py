"""Targets that are numbers: how they are changed, and made classes of."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from vox_embed.experiment.schema.base import Range, Section, refuse

_FEWEST, _MOST = 2, 96
_INFINITE = {"-inf": -math.inf, "-.inf": -math.inf, "inf": math.inf, "+inf": math.inf, ".inf": math.inf}


def _as_bins(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_edges(value))
    if isinstance(value, bool) or not isinstance(value, int) or not _FEWEST <= value <= _MOST:
        raise PydanticCustomError(
            "bins",
            "wanted is a whole number, {low} to {high}, or a list of edges",
            {"low": _FEWEST, "high": _MOST},
        )
    return value


def _edges(values: Any) -> list[float]:
    edges: list[float] = []
    for value in values:
        edge = _INFINITE.get(value.lower()) if isinstance(value, str) else value
        if isinstance(edge, bool) or not isinstance(edge, int | float) or math.isnan(edge):
            raise PydanticCustomError("bins", "an edge is a number, -inf or inf")
        if edges and not edges[-1] < edge:
            raise PydanticCustomError(
                "bins", "edges rise: {edge} is not above the one before", {"edge": value}
            )
        edges.append(float(edge))
    if not _FEWEST < len(edges) <= _MOST + 1:
        raise PydanticCustomError(
            "bins",
            "{count} edges make no classes to tell apart: {low} to {high} are wanted",
            {"count": len(edges), "low": _FEWEST + 1, "high": _MOST + 1},
        )
    return edges


_Edge = Annotated[float, Field(allow_inf_nan=True)]
Bins = Annotated[int | tuple[_Edge, ...], BeforeValidator(_as_bins)]


class RangeScale(Section):
    """A range of numbers that becomes another."""

    from_: Range = Field(alias="from", description="[lowest, highest] number that the database can have.")
    to: Range = Field(default=(0.0, 1.0), description="What these two become; others lie between.")

    @model_validator(mode="after")
    def _check(self) -> RangeScale:
        for key, (low, high) in (("from", self.from_), ("to", self.to)):
            if not low < high:
                refuse(
                    key,
                    f"the first number ({low:g}) is not below the second ({high:g})",
                    "see also `reverse`",
                )
        return self


def _as_scale(value: Any) -> Any:
    if not isinstance(value, dict | RangeScale) and value != "standard":
        raise PydanticCustomError("scale", "`standard`, or a range: {{from: [1, 5], to: [0, 1]}}")
    return value


Scale = Annotated[Literal["standard"] | RangeScale, BeforeValidator(_as_scale)]
