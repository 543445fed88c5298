"""From a phrase to a detector: voices, frames, training, operating point, field test."""

from vox_embed.runs.detector.make import Detector, make_detector

__all__ = ["Detector", "make_detector"]
