"""`vox-embed learn preprocess`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vox_embed.cli.learn.options import BaseDir, Json, ParserName, bar
from vox_embed.cli.say import say, say_json

if TYPE_CHECKING:
    from vox_embed.features.decibels import Spectrum
    from vox_embed.learn.preprocess import Cut


def preprocess(  # noqa: PLR0917
    basedir: BaseDir,
    parser: ParserName = "meta",
    output: Annotated[Path, typer.Option(help="The netCDF 4 file to write.")] = Path("spectrograms.nc"),
    window_width: Annotated[float, typer.Option(help="Of the FFT windows, in seconds.")] = 0.04,
    window_overlap: Annotated[float, typer.Option(help="Of neighbouring windows, in seconds.")] = 0.02,
    mel_spectrum: Annotated[
        int | None, typer.Option(help="Mel bands; without it, the bins of the power spectrum.")
    ] = None,
    chunk_length: Annotated[
        float | None, typer.Option(help="Cut recordings into chunks of so many seconds; with --chunk-count.")
    ] = None,
    chunk_count: Annotated[
        int | None, typer.Option(help="Chunks of a recording; further ones are dropped, fewer are an error.")
    ] = None,
    clip_above: Annotated[
        float | None, typer.Option(help="Upper limit in dB below the loudest point, such as -5.")
    ] = None,
    clip_below: Annotated[float | None, typer.Option(help="Lower limit in dB, such as -60.")] = None,
    channels: Annotated[
        Literal["MEAN", "LEFT", "RIGHT", "DIFF"],
        typer.Option(help="What is taken of stereo.", case_sensitive=False),
    ] = "MEAN",
    fixed_length: Annotated[
        float | None, typer.Option(help="Cut recordings, or pad them with silence, to so many seconds.")
    ] = None,
    center_fixed: Annotated[
        bool, typer.Option("--center-fixed", help="Cut and pad at both ends equally, not at the end.")
    ] = False,
    pretend: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Only plot the spectrogram and histogram of amplitudes of the recording with this index.",
        ),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a core.")] = None,
    json: Json = False,
) -> None:
    """Make spectrograms of a data set, with its labels, folds and partitions.

    Decibels below the loudest point of each, scaled to -1 .. 1.

    Example: vox-embed learn preprocess --basedir ESC-10 --mel-spectrum 128 --fixed-length 5 --output esc.nc
    """
    from vox_embed.features.decibels import Spectrum
    from vox_embed.learn.netcdf import need_learning
    from vox_embed.learn.parsing import parse
    from vox_embed.learn.preprocess import Cut
    from vox_embed.learn.preprocess import preprocess as run

    need_learning("vox-embed learn")
    spectrum = Spectrum(window_width, window_overlap, mel_spectrum, clip_above, clip_below)
    cut = Cut(chunk_length, chunk_count, fixed_length, center_fixed, channels)
    data = parse(basedir, parser)
    if pretend is not None:
        paths = [item.path for item in data.recordings]
        _plot(paths, pretend, spectrum, cut, output)
        return
    with bar("Spectrograms") as advance:
        shape = run(basedir, data, spectrum, cut, output, jobs, advance)
    if json:
        say_json({"output": str(output), "instances": shape[0], "time": shape[1], "freq": shape[2]})
    else:
        say(f"{output}: {shape[0]:,} spectrograms of {shape[1]} x {shape[2]} (time x freq)")


def _plot(paths: list[Path], index: int, spectrum: Spectrum, cut: Cut, output: Path) -> None:
    from vox_embed.experiment.errors import VoxError
    from vox_embed.learn.plot import plot_spectrogram

    if index >= len(paths):
        raise VoxError(
            f"--pretend {index}: there are {len(paths)} recordings", f"choose 0 to {len(paths) - 1}"
        )
    path = output.with_suffix(".png")
    plot_spectrogram(paths[index], spectrum, cut, path)
    say(f"{paths[index]}: {path} shows its spectrogram; nothing else was written")
