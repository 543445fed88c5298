"""Options that take several words, as `--input a.nc b.nc`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from typer._click import Command, Context


def spread(arguments: list[str], many: set[str]) -> list[str]:
    """`--input a b` as `--input a --input b`, for the options named in `many`."""
    made: list[str] = []
    option: str | None = None
    first = False
    for word in arguments:
        if word.startswith("-") and word != "-":
            name = word.partition("=")[0]
            option, first = (name, "=" not in word) if name in many else (None, False)
            made.append(word)
        elif option is not None and not first:
            made += [option, word]
        else:
            first = False
            made.append(word)
    return made


def _many(command: Command) -> set[str]:
    return {name for item in command.params if getattr(item, "multiple", False) for name in item.opts}


class GreedyCommand(TyperCommand):
    """A command whose options with several values take them one after the other."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """As click's."""
        return super().parse_args(ctx, spread(args, _many(self)))


class GreedyGroup(TyperGroup):
    """The same for a command that has commands below it; their names end a list."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """As click's."""
        at = next((i for i, word in enumerate(args) if word in self.commands), len(args))
        return super().parse_args(ctx, [*spread(args[:at], _many(self)), *args[at:]])
