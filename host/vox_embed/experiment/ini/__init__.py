"""Experiments of Nkululeko: an .ini becomes an experiment file."""

from vox_embed.experiment.ini.carry import Carried, carry_over

__all__ = ["Carried", "carry_over"]
