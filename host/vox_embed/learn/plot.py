"""One spectrogram to look at, with the histogram of its amplitudes, before all are computed."""

from __future__ import annotations

import io
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.features.decibels import Spectrum
from vox_embed.gate.files import write_atomic
from vox_embed.gate.text import visible
from vox_embed.learn.preprocess import Cut


def plot_spectrogram(recording: Path, spectrum: Spectrum, cut: Cut, path: Path) -> None:
    """Write a PNG: the spectrogram (of the first chunk) in decibels, and how often each level occurs."""
    from matplotlib.figure import Figure

    samples, rate = cut.read(recording)
    values = spectrum.decibels(cut.chunks(recording, samples, rate)[0], rate)
    hop = spectrum.window - spectrum.overlap
    figure = Figure(figsize=(10, 6), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(3, 1))
    top = values.shape[1] if spectrum.mel else rate / 2000
    shown = above.imshow(
        values.T, origin="lower", aspect="auto", cmap="magma", extent=(0, len(values) * hop, 0, top)
    )
    above.set_title(visible(recording.name), parse_math=False)
    above.set_xlabel("time in s")
    above.set_ylabel("mel band" if spectrum.mel else "frequency in kHz")
    figure.colorbar(shown, ax=above, label="dB below the loudest point")
    below.hist(values.ravel(), bins=80, color="0.4")
    below.set_xlabel("dB below the loudest point")
    below.set_ylabel("points")
    below.margins(x=0)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=100)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, picture.getvalue())
    except OSError as error:
        raise VoxError(f"{path}: cannot be written: {error.strerror}", "choose another --output") from None
