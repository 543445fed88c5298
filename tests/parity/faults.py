"""A line that loses, flips and doubles bytes: the package has one."""

from vox_embed.device.faults import FaultyPort

__all__ = ["FaultyPort"]
