"""What tables in the terminal are made of."""

from __future__ import annotations

from rich import box
from rich.table import Table


def plain_table() -> Table:
    """A line below the head, no frame."""
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, caption_justify="left")


def printable(label: str) -> str:
    """A label without what would move the cursor."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in label)


def interval_text(interval: tuple[float, float]) -> str:
    """0.9712 .. 0.9967"""
    return f"{interval[0]:.4f} .. {interval[1]:.4f}"


def number_text(value: float | None) -> str:
    """Four digits of a number in any unit; a dash for none."""
    return "-" if value is None else f"{value:.4g}"
