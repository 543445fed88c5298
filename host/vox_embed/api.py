"""The Python interface: a model that hears, and an experiment that is trained.

>>> from vox_embed import Experiment, Model, example
>>> folder = example()                                  # three words, made for trying things out
>>> model = Model(folder / "model.vxm")
>>> model.labels
('yes', 'no', 'stop', '_unknown_', '_silence_')
>>> heard = model.classify(folder / "clips/stop-080.flac")
>>> heard.label
'stop'
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vox_embed.experiment.errors import VoxError
from vox_embed.runs.classified import Classified

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vox_embed import core
    from vox_embed.experiment import Experiment as Settings
    from vox_embed.runs.outcome import Outcome
    from vox_embed.runs.reporter import Reporter

    Samples = NDArray[np.int16] | NDArray[np.floating[Any]]

UNKNOWN = "(unknown)"
SILENCE = "(silence)"
"""What `label` says where the model's decision is none of its labels."""
_ONE = 32768.0


@dataclass(frozen=True)
class Heard:
    """An event of a stream. seconds: into the stream, to the end of the frame that decided it."""

    label: str
    begins: bool
    score: float
    seconds: float


class Model:
    """A `.vxm` that hears, run by the code that runs on the chip: the same bits."""

    def __init__(self, path: str | PathLike[str]) -> None:
        from vox_embed.program.opened import open_model, read_vxm
        from vox_embed.program.vxm import tag_thresholds

        file = Path(path)
        self.core: core.Model = open_model(read_vxm(file), str(file))
        """The model as the device opens it."""
        if not self.core.hears:
            raise VoxError(
                f"{file}: is a bare network: it takes tensors, no sound",
                "train an experiment for a model that hears",
            )
        self._thresholds = tag_thresholds(self.core.data)

    @property
    def labels(self) -> tuple[str, ...]:
        """What it tells apart."""
        return tuple(self.core.labels)

    @property
    def tags(self) -> bool:
        """Whether labels are tags, of which a clip may have several, or none."""
        return self._thresholds is not None

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return int(self.core.sample_rate)

    def classify(self, sound: str | PathLike[str] | Samples) -> Classified:
        """One clip, from silence: a sound file of any format, or samples at `sample_rate` (int16, or float in
        -1 .. 1). Raises VoxError for a file that cannot be read.

        >>> scores = Model(example() / "model.vxm").classify(example() / "clips/yes-000.flac").scores
        >>> max(scores, key=scores.get)
        'yes'
        """
        from vox_embed.core import run_clip

        run = run_clip(self.core, self._samples(sound))
        scores = {label: int(value) / _ONE for label, value in zip(self.labels, run.scores, strict=True)}
        found: tuple[str, ...] = (self._name(run.label),)
        if self._thresholds is not None:
            limits = zip(self.labels, self._thresholds, strict=True)
            found = tuple(label for label, limit in limits if scores[label] >= limit)
        return Classified(self._name(run.label), run.score / _ONE, scores, found)

    def stream(self, samples: Samples | Iterable[Samples]) -> Iterator[Heard]:
        """Events as they happen in a stream: one array, or any iterable of them, as of blocks.

        >>> import numpy as np
        >>> list(Model(example() / "model.vxm").stream(np.zeros(16000, np.int16)))
        []
        """
        from vox_embed.core import Listener

        listener = Listener(self.core)
        blocks = [samples] if hasattr(samples, "dtype") else samples
        for block in blocks:
            for event in listener.push(self._samples(block)).events:
                yield self._heard(event)

    def _heard(self, event: core.Event) -> Heard:
        from vox_embed.spec.model_format import EventKind

        seconds = ((event.frame - 1) * self.core.hop + self.core.window) / self.core.sample_rate
        begins = event.kind == EventKind.BEGIN
        return Heard(self._name(event.label), begins, event.score / _ONE, seconds)

    def _name(self, label: int) -> str:
        from vox_embed.core import LABEL_SILENCE, LABEL_UNKNOWN

        return {LABEL_UNKNOWN: UNKNOWN, LABEL_SILENCE: SILENCE}.get(label) or self.labels[label]

    def _samples(self, sound: object) -> NDArray[np.int16]:
        import numpy as np

        from vox_embed.data.audio import read_audio, to_int16

        if isinstance(sound, str | PathLike):
            return read_audio(Path(sound), self.sample_rate)
        samples = np.asarray(sound)
        if samples.ndim != 1:
            raise VoxError(
                f"samples have the shape {samples.shape}", "give one channel: an array of one axis"
            )
        if samples.dtype == np.int16:
            return np.ascontiguousarray(samples)
        if not np.issubdtype(samples.dtype, np.floating):
            raise VoxError(f"samples are {samples.dtype}", "give int16, or float in -1 .. 1")
        if not np.all(np.isfinite(samples)):
            raise VoxError("samples hold NaN or infinity", "give int16, or float in -1 .. 1")
        return to_int16(samples)


class Experiment:
    """An `exp.yaml`: `Experiment.load("exp.yaml").train()`.

    >>> from vox_embed import Experiment
    >>> Experiment.load(example() / "exp.yaml").name
    'example'
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        """Every key, as docs/experiment.md describes them."""

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Experiment:
        """Reads a file, or the exp.yaml of a folder. Raises VoxError that names line and key."""
        from vox_embed.experiment import load_experiment

        return cls(load_experiment(Path(path)))

    @property
    def name(self) -> str:
        """Of the experiment and its results' folder."""
        return self.settings.name

    def train(self, results: str | PathLike[str] | None = None, reporter: Reporter | None = None) -> Trained:
        """Trains and evaluates; results go to `<results>/<name>` (default: as `vox-embed train`).

        >>> folder = example()
        >>> trained = Experiment.load(folder / "exp.yaml").train(folder / "results")
        >>> trained.model.labels == Model(folder / "model.vxm").labels
        True
        """
        from vox_embed.experiment.results import results_root
        from vox_embed.runs import train

        root = Path(results) if results is not None else results_root()
        return Trained(root / self.name, train(self.settings, reporter, root=root))


@dataclass(frozen=True)
class Trained:
    """folder: of the results. outcome: the figures."""

    folder: Path
    outcome: Outcome

    @property
    def model(self) -> Model:
        """The integer model. VoxError where the features are such that no device computes them."""
        return Model(self.folder / "model.vxm")


def example() -> Path:
    """A new temporary folder with the experiment that comes with the package: exp.yaml, model.vxm, clips."""
    from vox_embed.experiment.example import copy_example

    return copy_example(Path(tempfile.mkdtemp(prefix="vox-embed-")) / "example")
