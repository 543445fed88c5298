"""Features that a PC alone can compute, behind one interface."""

from vox_embed.features.host.base import HostFeatures
from vox_embed.features.host.index import HOST, host_features_of
from vox_embed.features.host.inputs import Inputs, inputs_of

__all__ = ["HOST", "HostFeatures", "Inputs", "host_features_of", "inputs_of"]
