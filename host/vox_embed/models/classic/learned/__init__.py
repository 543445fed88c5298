"""What training found, as plain numbers: how they decide, and how they are kept. No library is needed."""

from vox_embed.models.classic.learned.base import ANOMALY, NORMAL, Learned, softmax
from vox_embed.models.classic.learned.gaussians import Envelope, Gaussians, Mixtures
from vox_embed.models.classic.learned.kernels import Kernels, OneClass
from vox_embed.models.classic.learned.layers import Layers
from vox_embed.models.classic.learned.linear import Linear, Pairs
from vox_embed.models.classic.learned.neighbours import Prototypes
from vox_embed.models.classic.learned.scalers import Binned, MinMax, Normalizer, Power, Quantile, Scaler
from vox_embed.models.classic.learned.trees import Boosted, Isolation, TreeArrays, Trees, Voting
from vox_embed.models.classic.learned.values import Density, KernelValue, PrototypeValues

__all__ = [
    "ANOMALY",
    "NORMAL",
    "Binned",
    "Boosted",
    "Density",
    "Envelope",
    "Gaussians",
    "Isolation",
    "KernelValue",
    "Kernels",
    "Layers",
    "Learned",
    "Linear",
    "MinMax",
    "Mixtures",
    "Normalizer",
    "OneClass",
    "Pairs",
    "Power",
    "PrototypeValues",
    "Prototypes",
    "Quantile",
    "Scaler",
    "TreeArrays",
    "Trees",
    "Voting",
    "softmax",
]
