"""What all sections of the experiment file have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from vox_embed.gate.text import UnfitTextError, admit, plain_text

T = TypeVar("T")


class Section(BaseModel):
    """A section of the experiment file: immutable, strict about types, no unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_default=False, allow_inf_nan=False
    )


def _as_path(value: Any) -> Any:
    return Path(value) if isinstance(value, str) and value else value


class AsWritten:
    """Marks what is text whatever it looks like: a file's reader gives it as it is spelled there."""


def _as_label(value: Any) -> Any:
    # Only where no file was read; what a file has is text already (`AsWritten`).
    if isinstance(value, bool):
        return "true" if value else "false"
    value = str(value) if isinstance(value, int | float) else value
    try:
        return admit(plain_text(value)) if isinstance(value, str) and value else value
    except UnfitTextError as error:
        raise PydanticCustomError("text", "{reason}", {"reason": str(error)}) from None


def as_values(value: Any) -> Any:
    """A value alone as a list of it."""
    return value if isinstance(value, list | tuple) else (value,)


def _as_pair(value: Any) -> Any:
    return (value, value) if isinstance(value, int) and not isinstance(value, bool) else value


PathText = Annotated[Path, BeforeValidator(_as_path)]
Label = Annotated[str, AsWritten(), BeforeValidator(_as_label), Field(min_length=1)]
Labels = Annotated[tuple[Label, ...], Field(strict=False)]
Values = Annotated[tuple[Label, ...], BeforeValidator(as_values), Field(strict=False)]
Match = dict[Label, Values]
Percent = Annotated[float, Field(gt=0, lt=100)]
Range = Annotated[tuple[float, float], Field(strict=False)]
Pair = Annotated[tuple[int, int], BeforeValidator(_as_pair), Field(strict=False)]


def refuse(key: str, message: str, hint: str | None = None) -> NoReturn:
    """Refuses a combination of values; `key` (of the section, dotted if deeper) is where the user is sent."""
    raise PydanticCustomError(
        "combination", "{message}", {"message": message, "key": key, "hint": hint if hint is not None else ""}
    )


def check_range(
    section: Section, key: str, lowest: float | None = None, highest: float | None = None
) -> None:
    """Refuses a [low, high] pair that is reversed or out of bounds; None is fine."""
    value = getattr(section, key)
    if value is None:
        return
    low, high = value
    if low > high:
        refuse(key, f"the first number ({low:g}) is above the second ({high:g})", f"[{high:g}, {low:g}]")
    if lowest is not None and low < lowest:
        refuse(key, f"{low:g} is below {lowest:g}")
    if highest is not None and high > highest:
        refuse(key, f"{high:g} is above {highest:g}")
