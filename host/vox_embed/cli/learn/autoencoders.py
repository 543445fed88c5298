"""`vox-embed learn t-rae | f-rae | ft-rae`, each with `train` and `generate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vox_embed.cli.learn.greedy import GreedyCommand
from vox_embed.cli.learn.options import Input, Seed, bar
from vox_embed.cli.say import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from vox_embed.features.autoencoder.settings import Architecture, Kind, Recurrent, Windows
    from vox_embed.features.autoencoder.training import Run

Inputs = Annotated[
    list[Path],
    typer.Option(
        "--input",
        help="netCDF 4 files of spectrograms, all of one shape: one or several.",
        show_default=False,
    ),
]
RunName = Annotated[
    Path,
    typer.Option(help="Folder of the run; checkpoints and TensorBoard's events go into its folder logs."),
]
Batch = Annotated[int, typer.Option(help="Spectrograms of a training step.")]
Epochs = Annotated[int, typer.Option("--num-epochs", help="Times that all spectrograms are seen.")]
Rate = Annotated[float, typer.Option(help="Of the Adam optimiser.")]
TempDir = Annotated[
    Path | None,
    typer.Option(
        help="Where inputs larger than 1 GiB are copied to while training; must not exist.",
        show_default="one of the system's",
    ),
]
Continue = Annotated[bool, typer.Option("--continue", help="Go on from the last checkpoint of the run.")]
Keep = Annotated[int, typer.Option(help="Checkpoints that are kept: those of the last epochs.")]
Layers = Annotated[int, typer.Option("--num-layers", help="Recurrent layers of encoder and decoder.")]
Units = Annotated[int, typer.Option("--num-units", help="Units of each recurrent layer.")]
BothEncoder = Annotated[bool, typer.Option("--bidirectional-encoder", help="The encoder runs both ways.")]
BothDecoder = Annotated[bool, typer.Option("--bidirectional-decoder", help="The decoder runs both ways.")]
KeepProb = Annotated[float, typer.Option(help="Share of activations that dropout keeps.")]
Noise = Annotated[float, typer.Option(help="Probability that a step is zero for the encoder.")]
FeedPrevious = Annotated[
    float, typer.Option("--feed-previous-prob", help="Probability that the decoder sees its own last output.")
]
Cell = Annotated[Literal["GRU", "LSTM"], typer.Option(help="Kind of recurrent unit.", case_sensitive=False)]
Width = Annotated[int, typer.Option("--freq-window-width", help="Values of a step along frequency.")]
Overlap = Annotated[int, typer.Option("--freq-window-overlap", help="Values that neighbouring steps share.")]


def _train(  # noqa: PLR0917
    inputs: list[Path],
    kind: Kind,
    run: Run,
    tempdir: Path | None,
    parts: tuple[Recurrent | None, Recurrent | None],
    windows: Windows | None,
) -> None:
    from vox_embed.features.autoencoder.settings import Architecture
    from vox_embed.features.autoencoder.training import Epoch, train
    from vox_embed.features.backend import load_tensorflow
    from vox_embed.learn.netcdf import need_learning, read_instances
    from vox_embed.learn.source import features_of

    need_learning("vox-embed learn")
    load_tensorflow()
    sets = [(str(path), read_instances(path)) for path in inputs]
    with features_of(sets, tempdir) as data, bar("Training") as advance:
        of = Architecture(kind, (int(data.shape[1]), int(data.shape[2])), parts[0], parts[1], windows)
        _check_windows(of)

        def tell(epoch: Epoch) -> None:
            say(f"epoch {epoch.number}/{epoch.epochs}  rmse {epoch.rmse:.4f}", error=True)

        last = train(data, of, run, tell, advance)
    say(f"{run.logs}: step {last.step}, rmse {last.rmse:.4f}; {of.features} features")


def _check_windows(of: Architecture) -> None:
    if of.windows is not None:
        of.windows.count(of.shape[1])


def _generate(  # noqa: PLR0917
    kind: Kind, model_dir: Path, steps: list[int] | None, given: Path, outputs: list[Path], batch_size: int
) -> None:
    from vox_embed.experiment.errors import VoxError
    from vox_embed.learn.encoder import Encoder
    from vox_embed.learn.netcdf import need_learning, read_instances, write_instances

    need_learning("vox-embed learn")
    wanted: list[int | None] = [*steps] if steps else [None]
    if len(wanted) != len(outputs):
        raise VoxError(
            f"{len(wanted)} steps, but {len(outputs)} outputs",
            "name a file for each step: --output a.nc b.nc",
        )
    if len(set(outputs)) < len(outputs):
        raise VoxError("--output: two files have the same name")
    if batch_size < 1:
        raise VoxError(f"--batch-size {batch_size}: at least 1")
    data = read_instances(given)
    for step, output in zip(wanted, outputs, strict=True):
        with bar("Features") as advance:
            made, blocks = Encoder(model_dir, step, kind).of(data, batch_size, advance)
            write_instances(output, made, blocks)
        shape = " x ".join(map(str, made.shape))
        say(f"{output}: {len(made):,} instances of {shape} features")


def _t_train(  # noqa: PLR0917
    inputs: Inputs,
    run_name: RunName = Path("test-run"),
    batch_size: Batch = 64,
    epochs: Epochs = 10,
    learning_rate: Rate = 1e-3,
    tempdir: TempDir = None,
    go_on: Continue = False,
    keep_models: Keep = 5,
    seed: Seed = 0,
    layers: Layers = 1,
    units: Units = 16,
    bidirectional_encoder: BothEncoder = False,
    bidirectional_decoder: BothDecoder = False,
    keep_prob: KeepProb = 0.8,
    encoder_noise: Noise = 0.0,
    feed_previous: FeedPrevious = 0.0,
    cell: Cell = "GRU",
) -> None:
    """Train an autoencoder whose steps are the frames of a spectrogram.

    Example: vox-embed learn t-rae train --input esc-10.nc --run-name out/t --num-layers 2 --num-epochs 64
    """
    from vox_embed.features.autoencoder.settings import Recurrent
    from vox_embed.features.autoencoder.training import Run

    run = Run(run_name, batch_size, epochs, learning_rate, go_on, seed, keep_models)
    time = Recurrent(
        layers,
        units,
        bidirectional_encoder,
        bidirectional_decoder,
        keep_prob,
        encoder_noise,
        feed_previous,
        cell,
    )
    _train(inputs, "t-rae", run, tempdir, (time, None), None)


def _f_train(  # noqa: PLR0917
    inputs: Inputs,
    run_name: RunName = Path("test-run"),
    batch_size: Batch = 64,
    epochs: Epochs = 10,
    learning_rate: Rate = 1e-3,
    tempdir: TempDir = None,
    go_on: Continue = False,
    keep_models: Keep = 5,
    seed: Seed = 0,
    width: Width = 32,
    overlap: Overlap = 24,
    layers: Layers = 1,
    units: Units = 16,
    bidirectional_encoder: BothEncoder = False,
    bidirectional_decoder: BothDecoder = False,
    keep_prob: KeepProb = 0.8,
    encoder_noise: Noise = 0.0,
    feed_previous: FeedPrevious = 0.0,
    cell: Cell = "GRU",
) -> None:
    """Train an autoencoder whose steps are windows along the frequencies of a frame.

    Example: vox-embed learn f-rae train --input esc-10.nc --run-name out/f --num-units 64
    """
    from vox_embed.features.autoencoder.settings import Recurrent, Windows
    from vox_embed.features.autoencoder.training import Run

    run = Run(run_name, batch_size, epochs, learning_rate, go_on, seed, keep_models)
    freq = Recurrent(
        layers,
        units,
        bidirectional_encoder,
        bidirectional_decoder,
        keep_prob,
        encoder_noise,
        feed_previous,
        cell,
    )
    _train(inputs, "f-rae", run, tempdir, (None, freq), Windows(width, overlap))


def _ft_train(  # noqa: PLR0917
    inputs: Inputs,
    run_name: RunName = Path("test-run"),
    batch_size: Batch = 64,
    epochs: Epochs = 10,
    learning_rate: Rate = 1e-3,
    tempdir: TempDir = None,
    go_on: Continue = False,
    keep_models: Keep = 5,
    seed: Seed = 0,
    width: Width = 32,
    overlap: Overlap = 24,
    f_layers: Annotated[int, typer.Option("--num-f-layers", help="Recurrent layers along frequency.")] = 1,
    f_units: Annotated[int, typer.Option("--num-f-units", help="Units of each of them.")] = 64,
    t_layers: Annotated[int, typer.Option("--num-t-layers", help="Recurrent layers along time.")] = 2,
    t_units: Annotated[int, typer.Option("--num-t-units", help="Units of each of them.")] = 128,
    f_encoder_both: Annotated[
        bool, typer.Option("--bidirectional-f-encoder", help="The frequency encoder runs both ways.")
    ] = False,
    f_decoder_both: Annotated[
        bool, typer.Option("--bidirectional-f-decoder", help="The frequency decoder runs both ways.")
    ] = False,
    t_encoder_both: Annotated[
        bool, typer.Option("--bidirectional-t-encoder", help="The time encoder runs both ways.")
    ] = False,
    t_decoder_both: Annotated[
        bool, typer.Option("--bidirectional-t-decoder", help="The time decoder runs both ways.")
    ] = False,
    keep_prob: KeepProb = 0.8,
    cell: Cell = "GRU",
    f_noise: Annotated[
        float,
        typer.Option("--f-encoder-noise", help="Probability that a step is zero for the frequency encoder."),
    ] = 0.0,
    t_noise: Annotated[
        float, typer.Option("--t-encoder-noise", help="Probability that a step is zero for the time encoder.")
    ] = 0.0,
    f_feed: Annotated[
        float,
        typer.Option(
            "--f-feed-previous-prob", help="Probability that the frequency decoder sees its own last output."
        ),
    ] = 0.0,
    t_feed: Annotated[
        float,
        typer.Option(
            "--t-feed-previous-prob", help="Probability that the time decoder sees its own last output."
        ),
    ] = 0.0,
) -> None:
    """Train an autoencoder along frequency and time, with one loss.

    Example: vox-embed learn ft-rae train --input esc-10.nc --run-name out/ft --num-t-units 256
    """
    from vox_embed.features.autoencoder.settings import Recurrent, Windows
    from vox_embed.features.autoencoder.training import Run

    run = Run(run_name, batch_size, epochs, learning_rate, go_on, seed, keep_models)
    time = Recurrent(t_layers, t_units, t_encoder_both, t_decoder_both, keep_prob, t_noise, t_feed, cell)
    freq = Recurrent(f_layers, f_units, f_encoder_both, f_decoder_both, keep_prob, f_noise, f_feed, cell)
    _train(inputs, "ft-rae", run, tempdir, (time, freq), Windows(width, overlap))


def _generating(kind: Kind, batch: int, example: str) -> Callable[..., None]:
    def generate(
        model_dir: Annotated[
            Path, typer.Option(help="The folder logs of a training run.", show_default=False)
        ],
        given: Input,
        outputs: Annotated[
            list[Path],
            typer.Option("--output", help="netCDF 4 files to write: one for each step.", show_default=False),
        ],
        steps: Annotated[
            list[int] | None, typer.Option(help="Checkpoints: features of each. Default: the last one.")
        ] = None,
        batch_size: Annotated[int, typer.Option(help="Instances that are computed at once.")] = batch,
    ) -> None:
        _generate(kind, model_dir, steps, given, outputs, batch_size)

    generate.__doc__ = f"""Generate features by a trained autoencoder.

    Example: {example}
    """
    return generate


def _group(kind: Kind, title: str, train: Callable[..., None], batch: int) -> typer.Typer:
    made = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=title)
    made.command("train", cls=GreedyCommand)(train)
    example = f"vox-embed learn {kind} generate --model-dir out/logs --input esc-10.nc --output features.nc"
    made.command("generate", cls=GreedyCommand)(_generating(kind, batch, example))
    return made


GROUPS: dict[str, typer.Typer] = {
    "t-rae": _group("t-rae", "Autoencoders along time: train, generate.", _t_train, 500),
    "f-rae": _group("f-rae", "Autoencoders along frequency: train, generate.", _f_train, 64),
    "ft-rae": _group("ft-rae", "Autoencoders along frequency and time: train, generate.", _ft_train, 500),
}
