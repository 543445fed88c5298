"""From a fitted estimator to the .vxm, whatever kind of estimator it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vox_embed.core import Model
from vox_embed.experiment import Experiment, files
from vox_embed.experiment.schema import Streaming
from vox_embed.features import FeatureExtractor
from vox_embed.features.slim import slim
from vox_embed.models import (
    AutoencoderDetector,
    ClipEstimator,
    LearnedClassifier,
    NeuralClassifier,
    RecurrentClassifier,
    VectorClassifier,
)
from vox_embed.program.autoencoder import lower_autoencoder
from vox_embed.program.bands import in_bands
from vox_embed.program.build import build_classifier, decision_of
from vox_embed.program.classic.hearing import lower_vectors
from vox_embed.program.learned import lower_learned
from vox_embed.program.program import Program
from vox_embed.program.recurrent import lower_recurrent
from vox_embed.program.schedule import stream_program
from vox_embed.program.tflite import lower_tflite
from vox_embed.program.vxm import Normaliser
from vox_embed.version import __version__


@dataclass(frozen=True)
class Assembled:
    """A finished model."""

    vxm: bytes
    program: Program
    parameters: int
    """Numbers that training found."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """More to keep beside it: name -> content."""

    @property
    def model(self) -> Model:
        """It, opened."""
        return Model(self.vxm)


def assemble(experiment: Experiment, features: FeatureExtractor, estimator: ClipEstimator) -> Assembled:
    """The .vxm of a fitted estimator. Raises VoxError where it cannot be made."""
    more: dict[str, bytes] = {}
    functionals = estimator.functionals_
    if isinstance(estimator, VectorClassifier):
        program, normaliser = lower_vectors(estimator)
        parameters = program.numbers
        assert functionals is not None
        features, functionals = slim(features, functionals)
    else:
        assert isinstance(estimator, NeuralClassifier)
        if isinstance(estimator, LearnedClassifier):
            program = lower_learned(estimator)
        elif isinstance(estimator, RecurrentClassifier):
            program = lower_recurrent(estimator)
        elif isinstance(estimator, AutoencoderDetector):
            program = lower_autoencoder(estimator)
        else:
            program = lower_tflite(estimator.tflite_)
            more = {files.TFLITE_MODEL: estimator.tflite_}
        if isinstance(experiment.model, Streaming):
            program = stream_program(program, experiment.model.stride)
        source = program.input_tensor
        normaliser = Normaliser.from_statistics(
            experiment.window.normalise,
            estimator.mean_,
            estimator.std_,
            source.scale,
            source.zero_point,
            estimator.windows.running,
        )
        parameters = estimator.parameters_
    task = {"task": "regression"} if experiment.regression else {}
    vxm = build_classifier(
        features=features,
        normaliser=normaliser,
        program=in_bands(program),
        labels=estimator.labels,
        decision=decision_of(experiment, features, estimator.labels),
        meta={"name": experiment.name, "seed": experiment.seed, "vox_embed": __version__, **task},
        functionals=functionals,
    )
    return Assembled(vxm, program, parameters, more)
