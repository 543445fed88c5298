"""What share of real time a model takes on a board: one line for all commands that size or send one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from vox_embed.core import Model

_TOO_MUCH = "more than there is; sound will be lost, and counted"


def say_share(model: Model, board: str, console: Console) -> None:
    """The estimate, before anything runs: a line on `console`, above 100 % a warning on standard error.

    Nothing for bare networks, and for boards whose core the estimate does not know.
    """
    from vox_embed.cli.console import messages
    from vox_embed.device.measure.share import estimated_share_on

    share = estimated_share_on(model, board)
    if share is None:
        return
    if share.asleep is None:
        how = "from its work; bench counts"
    else:
        how = f"from its work, all stages awake; {_percent(share.asleep)} while those that are woken sleep"
    line = f"takes about {_percent(share.awake)} of real time on {board} ({how})"
    if share.awake <= 1:
        console.print(line)
    else:
        messages().print(f"{line}: {_TOO_MUCH}", style="bold yellow")


def share_as_json(model: Model, board: str | None) -> dict[str, float | None]:
    """The estimate for `--json`: 1 is all of real time; None where it is not known. Of a cascade also what is
    taken while the stages that are woken sleep.
    """
    from vox_embed.device.measure.share import estimated_share_on

    share = None if board is None else estimated_share_on(model, board)
    awake = None if share is None else round(share.awake, 4)
    said: dict[str, float | None] = {"estimated_real_time_share": awake}
    if share is not None and share.asleep is not None:
        said["estimated_real_time_share_asleep"] = round(share.asleep, 4)
    return said


def warn_of_share(share: float | None, board: str) -> None:
    """A warning on standard error where a share that was counted is above 100 %."""
    from vox_embed.cli.console import messages

    if share is not None and share > 1:
        messages().print(f"takes {_percent(share)} of real time on {board}: {_TOO_MUCH}", style="bold yellow")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "less than 1 %"
