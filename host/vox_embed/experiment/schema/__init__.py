"""The schema of the experiment file: one class a section, every key with its default and a description."""

from vox_embed.experiment.schema.augment import Augment, Transform
from vox_embed.experiment.schema.autoencoder import Autoencoder
from vox_embed.experiment.schema.base import Section
from vox_embed.experiment.schema.classic import SYNTHESIZING, AnomalyModel
from vox_embed.experiment.schema.data import Data
from vox_embed.experiment.schema.database import Cut, Database
from vox_embed.experiment.schema.decision import Decision, Window
from vox_embed.experiment.schema.experiment import Experiment, Export
from vox_embed.experiment.schema.features import (
    Features,
    Joined,
    Lld,
    LogMel,
    Mfcc,
    OwnFrontEnd,
    Spectrogram,
    host_sections,
)
from vox_embed.experiment.schema.finetune import Finetune
from vox_embed.experiment.schema.folds import CrossValidation
from vox_embed.experiment.schema.frame_network import FrameNetwork
from vox_embed.experiment.schema.host import (
    Embedding,
    HostSection,
    ImportedFeatures,
    LearnedFeatures,
    OpenSmile,
    Praat,
    Samples,
    Spectra,
)
from vox_embed.experiment.schema.model import (
    Cnn,
    Crnn,
    DsCnn,
    Gru,
    Learned,
    Lstm,
    Model,
    NeuralNetwork,
    RecurrentNetwork,
    StreamCnn,
    StreamDsCnn,
    Streaming,
)
from vox_embed.experiment.schema.selection import Selection
from vox_embed.experiment.schema.tags import Tags
from vox_embed.experiment.schema.target import RangeScale
from vox_embed.experiment.schema.tuning import Between, Tuning
from vox_embed.experiment.schema.wakeword import Spotting, Wakeword

__all__ = [
    "SYNTHESIZING",
    "AnomalyModel",
    "Augment",
    "Autoencoder",
    "Between",
    "Cnn",
    "Crnn",
    "CrossValidation",
    "Cut",
    "Data",
    "Database",
    "Decision",
    "DsCnn",
    "Embedding",
    "Experiment",
    "Export",
    "Features",
    "Finetune",
    "FrameNetwork",
    "Gru",
    "HostSection",
    "ImportedFeatures",
    "Joined",
    "Learned",
    "LearnedFeatures",
    "Lld",
    "LogMel",
    "Lstm",
    "Mfcc",
    "Model",
    "NeuralNetwork",
    "OpenSmile",
    "OwnFrontEnd",
    "Praat",
    "RangeScale",
    "RecurrentNetwork",
    "Samples",
    "Section",
    "Selection",
    "Spectra",
    "Spectrogram",
    "Spotting",
    "StreamCnn",
    "StreamDsCnn",
    "Streaming",
    "Tags",
    "Transform",
    "Tuning",
    "Wakeword",
    "Window",
    "host_sections",
]
