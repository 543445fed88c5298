"""What a network will take on a board, before it is trained: its weights do not matter, its shape does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vox_embed.core import Model
from vox_embed.data import load_dataset
from vox_embed.device.boards import find_board
from vox_embed.device.measure.bench import benchmark
from vox_embed.device.measure.machine import machine_of
from vox_embed.device.measure.share import estimated_share
from vox_embed.device.measure.size import measure_size
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.schema import FrameNetwork
from vox_embed.features.host import inputs_of
from vox_embed.models import NeuralClassifier, estimator_of, need_packages_of
from vox_embed.runs.assemble import assemble


@dataclass(frozen=True)
class Foreseen:
    """A network on a board. Bytes."""

    title: str
    model: int
    """The .vxm, in flash."""
    flash: int
    """The whole image."""
    ram: int
    """The running model, tensors included."""
    parameters: int
    per_second: float | None
    """Instructions (of rp2040 cycles) of a stream, counted in the emulator; None where there is none."""
    share: float | None
    """Of real time: counted, else estimated from its work."""
    flash_limit: int
    """Of the board; 0: none."""
    ram_limit: int
    """What the board's image sets aside for a model."""

    @property
    def fits(self) -> bool:
        """Flash and RAM."""
        return self.ram <= self.ram_limit and (not self.flash_limit or self.flash <= self.flash_limit)

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {**asdict(self), "fits": self.fits}


def foresee(named: Sequence[tuple[str, Experiment]], target: str) -> list[Foreseen]:
    """Of experiments by their titles. The program around the model is the same for all; it is built with the
    smallest. VoxError where a model is no network, or tools are missing."""
    made = [(title, *untrained(experiment)) for title, experiment in named]
    board = find_board(target)
    title, smallest, _ = min(made, key=lambda one: len(one[1]))
    sizes = measure_size(target, smallest, title)
    around = sizes.flash.total - sizes.flash.model
    found = []
    for name, vxm, parameters in made:
        model = Model(vxm)
        estimate = estimated_share(model, board)
        per_second, share = _counted(target, vxm)
        found.append(
            Foreseen(
                name,
                len(vxm),
                around + len(vxm),
                model.listener_size,
                parameters,
                per_second,
                share if share is not None or estimate is None else estimate.awake,
                sizes.flash_limit,
                1024 * board.arena_kb,
            )
        )
    return found


def _counted(target: str, vxm: bytes) -> tuple[float | None, float | None]:
    """Of a second of sound, and its share of real time; None where the board is not emulated."""
    try:
        machine = machine_of(target)
    except VoxError:
        return None, None
    result = benchmark(machine, vxm)
    return result.per_second, result.real_time_share


def untrained(experiment: Experiment) -> tuple[bytes, int]:
    """The .vxm of a network with the weights that training begins with, and how many numbers it learns."""
    if not isinstance(experiment.model, FrameNetwork):
        raise VoxError(
            f"model.type: {experiment.model.type} is as large as what it learns: known once it is trained",
            "--untrained is for networks, such as learned, gru, dscnn, autoencoder",
        )
    need_packages_of(experiment)
    inputs = inputs_of(experiment.features)
    front_end = inputs.for_device
    assert front_end is not None  # the schema refuses networks on anything else
    labels = experiment.data.labels or load_dataset(experiment, needs=()).labels
    estimator = estimator_of(experiment, inputs, labels)
    assert isinstance(estimator, NeuralClassifier)
    made = assemble(experiment, front_end, estimator.begin())
    return made.vxm, estimator.parameters_
